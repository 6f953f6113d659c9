/**
 * Runs StrykerJS on files of the core, one after the other, each with its quick tests, and ends
 * with the sum of all files that were measured so far.
 *
 * `npm run test:mutants`, or `npm run test:mutants -- fingerprint plan` for the files whose names
 * hold one of these words.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { schema } from '@stryker-mutator/api/core';
import { TARGETS } from './planted.ts';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = '.local/stryker';
/** A test that is so much slower than without a mutant goes in a circle. */
const SLOWER_BY_MS = 5000;
/** They take from three seconds to twenty. The histories come in their place. */
const SLOW =
  /(?:ship|ship-faults|no-progress|rare-cases|answers|audit|quarantine|quarantine-list|backfill|durable-engine)\.test/;

const reportOf = (file: string) => join(FOLDER, `${file.replaceAll('/', '-')}.json`);

const print = (text: string) => process.stdout.write(`${text}\n`);

const { values, positionals: words } = parseArgs({ options: { help: { type: 'boolean' } }, allowPositionals: true });
if (values.help) {
  print('npm run test:mutants -- [WORD ...]    measures the files whose names hold a WORD; without one, all');
  process.exit();
}
mkdirSync(join(ROOT, FOLDER), { recursive: true });
const env = { ...process.env, NODE_COMPILE_CACHE: join(ROOT, FOLDER, 'compiled') };
for (const { file, tests } of TARGETS) {
  if (words.length > 0 && !words.some((word) => file.includes(word))) continue;
  const settings = {
    mutate: [file],
    ignorePatterns: ['.local', 'cdk.out', 'dist'],
    testRunner: 'simulation',
    plugins: ['@stryker-mutator/tap-runner', join(import.meta.dirname, 'simulation-runner.ts')],
    tap: { testFiles: tests.filter((test) => !SLOW.test(test)), nodeArgs: ['--test-reporter=tap'] },
    // Otherwise Stryker asks TypeScript to rewrite its settings, through an interface that
    // TypeScript 7 no longer has.
    tsconfigFile: 'none.json',
    reporters: ['clear-text', 'json', 'progress-append-only'],
    clearTextReporter: { reportTests: false, allowColor: false },
    jsonReporter: { fileName: reportOf(file) },
    concurrency: 1,
    timeoutMS: SLOWER_BY_MS,
    tempDirName: join(FOLDER, 'sandbox'),
  };
  const path = join(FOLDER, 'settings.json');
  writeFileSync(join(ROOT, path), JSON.stringify(settings));
  const stryker = ['node_modules/@stryker-mutator/core/bin/stryker.js', 'run', path];
  const { status } = spawnSync(process.execPath, stryker, { cwd: ROOT, stdio: 'inherit', env });
  if (status !== 0) process.exitCode = 1;
}

let [allKilled, all] = [0, 0];
for (const { file } of TARGETS) {
  const path = join(ROOT, reportOf(file));
  if (!existsSync(path)) {
    print(`${file}: not measured`);
    continue;
  }
  const report = JSON.parse(readFileSync(path, 'utf8')) as schema.MutationTestResult;
  const { source = '', mutants = [] } = report.files[file] ?? {};
  const killed = mutants.filter(({ status }) => status === 'Killed' || status === 'Timeout').length;
  const isOlder = source !== readFileSync(join(ROOT, file), 'utf8');
  print(`${file}: ${killed} of ${mutants.length}${isOlder ? ', measured before the file was changed' : ''}`);
  allKilled += killed;
  all += mutants.length;
}
print(`${allKilled} of ${all} mutants killed: ${((100 * allKilled) / Math.max(1, all)).toFixed(1)} %`);
