/** The template as CloudFormation itself would read it: cfn-lint over every form of the stack. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { buildPackage, TEMPLATE } from '../../infra/package/build.ts';
import { forms, synth } from '../infra/synth.ts';
import { pythonPrograms } from '../support/python.ts';

const run = promisify(execFile);

/** CDK states every dependency on a role once more than it has to; CloudFormation does not mind. */
const DEPENDENCY_STATED_TWICE = 'W3005';

describe('cfn-lint finds nothing to say', async () => {
  const programs = await pythonPrograms(join(import.meta.dirname, 'requirements.txt'));
  const directory = mkdtempSync(join(tmpdir(), 'cfn-lint-'));
  after(() => rmSync(directory, { recursive: true, force: true }));

  const lint = (name: string, write: () => string | Promise<string>) =>
    it(name, async () => {
      const file = await write();
      const found = await run(join(programs, 'cfn-lint'), [
        '--ignore-checks',
        DEPENDENCY_STATED_TWICE,
        '--',
        file,
      ]).then(
        ({ stdout }) => stdout,
        (error: { stdout?: string; message: string }) => error.stdout || error.message,
      );
      assert.equal(found, '');
    });

  for (const [form, yaml] of Object.entries(forms)) {
    lint(form, () => {
      const file = join(directory, 'template.json');
      writeFileSync(file, JSON.stringify(synth({ yaml }).toJSON()));
      return file;
    });
  }

  lint('with parameters, in the package', async () => {
    await buildPackage(join(directory, 'dist'));
    return join(directory, 'dist', TEMPLATE);
  });
});
