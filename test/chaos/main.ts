/** `npm run test:chaos`: plays many histories and tells which of them broke the promise, and how to play such a one again. */
import { parseArgs } from 'node:util';
import { playHistory, type Verdict } from './history.ts';
import { describeFailure } from './story.ts';

const HELP = `Plays seeded histories against the promise: nothing lost, nothing repeated beyond what is stated.

  npm run test:chaos                              1000 histories
  npm run test:chaos -- --histories 50 --seed 7   those of the seeds 7 to 56
  npm run test:chaos -- --histories 1 --seed 42 --trace

  --histories N   how many (1000)
  --seed S        the first one's seed (1); each is played from its own seed alone
  --steps N       how much happens in each (16)
  --failures N    stop after so many broken promises (1)
  --trace         print everything that happens

Exit code: 0 all kept; 1 a promise was broken; 2 wrong flag.
`;

const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    steps: { type: 'string', default: '16' },
    failures: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

if (values.help) {
  say(HELP);
} else {
  const [histories, first, steps, mostFailures] = [values.histories, values.seed, values.steps, values.failures].map(
    Number,
  ) as [number, number, number, number];
  const began = performance.now();
  const totals: Record<string, number> = {};
  const failures: Verdict[] = [];
  let played = 0;
  for (let seed = first; seed < first + histories && failures.length < mostFailures; seed++) {
    const start = performance.now();
    const verdict = await playHistory(seed, steps);
    played++;
    if (performance.now() - start > 15_000) {
      say(`seed ${seed} took ${seconds(start)} s`);
    }
    for (const [figure, count] of Object.entries(verdict.figures)) totals[figure] = (totals[figure] ?? 0) + count;
    if (values.trace) say(verdict.trace.join('\n'));
    if (verdict.failure) {
      failures.push(verdict);
      say(describeFailure(verdict, steps));
    }
    if (played % 50 === 0) say(`${played} histories, ${failures.length} broken, ${seconds(began)} s`);
  }
  const summary = Object.entries(totals)
    .map(([figure, count]) => `${count} ${figure}`)
    .join(', ');
  say(`${played} histories from seed ${first} in ${seconds(began)} s: ${summary}`);
  say(`${played - failures.length} passed, ${failures.length} failed`);
  process.exitCode = failures.length > 0 ? 1 : 0;
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}
