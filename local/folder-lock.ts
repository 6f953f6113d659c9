/** One process at a time in a folder: the embedded database would fail in ways that tell nobody why. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Takes the folder. A lock whose process is gone (it was killed) is taken over.
 * @returns how to give the folder back
 * @throws when a living process holds it
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const file = join(folder, 'in-use-by.pid');
  const write = () => writeFile(file, String(process.pid), { flag: 'wx', mode: 0o600 });
  try {
    await write();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const holder = Number(await readFile(file, 'utf8'));
    if (isAlive(holder)) {
      throw new Error(
        `${folder} is in use by another run of this program (process ${holder}). Stop that one first; if it is something else, delete ${file}.`,
      );
    }
    await rm(file, { force: true });
    await write();
  }
  return () => rm(file, { force: true });
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0); // signal 0 asks, and sends nothing
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
