/** Files and folders of this user alone: a link that somebody else planted is never followed. */
import { chmodSync, lstatSync, mkdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileFault } from '../lib/platform/files.ts';

const ROOT = 0;

/** A file or folder cannot be used; the message says why and what to do. */
export class FileError extends Error {
  override readonly name = 'FileError';
}

/**
 * @returns where `path` leads, if it is a link; itself otherwise
 * @throws FileError where another user made the link: it may lead to a file that only this user may
 * change
 */
export function followOwnLink(path: string): string {
  const link = lstatSync(path, { throwIfNoEntry: false });
  if (!link?.isSymbolicLink()) return path;
  if (process.getuid !== undefined && link.uid !== ROOT && link.uid !== process.getuid())
    throw new FileError(
      `${path} is a link that belongs to user ${link.uid}, and is not followed. Remove it, if it is not yours.`,
    );
  try {
    return realpathSync(path);
  } catch (error) {
    // A link into a volume where the file is still to be made.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return resolve(dirname(path), readlinkSync(path));
    throw error;
  }
}

/**
 * Makes the folder where it is not there, readable by this user only, also where it was there
 * before.
 * @param path in a folder that exists
 * @throws FileError
 */
export function privateFolder(path: string): void {
  try {
    const real = followOwnLink(path);
    try {
      mkdirSync(real, { mode: 0o700 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !statSync(real).isDirectory()) throw error;
    }
    chmodSync(real, 0o700);
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    throw new FileError(`The folder ${path} cannot be used: ${fileFault(path, cause)}`, { cause });
  }
}
