/** Files on this machine: private ones, their encodings, and why one cannot be used. */
import { chmodSync, lstatSync, mkdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

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

/** The bytes are text in no encoding that can be told. */
export class EncodingError extends Error {
  override readonly name = 'EncodingError';

  constructor() {
    super('is not text in UTF-8; save it as UTF-8');
  }
}

/**
 * @param bytes UTF-8 with or without a byte order mark, or UTF-16 with one
 * @returns the text without the mark
 * @throws EncodingError where zero bytes stand between the characters: to the next reader, a token
 * would be single letters
 */
export function textOfFile(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const marked =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  const text = new TextDecoder(marked).decode(bytes); // leaves the mark out
  if (text.includes('\0')) throw new EncodingError();
  return text;
}

/**
 * @param path what could not be used
 * @param error what the file system answered
 * @returns two sentences, e.g. `the disk is full (ENOSPC). Make room on the disk that holds /data.`
 */
export function fileFault(path: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const words = code === undefined ? undefined : WORDS[code]?.(path);
  return words === undefined ? `${code ?? message}.` : `${words[0]} (${code}). ${words[1]}`;
}

type Words = (path: string) => readonly [what: string, todo: string];

const denied: Words = (path) => [
  `${thisUser()} has no permission`,
  `Give it the folder with all that is in it: sudo chown -R ${process.getuid?.() ?? 'USER'} ${dirname(path)}. In a container, give it the folder that is mounted there, or start with --user "$(id -u):$(id -g)".`,
];

/** What Linux and macOS call these faults: https://man7.org/linux/man-pages/man3/errno.3.html */
const WORDS: Readonly<Record<string, Words>> = {
  ENOSPC: (path) => ['the disk is full', `Make room on the disk that holds ${path}. Remove nothing of this program.`],
  EDQUOT: (path) => ['the disk quota is used up', `Make room, or raise the quota, where ${path} is.`],
  EROFS: (path) => ['the file system is read-only', `Mount what holds ${path} so that it can be written.`],
  EACCES: denied,
  EPERM: denied,
  EISDIR: (path) => [
    'it is a folder, not a file',
    `Remove the folder ${path} and put the file in its place. Docker makes such a folder where a file that is to be mounted does not exist.`,
  ],
  ENOTDIR: (path) => ['a file is where a folder is needed', `Move the file away: ${path}, or one above it.`],
  EEXIST: (path) => ['a file is where a folder is needed', `Move the file away: ${path}.`],
  ELOOP: (path) => ['its links lead in a circle', `Replace the link ${path} by a file or folder.`],
  EIO: (path) => ['the disk reports an error', `Check the disk that holds ${path}; the system's log says more.`],
};

function thisUser(): string {
  return process.getuid === undefined ? 'this user' : `user ${process.getuid()}`;
}
