/**
 * Runs StrykerJS on files of the core, one after the other, each with its quick tests.
 *
 * `npm run test:mutants`, or `npm run test:mutants -- fingerprint cut` for the files whose names hold one of these words.
 */
import { Stryker } from '@stryker-mutator/core';
import { TARGETS } from './planted.ts';

/** A test that is so much slower than without a mutant goes in a circle. */
const SLOWER_BY_MS = 10_000;

const words = process.argv.slice(2);
const chosen = TARGETS.filter(({ file }) => words.length === 0 || words.some((word) => file.includes(word)));
const scores: string[] = [];
for (const { file, tests } of chosen) {
  const mutants = await new Stryker({
    mutate: [file],
    testRunner: 'tap',
    plugins: ['@stryker-mutator/tap-runner'],
    tap: { testFiles: [...tests], nodeArgs: ['--test-reporter=tap'] },
    // Stryker would rewrite the settings of TypeScript with an interface that TypeScript 7 no longer has.
    tsconfigFile: 'none.json',
    reporters: ['clear-text'],
    clearTextReporter: { reportTests: false, allowColor: false },
    concurrency: 1,
    timeoutMS: SLOWER_BY_MS,
    tempDirName: '.local/stryker',
  }).runMutationTest();
  const killed = mutants.filter(({ status }) => status === 'Killed' || status === 'Timeout').length;
  scores.push(`${file}: ${killed} of ${mutants.length} killed`);
}
process.stdout.write(`${scores.join('\n')}\n`);
