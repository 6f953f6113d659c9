/**
 * `lastTime.txt`: where the Docker image logzio-jumpcloud stopped, and how far this program came
 * since.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileFault, textOfFile } from '../lib/platform/files.ts';
import { type EpochMs, formatInstant, parseInstant } from '../lib/platform/time.ts';
import { FileError, followOwnLink } from '../simulators/own-files.ts';
import { replaceFile } from './replace-file.ts';

export const LAST_TIME_FILE = 'lastTime.txt';

/** The image has one API to name. */
const API_NAME = 'jumpcloud';

/**
 * A name and a colon, a blank or both, where there is a name; it begins with no digit, as an
 * instant does.
 */
const LINE = /^(?:[^\s\d:][^\s:]*(?::\s*|\s+))?(\S+)$/;

/**
 * The file is there and does not say where to begin; beginning elsewhere would lose or repeat
 * events.
 */
export class LastTimeError extends Error {
  override readonly name = 'LastTimeError';
}

/**
 * Reads the documented line, `<API name> <instant>` with or without a colon, and the bare instant
 * that the image's code wrote.
 * @returns the start of what is still to be shipped, rounded down to the millisecond; undefined
 * where there is no such file or it is empty.
 * @param now an instant after it is a fault
 * @throws LastTimeError
 */
export function readLastTime(directory: string, now: EpochMs): EpochMs | undefined {
  const lines = contentOf(directory)
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  if (lines.length === 0) return undefined;
  const [line = '', ...more] = lines;
  if (more.length > 0)
    throw new LastTimeError(`${LAST_TIME_FILE} has ${lines.length} lines, but only one is expected. ${ADVICE}`);
  const at = parseInstant(LINE.exec(line)?.[1]);
  if (at === undefined) {
    throw new LastTimeError(`${LAST_TIME_FILE} says "${line.slice(0, 80)}", which does not end with a time. ${ADVICE}`);
  }
  if (at > now)
    throw new LastTimeError(
      `${LAST_TIME_FILE} says "${line}", which is in the future: nothing would be shipped until then. ${ADVICE}`,
    );
  return at;
}

const ADVICE = `Expected one line such as "${API_NAME}: 2023-05-04T12:30:00.000000Z". Correct it, or remove the file to begin at start_date.`;

/**
 * Replaces the file, in one step where the system allows it.
 * @param nextStart the start of what is still to be shipped.
 * @throws FileError
 */
export function writeLastTime(directory: string, nextStart: EpochMs): void {
  // The image's format is %Y-%m-%dT%H:%M:%S.%fZ, and %f has six digits.
  const instant = formatInstant(nextStart).replace('Z', '000Z');
  replaceFile(join(directory, LAST_TIME_FILE), `${API_NAME}: ${instant}\n`);
}

function contentOf(directory: string): string {
  const path = join(directory, LAST_TIME_FILE);
  try {
    return textOfFile(readFileSync(followOwnLink(path)));
  } catch (error) {
    if (error instanceof FileError) throw new LastTimeError(error.message, { cause: error });
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new LastTimeError(`${LAST_TIME_FILE} cannot be read: ${fileFault(path, error)}`, { cause: error });
  }
}
