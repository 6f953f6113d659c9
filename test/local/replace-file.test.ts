/**
 * Small files that are replaced: whole at every moment, through links of one's own only, and where
 * nothing can be renamed.
 */
import assert from 'node:assert/strict';
import fs, { lchownSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { replaceFile } from '../../local/replace-file.ts';
import { followOwnLink, privateFolder } from '../../simulators/own-files.ts';
import { folderOf } from '../support/folder.ts';

const SOMEBODY_ELSE = 65_534;
/** Only root can give a link to somebody else. */
const skipUnlessRoot = process.getuid?.() === 0 ? false : 'needs root: makes a link that belongs to somebody else';

/** Every renaming fails so. */
function refuseRename(t: TestContext, code: string): void {
  t.mock.method(fs, 'renameSync', () => {
    throw Object.assign(new Error(`${code}: refused`), { code });
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
}

test('a mounted file, which cannot be renamed over (EBUSY), is written in place, shorter texts too', (t) => {
  const path = join(folderOf(t), 'file');
  refuseRename(t, 'EBUSY');
  writeFileSync(path, 'a long text of before\n');
  replaceFile(path, 'short\n');
  assert.equal(readFileSync(path, 'utf8'), 'short\n');
  assert.deepEqual(readdirSync(join(path, '..')), ['file']);
});

test('where neither is possible, it says why in plain words, and leaves nothing behind', (t) => {
  const folder = folderOf(t);
  refuseRename(t, 'ENOSPC');
  assert.throws(() => replaceFile(join(folder, 'file'), 'text'), {
    name: 'FileError',
    message: /file cannot be written: the disk is full \(ENOSPC\)\. Make room/,
  });
  assert.deepEqual(readdirSync(folder), []);
});

test('a link into a volume stays a link, and the file there is replaced, also when it is still to be made', (t) => {
  const folder = folderOf(t);
  mkdirSync(join(folder, 'volume'));
  symlinkSync('volume/file', join(folder, 'link'));
  for (const text of ['first', 'second']) {
    replaceFile(join(folder, 'link'), text);
    assert.ok(lstatSync(join(folder, 'link')).isSymbolicLink());
    assert.equal(readFileSync(join(folder, 'volume/file'), 'utf8'), text);
  }
});

test('a link planted at the place of the next text is removed, and what it leads to stays as it is', (t) => {
  const folder = folderOf(t);
  writeFileSync(join(folder, 'precious'), 'precious');
  symlinkSync('precious', join(folder, 'file.new'));
  replaceFile(join(folder, 'file'), 'text');
  assert.equal(readFileSync(join(folder, 'precious'), 'utf8'), 'precious');
  assert.deepEqual(readdirSync(folder).sort(), ['file', 'precious']);
});

test('a link that belongs to somebody else is not followed, and what it leads to stays as it is', {
  skip: skipUnlessRoot,
}, (t) => {
  const folder = folderOf(t);
  writeFileSync(join(folder, 'precious'), 'precious', { mode: 0o644 });
  mkdirSync(join(folder, 'private'), { mode: 0o755 });
  symlinkSync('precious', join(folder, 'link'));
  symlinkSync('private', join(folder, '.local'));
  for (const name of ['link', '.local']) lchownSync(join(folder, name), SOMEBODY_ELSE, SOMEBODY_ELSE);
  const refused = {
    name: 'FileError',
    message: /is a link that belongs to user 65534, and is not followed\. Remove it/,
  };
  assert.throws(() => replaceFile(join(folder, 'link'), 'text'), refused);
  assert.throws(() => followOwnLink(join(folder, 'link')), refused);
  assert.throws(() => privateFolder(join(folder, '.local')), refused);
  assert.equal(readFileSync(join(folder, 'precious'), 'utf8'), 'precious');
  assert.equal(lstatSync(join(folder, 'private')).mode & 0o777, 0o755);
});

test('a folder is made readable by its owner only, through a link of its owner as well', (t) => {
  const folder = folderOf(t);
  mkdirSync(join(folder, 'volume'), { mode: 0o755 });
  symlinkSync('volume', join(folder, '.local'));
  privateFolder(join(folder, '.local'));
  assert.equal(lstatSync(join(folder, 'volume')).mode & 0o777, 0o700);
});
