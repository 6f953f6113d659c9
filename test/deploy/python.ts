/** The Python programs that the deploy tests need, installed into `.venv/` by whoever asks first. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
const VENV = join(import.meta.dirname, '../../.venv');

/**
 * @returns the directory with `ministack` and `cfn-lint`, as requirements.txt pins them.
 * @throws when there is no python3, no venv module, or no way to the package index; the message says which.
 */
export async function pythonPrograms(): Promise<string> {
  const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex');
  const stamp = join(VENV, 'installed');
  if (contentOf(stamp) !== wanted) {
    rmSync(VENV, { recursive: true, force: true });
    mkdirSync(VENV, { recursive: true });
    await step('makes a virtual environment', 'python3', ['-m', 'venv', VENV]);
    await step('installs MiniStack and cfn-lint', join(VENV, 'bin/pip'), [
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--requirement',
      REQUIREMENTS,
    ]);
    writeFileSync(stamp, wanted);
  }
  return join(VENV, 'bin');
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
        ? `npm run test:deploy needs ${program}, which is not on this machine: install Python 3.10 or newer with its venv module (Debian: apt-get install python3 python3-venv).`
        : `npm run test:deploy ${purpose} with "${program} ${args.join(' ')}", which failed: ${(cause as Error).message}`,
      { cause },
    );
  }
}
