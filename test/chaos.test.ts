/** A short look at the promise under every fault; `npm run test:chaos` takes a long one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playHistory } from './chaos/history.ts';
import { describeFailure } from './chaos/story.ts';

/** Far less happens in each as in the long run: enough for every kind of fault to strike somewhere. */
const STEPS = 6;
const HISTORIES = 20;

test('nothing is lost, and nothing repeated beyond what is stated, in twenty histories full of faults', async () => {
  const totals: Record<string, number> = {};
  for (let seed = 1; seed <= HISTORIES; seed++) {
    const verdict = await playHistory(seed, STEPS);
    assert.equal(verdict.failure, undefined, verdict.failure && describeFailure(verdict, STEPS));
    for (const [figure, count] of Object.entries(verdict.figures)) totals[figure] = (totals[figure] ?? 0) + count;
  }
  const figures = [
    'events',
    'done',
    'failed',
    'killed',
    'woken',
    'children',
    'bulks taken in part',
    'replays',
    'audits',
    'backfills done',
  ];
  for (const figure of figures) {
    assert.ok((totals[figure] ?? 0) > 0, `no history had any ${figure}: the faults do not strike`);
  }
});
