/** Text of a file in any encoding that editors write, and why a file or folder cannot be used. */
import { dirname } from 'node:path';

/**
 * @param bytes UTF-8 with or without a byte order mark, or UTF-16 with one
 * @returns the text without the mark
 * @throws where zero bytes stand between the characters: a token would pass for single letters
 */
export function textOfFile(bytes: Uint8Array): string {
  const mark = Buffer.from(bytes.subarray(0, 2)).toString('hex');
  const encoding = mark === 'fffe' ? 'utf-16le' : mark === 'feff' ? 'utf-16be' : 'utf-8';
  const text = new TextDecoder(encoding).decode(bytes); // leaves the mark out
  if (text.includes('\0')) throw new Error('it is not text in UTF-8; save it as UTF-8');
  return text;
}

/**
 * @param path what could not be used
 * @param error what the file system answered
 * @returns two sentences, e.g. `the disk is full (ENOSPC). Make room on the disk of /data.`
 */
export function fileFault(path: string, error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const words = WORDS[code]?.(path);
  return words === undefined ? `${code || message}.` : `${words[0]} (${code}). ${words[1]}`;
}

type Words = (path: string) => readonly [what: string, todo: string];

const denied: Words = (path) => [
  `${process.getuid === undefined ? 'this user' : `user ${process.getuid()}`} has no permission`,
  `Give it the folder and everything in it: sudo chown -R ${process.getuid?.() ?? 'USER'} ${dirname(path)}. In a container, give it the folder that is mounted there, or start with --user "$(id -u):$(id -g)".`,
];

/** What Linux and macOS call these faults: https://man7.org/linux/man-pages/man3/errno.3.html */
const WORDS: Readonly<Record<string, Words>> = {
  ENOSPC: (path) => ['the disk is full', `Make room on the disk of ${path}. Keep this program's files.`],
  EDQUOT: (path) => ['the disk quota is used up', `Make room, or raise the quota, where ${path} is.`],
  EROFS: (path) => ['the file system is read-only', `Mount what holds ${path} so that it can be written.`],
  EACCES: denied,
  EPERM: denied,
  EISDIR: (path) => [
    'it is a folder, not a file',
    `Remove the folder ${path} and put the file in its place. Docker makes such a folder when the file to mount does not exist.`,
  ],
  ENOTDIR: (path) => ['a file is where a folder is needed', `Move the file away: ${path}, or one above it.`],
  EEXIST: (path) => ['a file is where a folder is needed', `Move the file away: ${path}.`],
  ELOOP: (path) => ['its links form a circle', `Replace the link ${path} by a file or folder.`],
  EIO: (path) => ['the disk reports an error', `Check the disk of ${path}; the system's log says more.`],
};
