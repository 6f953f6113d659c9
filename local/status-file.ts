/** `status.json`: what the last runs on this machine did. Reading it needs no database. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FileError } from '../simulators/own-files.ts';
import { replaceFile } from './replace-file.ts';
import type { Status } from './status.ts';

const FILE = 'status.json';

/** @param folder `.local` of the project. A status that cannot be written does not end a run. */
export function writeStatus(folder: string, status: Status): void {
  try {
    replaceFile(join(folder, FILE), `${JSON.stringify(status)}\n`);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
  }
}

/** @returns undefined where no run has left a status that can be read */
export function readStatus(folder: string): Status | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as Status;
  } catch {
    return undefined;
  }
}
