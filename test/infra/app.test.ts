/** What `cdk` runs, as a process of its own. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { folderOf } from '../support/folder.ts';

const APP = join(import.meta.dirname, '../../infra/app.ts');

test('a folder without a config.yaml, as one whose name is misspelt, is refused: no stack gets the defaults instead', (t) => {
  const folder = folderOf(t);
  const context = JSON.stringify({ stack: 'second', config: './secnd' });
  const env = { PATH: process.env.PATH, CDK_OUTDIR: folder, CDK_CONTEXT_JSON: context };
  const { status, stderr } = spawnSync(process.execPath, [APP], { cwd: folder, env, encoding: 'utf8' });
  assert.equal(status, 1, stderr);
  assert.match(stderr, /config\.yaml: there is none in \.\/secnd, which -c config names/);
});
