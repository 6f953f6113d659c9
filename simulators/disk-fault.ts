/**
 * Tells a full or read-only disk from damaged data: neither database under here names the
 * difference.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileFault } from '../lib/platform/files.ts';
import { FileError } from './own-files.ts';

/** Twice of what LevelDB writes when it is opened: its log of up to 4 MB becomes a table. */
const PROBE_BYTES = 8 * 1024 * 1024;

/** @returns why nothing can be written into the folder; undefined where it can */
export function faultOfDisk(folder: string): FileError | undefined {
  const probe = join(folder, 'disk-probe');
  try {
    rmSync(probe, { force: true });
    writeFileSync(probe, Buffer.alloc(PROBE_BYTES), { flag: 'wx', mode: 0o600, flush: true });
    return undefined;
  } catch (cause) {
    return new FileError(
      `Nothing can be written into ${folder}: ${fileFault(folder, cause)} The checkpoint in it is kept, and no event is lost.`,
      { cause },
    );
  } finally {
    rmSync(probe, { force: true });
  }
}
