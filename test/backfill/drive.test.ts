/** How a backfill decides, answer by answer, without a clock or a table. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackfillFailedError, driveBackfill, type Engine } from '../../lib/backfill/drive.ts';
import type { Failure, ShipAnswer } from '../../lib/backfill/protocol.ts';
import { NO_TOTALS } from '../../lib/backfill/totals.ts';

type Answer = ShipAnswer | Failure;

const DONE: ShipAnswer = { message: '', done: true, shipped: 1, moved: true, throttled: 0 };
const FAILED: ShipAnswer = { ...DONE, done: false, shipped: 0, moved: false, failure: 'it failed' };

/**
 * An engine that answers from a script.
 *
 * @param script what each slice answers, run by run; the last answer of a slice stays
 * @param inParts whether lists and totals come one slice at a time
 */
function engineOf(script: Readonly<Record<string, readonly Answer[]>>, inParts = false) {
  const names = Object.keys(script);
  const runs: string[] = [];
  const waits: number[] = [];
  const last = new Map<string, Answer>();
  const part = (after: string | undefined) => {
    const from = after === undefined ? 0 : names.indexOf(after) + 1;
    const part = inParts ? names.slice(from, from + 1) : names;
    return { part, ...(inParts && from + 1 < names.length && { after: part[0] }) };
  };
  const engine: Engine = {
    mostOperations: 100,
    async ask(_, request) {
      if (request.backfill === 'plan') return { planned: true, start_time: 'a', end_time: 'b' };
      const { part: slices, ...after } = part('after' in request ? request.after : undefined);
      if (request.backfill === 'next') return { slices: slices.map((slice) => ({ slice, events: 1 })), ...after };
      const open = slices.filter((slice) => last.get(slice) !== DONE);
      const failures = open.map((slice) => ({ slice, failure: 'it failed' }));
      return { ...NO_TOTALS, slices: slices.length, slicesDone: slices.length - open.length, failures, ...after };
    },
    askAll: async (_, requests) =>
      requests.map(({ request }) => {
        assert.ok('slice' in request);
        const { slice } = request;
        const answers = script[slice] ?? [];
        const answer = answers[runs.filter((run) => run === slice).length] ?? (answers.at(-1) as Answer);
        runs.push(slice);
        last.set(slice, answer);
        return answer;
      }),
    wait: async (_, ms) => void waits.push(ms),
    handOver: async () => assert.fail('its history is short'),
  };
  return { engine, runs, waits };
}

test('every slice is shipped and counted, also where a list of them does not fit into one answer', async () => {
  const { engine, runs } = engineOf({ first: [DONE], second: [DONE] }, true);
  const { slices, slicesDone } = await driveBackfill(engine, { start_time: 'a' });
  assert.deepEqual(runs, ['first', 'second']);
  assert.deepEqual([slices, slicesDone], [2, 2]);
});

test('a slice that failed is tried again, while others go on', async () => {
  const { engine, runs } = engineOf({ weak: [FAILED, FAILED, DONE], long: [{ ...DONE, done: false }, DONE] });
  const { slicesDone } = await driveBackfill(engine, { start_time: 'a' });
  assert.equal(slicesDone, 2);
  assert.equal(runs.filter((run) => run === 'weak').length, 3);
});

test('a slice that fails for ever is left behind after three runs, and the backfill fails with its name', async () => {
  const goesOn = { ...DONE, done: false };
  const { engine, runs } = engineOf({ weak: [FAILED], long: [goesOn, goesOn, goesOn, goesOn, goesOn, DONE] });
  await assert.rejects(
    driveBackfill(engine, { start_time: 'a' }),
    (error: unknown) => error instanceof BackfillFailedError && /weak: it failed/.test(error.message),
  );
  assert.equal(runs.filter((run) => run === 'weak').length, 3);
  assert.equal(runs.filter((run) => run === 'long').length, 6);
});

test('to be turned away by 429 is no fault of a slice: it is tried until it goes', async () => {
  const turnedAway: ShipAnswer = { ...FAILED, throttled: 1 };
  const goesOn = { ...DONE, done: false };
  const { engine } = engineOf({
    weak: [turnedAway, turnedAway, turnedAway, turnedAway, DONE],
    long: [goesOn, goesOn, goesOn, goesOn, goesOn, DONE],
  });
  const { slicesDone } = await driveBackfill(engine, { start_time: 'a' });
  assert.equal(slicesDone, 2);
});

test('where nothing goes, the backfill stays away for as long as JumpCloud asks it to', async () => {
  const { engine, waits } = engineOf({ only: [{ ...FAILED, retryAfterMs: 3_600_000 }, DONE] });
  await driveBackfill(engine, { start_time: 'a' });
  assert.deepEqual(waits, [3_600_000]);
});

test('an engine whose history is nearly full gets no more: the rest starts afresh', async () => {
  const { engine, runs } = engineOf({ first: [DONE] });
  let handedOver: unknown;
  const full: Engine = {
    ...engine,
    mostOperations: 2,
    handOver: async (start) => {
      handedOver = start;
      return NO_TOTALS;
    },
  };
  await driveBackfill(full, { start_time: 'a' });
  assert.deepEqual(handedOver, { start_time: 'a', max_concurrency: 5 });
  assert.deepEqual(runs, []);
});
