/** One process at a time in a folder, and none kept out by one that is gone. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { lockFolder } from '../../simulators/folder-lock.ts';
import { folderOf } from '../support/folder.ts';

const MODULE = JSON.stringify(join(import.meta.dirname, '../../simulators/folder-lock.ts'));
const IN_USE =
  /is in use by another run of this program \(process \d+, or that number in its container\)\. Stop that one/;

/** A process that has taken the folder. */
async function holderOf(t: TestContext, folder: string) {
  const program = `const { lockFolder } = await import(${MODULE}); globalThis.kept = await lockFolder(process.argv[1]); console.log('taken'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

test('a folder in use is refused to every other process and to the same one, and free again once given back', async (t) => {
  const folder = folderOf(t);
  const unlock = await lockFolder(folder);
  await assert.rejects(lockFolder(folder), IN_USE);
  await unlock();
  await unlock();
  const holder = await holderOf(t, folder);
  await assert.rejects(lockFolder(folder), new RegExp(`process ${holder.pid},`));
  await assert.rejects(lockFolder(folder), IN_USE, 'being refused does not free it');
});

test('a killed process keeps nobody out, whichever number it had', async (t) => {
  const folder = folderOf(t);
  for (const left of [undefined, String(process.pid), '1', String(process.ppid), '', 'nonsense']) {
    const holder = await holderOf(t, folder);
    holder.kill('SIGKILL');
    await once(holder, 'close');
    if (left !== undefined) await writeFile(join(folder, 'in-use-by.pid'), left);
    const unlock = await lockFolder(folder);
    await assert.rejects(lockFolder(folder), IN_USE);
    await unlock();
  }
});

test('what cannot be locked is named, and what to do about it', async (t) => {
  const folder = folderOf(t);
  await mkdir(join(folder, 'in-use.lock'));
  await assert.rejects(lockFolder(folder), /in-use\.lock cannot be locked \(.+\)\. .*: remove it and start again/);
  assert.deepEqual(await readdir(folder), ['in-use.lock']);
});
