/** Replaces a small file in one step where that is possible, and in place where it is not. */
import {
  closeSync,
  constants,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { fileFault } from '../lib/platform/files.ts';
import { FileError, followOwnLink } from '../simulators/own-files.ts';

/**
 * A crash leaves the old text or the new one. Of a mounted file (EBUSY), or in a folder that cannot
 * be written, the bytes are replaced instead.
 * @throws FileError; the file then holds the old text
 */
export function replaceFile(path: string, text: string): void {
  try {
    const real = followOwnLink(path);
    try {
      renameOver(real, text);
    } catch (error) {
      if (!overwrite(real, text)) throw error;
    }
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    throw new FileError(`${path} cannot be written: ${fileFault(path, cause)}`, { cause });
  }
}

function renameOver(path: string, text: string): void {
  const next = `${path}.new`;
  // Left by a crash, or a link that somebody planted: it goes itself, not what it leads to.
  rmSync(next, { force: true });
  try {
    writeFileSync(next, text, { flag: 'wx', flush: true });
    renameSync(next, path);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}

/** @returns false where that is not possible either */
function overwrite(path: string, text: string): boolean {
  let file: number;
  try {
    // Windows knows no O_NOFOLLOW.
    file = openSync(path, constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0));
  } catch {
    return false;
  }
  try {
    // Cut to length at the end: a full disk, or a crash, never leaves it empty.
    writeSync(file, text, 0);
    ftruncateSync(file, Buffer.byteLength(text));
    fsyncSync(file);
    return true;
  } catch {
    return false;
  } finally {
    closeSync(file);
  }
}
