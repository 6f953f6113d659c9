/**
 * `npm start` where the disk is full, read-only, somebody else's or mounted in pieces: what a user
 * sees, and what is kept.
 */
import assert from 'node:assert/strict';
import { closeSync, openSync, writeSync } from 'node:fs';
import { chmod, cp, lchown, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { folderOf } from '../support/folder.ts';
import { makeReadOnly, mountDisk, mountFile, skipWithoutMount } from '../support/mounted.ts';
import { configured, start, startAsNobody, TOKENS } from '../support/started.ts';

const LAST_TIME = /^jumpcloud: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\n$/;
const NO_STACK = /node_modules|\n {4}at /;

function unwrapped(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

/** Writes until the disk takes no byte more. */
function fill(disk: string): void {
  const file = openSync(join(disk, 'ballast'), 'w');
  try {
    for (;;) writeSync(file, Buffer.alloc(4096));
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
  } finally {
    closeSync(file);
  }
}

/** The same configuration on a disk of its own. */
async function onDisk(t: TestContext, events: number) {
  const { folder, ...servers } = await configured(t, events);
  const disk = mountDisk(t, 6);
  await cp(join(folder, 'config.yaml'), join(disk, 'config.yaml'));
  return { disk, ...servers };
}

test('a lastTime.txt that is mounted by itself is kept up to date, and a good round is a success', {
  skip: skipWithoutMount,
}, async (t) => {
  const { folder, logzio } = await configured(t, 20);
  const [outside, inside] = [join(folderOf(t), 'kept'), join(folder, 'lastTime.txt')];
  for (const file of [outside, inside]) await writeFile(file, '');
  using _mounted = mountFile(outside, inside);
  const run = start(t, folder, ['--once'], TOKENS);
  assert.equal(await run.exited, 0, run.output());
  assert.doesNotMatch(run.output(), /Failed|Warning/);
  assert.match(await readFile(outside, 'utf8'), LAST_TIME);
  assert.equal(logzio.lines.length, 20);
});

test('a lastTime.txt that cannot be written fails no round: it is said, and shipping goes on', async (t) => {
  const { folder, logzio } = await configured(t, 250);
  await symlink('/proc/version', join(folder, 'lastTime.txt')); // nobody can write there, not even root
  assert.equal(
    await start(t, folder, ['--ask', '{"rewind_to": "-1h"}'], TOKENS).exited,
    2,
    'it is not read as a start',
  );
  await rm(join(folder, 'lastTime.txt'));
  const first = start(t, folder, ['--once'], TOKENS);
  assert.equal(await first.exited, 0, first.output());
  await rm(join(folder, 'lastTime.txt'));
  await mkdir(join(folder, 'lastTime.txt'));
  const run = start(t, folder, ['--once'], TOKENS);
  assert.equal(await run.exited, 0, run.output());
  assert.match(
    unwrapped(run.output()),
    /Warning: \S*lastTime\.txt cannot be written: it is a folder, not a file \(EISDIR\)\. Remove the folder .* Shipping goes on; the checkpoint in .* counts\./,
  );
  assert.doesNotMatch(run.output(), /Failed/);
  assert.equal(logzio.lines.length, 250);
});

test('on a full disk it does not begin: it says so, and to make room, not to throw the checkpoint away', {
  skip: skipWithoutMount,
}, async (t) => {
  const { disk, logzio } = await onDisk(t, 20);
  fill(disk);
  const run = start(t, disk, ['--once'], TOKENS);
  assert.equal(await run.exited, 1, run.output());
  assert.match(
    run.output(),
    /(cannot be used|Nothing can be written into \S+): the disk is full \(ENOSPC\)\. Make room/,
  );
  assert.doesNotMatch(run.output(), /damaged|move it away|remove it/);
  assert.doesNotMatch(run.output(), NO_STACK);
  assert.equal(logzio.lines.length, 0);
});

test('a disk that fills up meanwhile ends the run in plain words; with room again, nothing is lost', {
  skip: skipWithoutMount,
}, async (t) => {
  const { disk, logzio, jumpcloud } = await onDisk(t, 1000);
  logzio.settings.onRequest = (_request, n) => void (n === 3 && fill(disk));
  const run = start(t, disk, ['--once'], TOKENS);
  assert.equal(await run.exited, 1, run.output());
  assert.match(run.output(), /the disk is full \(ENOSPC\)\. Make room .* next start goes on where this one saved last/);
  assert.doesNotMatch(run.output(), NO_STACK);
  const still = start(t, disk, ['--once'], TOKENS);
  assert.equal(await still.exited, 1, still.output());
  assert.match(still.output(), /the disk is full \(ENOSPC\)/);
  assert.doesNotMatch(still.output(), /damaged|move it away/);
  await rm(join(disk, 'ballast'));
  const again = start(t, disk, ['--once'], TOKENS);
  assert.equal(await again.exited, 0, again.output());
  const ids = new Set(logzio.lines.map((line) => JSON.parse(line).id));
  assert.equal(ids.size, jumpcloud.visible().length);
});

test('the trial run on a disk that is too small ends in plain words too', { skip: skipWithoutMount }, async (t) => {
  const disk = mountDisk(t, 1);
  const run = start(t, disk);
  assert.equal(await run.exited, 1, run.output());
  assert.match(run.output(), /the disk is full \(ENOSPC\)\. Make room .* The trial run ends here\.\n/);
  assert.doesNotMatch(run.output(), NO_STACK);
});

test('a read-only folder is named as read-only, with a checkpoint in it or without', {
  skip: skipWithoutMount,
}, async (t) => {
  for (const ranBefore of [false, true]) {
    const { disk } = await onDisk(t, 5);
    if (ranBefore) assert.equal(await start(t, disk, ['--once'], TOKENS).exited, 0);
    makeReadOnly(disk);
    const run = start(t, disk, ['--once'], TOKENS);
    assert.equal(await run.exited, 1);
    assert.match(run.output(), /\.local cannot be used: the file system is read-only \(EROFS\)\. Mount what holds/);
    assert.doesNotMatch(run.output(), NO_STACK);
  }
});

test('a folder of somebody else is named, with the user who needs it', async (t) => {
  const { folder } = await configured(t, 5);
  await chmod(join(folder, 'config.yaml'), 0o644);
  await chmod(folder, 0o555);
  const run = startAsNobody(t, folder, ['--once'], TOKENS);
  assert.equal(await run.exited, 1, run.output());
  assert.match(
    run.output(),
    /\.local cannot be used: user \d+ has no permission \(EACCES\)\. Give it the folder and everything in it: sudo chown -R \d+ /,
  );
  await chmod(folder, 0o755);
});

test('a config.yaml that this user may not read, or that is a folder or a circle of links, is said in words', async (t) => {
  for (const [make, words] of [
    [(path: string) => mkdir(path), /config\.yaml: cannot be read: it is a folder, not a file \(EISDIR\)\. Remove/],
    [(path: string) => symlink('config.yaml', path), /config\.yaml: cannot be read: its links form a circle \(ELOOP\)/],
  ] as const) {
    const folder = folderOf(t);
    await make(join(folder, 'config.yaml'));
    const run = start(t, folder, ['--once'], TOKENS);
    assert.equal(await run.exited, 2, run.output());
    assert.match(run.output(), words);
  }
  const { folder } = await configured(t, 5);
  await chmod(join(folder, 'config.yaml'), process.getuid?.() === 0 ? 0o600 : 0);
  await chmod(folder, 0o755);
  const run = startAsNobody(t, folder, ['--once'], TOKENS);
  assert.equal(await run.exited, 2, run.output());
  assert.match(run.output(), /config\.yaml: cannot be read: user \d+ has no permission \(EACCES\)/);
});

test('a .local that somebody else planted as a link is refused by name', {
  skip: process.getuid?.() === 0 ? false : 'needs root: makes a link that belongs to somebody else',
}, async (t) => {
  const { folder, logzio } = await configured(t, 5);
  await mkdir(join(folder, 'elsewhere'));
  await symlink('elsewhere', join(folder, '.local'));
  await lchown(join(folder, '.local'), 65_534, 65_534);
  const run = start(t, folder, ['--once'], TOKENS);
  assert.equal(await run.exited, 1);
  assert.match(run.output(), /\.local is a link that belongs to user 65534, and is not followed/);
  assert.equal(logzio.lines.length, 0);
});
