/** A release is tagged only when version, changelog and work tree say the same. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { release } from '../../infra/release.ts';

function checkout(changelog: string) {
  const directory = mkdtempSync(join(tmpdir(), 'release-'));
  const git = (...words: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...words], { cwd: directory, encoding: 'utf8' });
  git('init', '-q');
  git('config', 'user.name', 'a');
  git('config', 'user.email', 'a@b');
  writeFileSync(join(directory, 'package.json'), '{"version":"0.2.0"}');
  writeFileSync(join(directory, 'CHANGELOG.md'), changelog);
  git('add', '.');
  git('commit', '-qm', 'All');
  return { directory, git, [Symbol.dispose]: () => rmSync(directory, { recursive: true }) };
}

const READY = '# Changes\n\n## 0.2.0 (2026-12-01)\n- one\n';

test('a release that is ready gets its tag', () => {
  using it = checkout(READY);
  assert.equal(release(it.directory, '0.2.0'), 'v0.2.0');
  assert.equal(it.git('tag').trim(), 'v0.2.0');
  assert.throws(() => release(it.directory, '0.2.0'), /the tag v0\.2\.0 exists already/);
});

test('everything that is not ready is named at once, and nothing is tagged', () => {
  using it = checkout('# Changes\n\n## 0.2.0, not yet released\n');
  writeFileSync(join(it.directory, 'forgotten'), '');
  assert.throws(
    () => release(it.directory, '0.3.0'),
    /package\.json has version 0\.2\.0.*\n.*CHANGELOG\.md has no heading "## 0\.2\.0 .*\n.*uncommitted changes/,
  );
  assert.equal(it.git('tag'), '');
});
