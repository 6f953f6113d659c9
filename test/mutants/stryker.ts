/**
 * Runs StrykerJS on files of the core, one after the other, each with its quick tests.
 *
 * `npm run test:mutants`, or `npm run test:mutants -- fingerprint cut` for the files whose names
 * hold one of these words.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TARGETS } from './planted.ts';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = '.local/stryker';
/** A test that is so much slower than without a mutant goes in a circle. */
const SLOWER_BY_MS = 10_000;

mkdirSync(join(ROOT, FOLDER), { recursive: true });
const words = process.argv.slice(2);
for (const { file, tests } of TARGETS) {
  if (words.length > 0 && !words.some((word) => file.includes(word))) continue;
  const settings = {
    mutate: [file],
    testRunner: 'tap',
    plugins: ['@stryker-mutator/tap-runner'],
    tap: { testFiles: tests, nodeArgs: ['--test-reporter=tap'] },
    // Otherwise Stryker asks TypeScript to rewrite its settings, through an interface that
    // TypeScript 7 no longer has.
    tsconfigFile: 'none.json',
    reporters: ['clear-text'],
    clearTextReporter: { reportTests: false, allowColor: false },
    concurrency: 1,
    timeoutMS: SLOWER_BY_MS,
    tempDirName: join(FOLDER, 'sandbox'),
  };
  const path = join(FOLDER, 'settings.json');
  writeFileSync(join(ROOT, path), JSON.stringify(settings));
  const stryker = ['node_modules/@stryker-mutator/core/bin/stryker.js', 'run', path];
  const { status } = spawnSync(process.execPath, stryker, { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
