/** What a run of one slice answers the engine, and what it notes in the ledger. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shipSlice } from '../../lib/backfill/ship-slice.ts';
import { createLedger } from '../../lib/backfill/slices.ts';
import { JumpCloudError } from '../../lib/jumpcloud/client.ts';
import { Page } from '../../lib/jumpcloud/page.ts';
import type { ReadPages } from '../../lib/jumpcloud/pages.ts';
import { LogzioError } from '../../lib/logzio/answer.ts';
import { deadlineAfter } from '../../lib/platform/deadline.ts';
import { system } from '../../lib/platform/outside.ts';
import type { ServiceError } from '../../lib/platform/retry.ts';
import { checkpointKey } from '../../lib/state/checkpoint-item.ts';
import { createDynamoDbStore, peek } from '../../lib/state/dynamodb-store.ts';
import { memoryTable } from '../support/memory-table.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const NOON = Date.parse('2026-11-20T12:00:00Z');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const LATENESS_MS = 10 * MINUTE_MS;
const SLICE = { start: NOON - 3 * HOUR_MS, end: NOON - 2 * HOUR_MS, events: 5 };
const STREAM = 'backfill#default#2026-11-20T09:00:00.000Z#2026-11-20T10:00:00.000Z';
const LIVE = {
  ...{ name: 'live#default', start: NOON, query: { services: ['all'], limit: 2 } },
  ...{ sourceLagMs: 10_000, allowedLatenessMs: LATENESS_MS },
};

const event = (afterStartMs: number) =>
  JSON.stringify({ id: `${afterStartMs}`, timestamp: new Date(SLICE.start + afterStartMs).toISOString() });

function throttling(retryAfterMs?: number): JumpCloudError {
  return new JumpCloudError('status 429', { status: 429, retryable: true, retryAfterMs });
}

interface Given {
  readonly events?: readonly string[];
  /** Met and retried before the first page. */
  readonly retries?: readonly ServiceError[];
  /** Instead of the last page. */
  readonly error?: Error;
  readonly now?: number;
  readonly until?: number;
  readonly done?: boolean;
  readonly heldUntil?: number;
  readonly hasDate?: boolean;
  /** Logz.io refuses them for good. */
  readonly refuses?: boolean;
}

function start() {
  const { table } = memoryTable();
  const ledger = createLedger(table, 'live#default');
  const quarantined: string[] = [];
  const store = createDynamoDbStore(table, system.random);
  async function run({ events = [], retries = [], now = NOON, hasDate = true, ...given }: Given) {
    const clock = new VirtualClock(now);
    using deadline = deadlineAfter(clock, 5 * MINUTE_MS);
    if (given.until !== undefined) await store.acquire(LIVE.name, given.until, now, now);
    if (given.heldUntil !== undefined) await store.acquire(STREAM, SLICE.start, now, given.heldUntil);
    await ledger.add(SLICE, now);
    const slice = (await ledger.get(SLICE.start)) ?? assert.fail();
    const serverNow = hasDate ? now : undefined;
    const readPages: ReadPages = async function* (query, _, context) {
      for (const error of retries) context.onRetry?.(error);
      const parts = { searchAfter: '["a"]', serverNow, statedLimit: 2 };
      for (let from = 0; from < events.length; from += 2) {
        const part = events.slice(from, from + 2);
        yield new Page({ ...parts, body: Buffer.from(`[${part}]`), statedCount: part.length }, query.limit);
      }
      if (given.error) throw given.error;
      yield new Page({ ...parts, body: Buffer.from('[]'), statedCount: 0 }, query.limit);
    };
    const answer = await shipSlice(
      LIVE,
      given.done ? { ...slice, done: true } : slice,
      {
        ...{ clock, readPages, ledger, store, table },
        quarantine: {
          add: async (stream, { originals }) => void quarantined.push(`${originals.length} of ${stream}`),
          countWaiting: async (stream) => {
            quarantined.push(`count ${stream}`);
            return 0;
          },
        },
        shape: ({ eventId }) => ({ line: eventId, shortened: [] }),
        async deliver({ records }, _, { onAcknowledged }) {
          if (given.refuses) return { acknowledged: [], refused: [{ records: [...records], reason: 'no', taken: 0 }] };
          onAcknowledged?.(records);
          return { acknowledged: records, refused: [] };
        },
      },
      { deadline, leaseMs: 4 * MINUTE_MS },
    );
    const { delivered, done: isDone, failure, end } = (await ledger.get(SLICE.start)) ?? assert.fail();
    return { answer, noted: { delivered, isDone, failure, end: end - SLICE.start } };
  }
  const expiresAt = async () => (await table.get(checkpointKey(STREAM)))?.expires;
  return { run, expiresAt, quarantined, table };
}

test('a slice that is shipped and final is done, noted as such, and its checkpoint expires in 30 days', async () => {
  const { run, expiresAt } = start();
  const { answer, noted } = await run({ events: [event(1), event(2), event(3)] });
  assert.deepEqual(answer, {
    ...{ message: 'Shipped 3 events; the slice is done.', done: true, shipped: 3, moved: true, throttled: 0 },
  });
  assert.deepEqual(noted, { delivered: 3, isDone: true, failure: undefined, end: HOUR_MS });
  assert.equal(await expiresAt(), (NOON + 30 * 24 * HOUR_MS) / 1000);
});

