/**
 * One process at a time in a folder: the embedded database would fail in ways that explain nothing.
 */
import { chmodSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { faultOfDisk } from './disk-fault.ts';

/** https://sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

/**
 * Takes the folder. The lock is the operating system's, on a file, and ends with its process in
 * whatever way that ends. A number in a file would outlive it, and mean another process later: in
 * containers, where each start has the same one, this very one.
 * @returns how to give the folder back
 * @throws at once when another process has it, in whichever container, or when its file cannot be
 * locked
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  // Only for the message to the next one; not in the locked file, since closing it after reading
  // would give the lock back.
  const pidFile = join(folder, 'in-use-by.pid');
  const lock = lockFile(join(folder, 'in-use.lock'));
  if (lock === undefined) {
    const pid = await readFile(pidFile, 'utf8').catch(() => 'unknown');
    throw new Error(
      `${folder} is in use by another run of this program (process ${pid}, or that number in its container). Stop that one first.`,
    );
  }
  // Without the number the lock holds as well.
  await writeFile(pidFile, String(process.pid), { mode: 0o600 }).catch(() => undefined);
  return async () => {
    if (lock.isOpen) await rm(pidFile, { force: true });
    if (lock.isOpen) lock.close();
  };
}

/**
 * SQLite locks a file on every system, which Node by itself cannot; nothing is written into it.
 * @returns undefined when it is locked already
 */
function lockFile(file: string): DatabaseSync | undefined {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(file);
    chmodSync(file, 0o600); // what belongs to another user, SQLite would open for reading only, and lock for nobody
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock?.close();
    const { errcode, message } = cause as Error & { errcode?: number };
    if (errcode === SQLITE_BUSY) return undefined;
    const fault = faultOfDisk(dirname(file));
    if (fault !== undefined) throw fault;
    throw new Error(`${file} cannot be locked (${message}). It must be this user's own: remove it and start again.`, {
      cause,
    });
  }
}
