/** What a user reads when a file or folder cannot be used. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileFault } from '../../lib/platform/files.ts';

const CASES = {
  ENOSPC: /^the disk is full \(ENOSPC\)\. Make room on the disk of \/data\/it\. Keep this program's files\.$/,
  EDQUOT: /^the disk quota is used up/,
  EROFS: /^the file system is read-only \(EROFS\)\. Mount what holds \/data\/it so that it can be written\.$/,
  EACCES: /has no permission \(EACCES\)\. Give it the folder and everything in it: sudo chown -R \w+ \/data\./,
  EPERM: /has no permission \(EPERM\)\. .*In a container, .*--user "\$\(id -u\):\$\(id -g\)"\.$/,
  EISDIR: /^it is a folder, not a file \(EISDIR\)\. Remove the folder \/data\/it and put the file in its place/,
  ENOTDIR: /^a file is where a folder is needed/,
  ELOOP: /^its links form a circle \(ELOOP\)\. Replace the link \/data\/it/,
  EIO: /^the disk reports an error/,
} as const;

for (const [code, words] of Object.entries(CASES)) {
  test(`${code} is explained in words, with what to do, and never by moving the checkpoint away`, () => {
    const said = fileFault('/data/it', Object.assign(new Error('secret details'), { code }));
    assert.match(said, words);
    assert.doesNotMatch(said, /move it away|secret/);
  });
}

test('a fault that nobody knows is at least named', () => {
  assert.equal(fileFault('/data/it', Object.assign(new Error('x'), { code: 'EWEIRD' })), 'EWEIRD.');
  assert.equal(fileFault('/data/it', new Error('cosmic rays')), 'cosmic rays.');
});