test('a slice that was done before is not shipped again', async () => {
  const { run } = start();
  const { answer } = await run({ done: true, error: new Error('asked') });
  assert.deepEqual(answer, {
    ...{ message: 'This slice was done before.', done: true, shipped: 0, moved: true, throttled: 0 },
  });
});

test('a slice is left to a live stream that was rewound to where it begins, or before', async () => {
  const message = 'The live stream was rewound to before this slice, and ships its events.';
  for (const until of [SLICE.start, SLICE.start - 1]) {
    const { run } = start();
    const { answer, noted } = await run({ events: [event(1)], until });
    assert.deepEqual(answer, { message, done: true, shipped: 0, moved: true, throttled: 0 });
    assert.equal(noted.isDone, false);
  }
});

test('a slice ends where the live stream begins, and is noted to end there', async () => {
  const { run } = start();
  const { answer, noted } = await run({ events: [event(1), event(HOUR_MS / 2)], until: SLICE.start + HOUR_MS / 2 });
  assert.equal(answer.shipped, 1);
  assert.deepEqual(noted, { delivered: 1, isDone: true, failure: undefined, end: HOUR_MS / 2 });
});

test('a slice into which late events may still come waits until it is final, and two seconds more', async () => {
  const { run, expiresAt } = start();
  const { answer, noted } = await run({ events: [event(1)], now: SLICE.end + MINUTE_MS });
  assert.deepEqual(answer, {
    ...{ message: 'Shipped 1 event; late ones may still become visible.', done: false, shipped: 1, moved: true },
    ...{ throttled: 0, waitMs: LATENESS_MS - MINUTE_MS + 2000 },
  });
  assert.deepEqual([noted.isDone, await expiresAt()], [false, undefined]);
  const again = await run({ events: [event(1)], now: SLICE.end + 2 * MINUTE_MS });
  assert.deepEqual([again.answer.shipped, again.answer.moved], [0, true], 'to have to wait is no standing still');
});

test('a slice that is long overdue and still not final has failed, and says what to look at', async () => {
  const { run } = start();
  const overdue = (ms: number) => run({ events: [event(1)], hasDate: false, now: SLICE.end + LATENESS_MS + ms });
  const waits = await overdue(HOUR_MS);
  assert.equal(waits.answer.waitMs, 2000);
  const { answer } = await overdue(HOUR_MS + 1);
  assert.equal(answer.waitMs, undefined);
  assert.match(
    answer.failure ?? '',
    /^all of the slice is shipped, but late events cannot be ruled out: JumpCloud's answers/,
  );
  assert.equal(answer.moved, false);
});

test('another run that ships the slice is waited for, for as long as it holds it, and two seconds more', async () => {
  const { run } = start();
  const { answer, noted } = await run({ heldUntil: NOON + MINUTE_MS });
  assert.deepEqual(answer, {
    ...{ message: 'Another run ships this slice.', done: false, shipped: 0, moved: true, throttled: 0 },
    waitMs: MINUTE_MS + 2000,
  });
  assert.equal(noted.delivered, 0);
});

test('a run that fails says why, how far it came and how long JumpCloud asked it to stay away', async () => {
  const { run } = start();
  const { answer, noted } = await run({ events: [event(1), event(2)], error: throttling(9000) });
  const failure = `${STREAM}: status 429`;
  assert.deepEqual(answer, {
    ...{ message: `Shipped 2 events, then failed: ${failure}`, done: false, shipped: 2, moved: true, throttled: 1 },
    ...{ failure, retryAfterMs: 9000 },
  });
  assert.deepEqual(noted, { delivered: 2, isDone: false, failure, end: HOUR_MS });
  const again = await run({ error: new JumpCloudError('status 403', { status: 403, retryable: false }) });
  assert.deepEqual([again.answer.moved, again.answer.throttled, again.answer.shipped], [false, 0, 0]);
  assert.ok(!('retryAfterMs' in again.answer));
});

test('each 429 that was met on the way is counted, and nothing else', async () => {
  const { run } = start();
  const busy = new JumpCloudError('status 503', { status: 503, retryable: true });
  const other = new LogzioError('429', { status: 429, retryable: true });
  const { answer } = await run({ retries: [throttling(), busy, throttling(), other] });
  assert.equal(answer.throttled, 2);
});

test('a run that is cut off goes on later, from where it came to', async () => {
  const { run, table } = start();
  const error = new JumpCloudError('given up', { retryable: false, givenUp: true });
  const { answer } = await run({ events: [event(1), event(MINUTE_MS)], error });
  const message = 'Shipped 2 events, up to 2026-11-20T09:01:00.000Z; there is more.';
  assert.deepEqual(answer, { message, done: false, shipped: 2, moved: true, throttled: 0 });
  assert.equal((await peek(table, STREAM))?.checkpoint.watermark, SLICE.start + MINUTE_MS);
});

test('what Logz.io refuses waits under the live stream, where an operator looks, and counts as delivered', async () => {
  const { run, quarantined } = start();
  const { noted } = await run({ events: [event(1), event(2), event(3)], refuses: true, now: SLICE.end + MINUTE_MS });
  assert.equal(noted.delivered, 3);
  assert.deepEqual(quarantined, ['2 of live#default', '1 of live#default']);
  await run({ events: [], now: NOON });
  assert.equal(quarantined.at(-1), 'count live#default');
});

test('an error that is no outcome of a run is thrown', async () => {
  const { run, table } = start();
  await table.put(checkpointKey(STREAM), { version: 99 });
  await assert.rejects(run({}), { name: 'CheckpointVersionError' });
});
