/** Python programs that some tests need, installed into `.venv/` by the first that needs one. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const VENVS = join(import.meta.dirname, '../../.venv');

/**
 * @param requirements a requirements.txt in the folder of the tests that need it
 * @returns the directory with the programs that it pins
 * @throws when there is no python3, no venv module, or no way to the package index; the message
 * says which.
 */
export async function pythonPrograms(requirements: string): Promise<string> {
  const venv = join(VENVS, basename(dirname(requirements)));
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  const stamp = join(venv, 'installed');
  if (contentOf(stamp) !== wanted) {
    rmSync(venv, { recursive: true, force: true });
    mkdirSync(venv, { recursive: true });
    await step('makes a virtual environment', 'python3', ['-m', 'venv', venv]);
    await step(`installs ${requirements}`, join(venv, 'bin/pip'), [
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--requirement',
      requirements,
    ]);
    writeFileSync(stamp, wanted);
  }
  return join(venv, 'bin');
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

async function step(purpose: string, program: string, args: string[]): Promise<void> {
  try {
    await run(program, args);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Error(
      missing
        ? `this test needs ${program}, which is not on this machine: install Python 3.10 or newer with its venv module (Debian: apt-get install python3 python3-venv).`
        : `this test ${purpose} with "${program} ${args.join(' ')}", which failed: ${(cause as Error).message}`,
      { cause },
    );
  }
}
