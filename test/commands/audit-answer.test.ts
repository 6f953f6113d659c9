/** What an audit answers, logs and measures. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditStream } from '../../lib/commands/audit.ts';
import type { Context } from '../../lib/commands/context.ts';
import { createRunMetrics } from '../../lib/commands/summary.ts';
import { Page } from '../../lib/jumpcloud/page.ts';
import { queryKey } from '../../lib/jumpcloud/query.ts';
import { deadlineAfter } from '../../lib/platform/deadline.ts';
import { system } from '../../lib/platform/outside.ts';
import { formatInstant, type TimeRange } from '../../lib/platform/time.ts';
import { createDynamoDbStore } from '../../lib/state/dynamodb-store.ts';
import { closeHours } from '../../lib/state/hourly-counts.ts';
import { memoryTable } from '../support/memory-table.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const NOON = Date.parse('2026-11-20T12:00:00Z');
const HOUR_MS = 3_600_000;
const LIVE = 'live#default';
const QUERY = { services: ['all'], limit: 100 };
const hourAt = (hoursBefore: number) => NOON - hoursBefore * HOUR_MS;
const iso = (hoursBefore: number) => formatInstant(hourAt(hoursBefore));

interface Given {
  /** When the stream began, in hours before noon. */
  readonly began: number;
  /** By hours before noon: what JumpCloud has, and what was shipped; all others have nothing. */
  readonly hours?: readonly (readonly [hoursBefore: number, atJumpCloud: number, shipped: number])[];
  readonly waiting?: number;
  readonly uncounted?: readonly TimeRange[];
  /** After so many counts the time is over. */
  readonly mostCounts?: number;
}

async function auditOf({ began, hours = [], waiting = 0, uncounted = [], mostCounts = 100 }: Given) {
  const { table } = memoryTable();
  const clock = new VirtualClock(NOON);
  const stop = new AbortController();
  using deadline = deadlineAfter(clock, 60_000, stop.signal);
  const acquired = await createDynamoDbStore(table, system.random).acquire(LIVE, hourAt(began), NOON, NOON + 1);
  assert.ok('held' in acquired);
  const { held } = acquired;
  const moved = { settled: NOON, watermark: NOON, countedFor: queryKey(QUERY), uncounted };
  await held.save({ ...held, checkpoint: { ...held.checkpoint, ...moved } }, [], 0);
  await closeHours(table, LIVE, new Map(hours.map(([at, , shipped]) => [hourAt(at), shipped])), NOON);
  const [logged, written]: [string[], object[]] = [[], []];
  const log = Object.fromEntries(
    ['info', 'warn', 'error'].map((level) => [
      level,
      (message: string, { summary }: { summary: string }) => logged.push(`${level} ${message}: ${summary}`),
    ]),
  );
  const settings = { allowedLatenessMinutes: 15, sourceLagSeconds: 30, timeIntervalMinutes: 5 };
  const runtime = {
    table,
    log,
    config: { jumpcloud: { settings } },
    metrics: { write: (metric: object) => written.push(metric) },
  };
  let counts = 0;
  if (mostCounts === 0) stop.abort();
  const context = {
    ...{ runtime, deadline, stream: { name: LIVE, query: QUERY } },
    metrics: createRunMetrics(runtime as unknown as Context['runtime']),
    async countEvents(_: object, { start, end }: TimeRange) {
      if (++counts === mostCounts) stop.abort();
      return hours.reduce((sum, [at, found]) => sum + (hourAt(at) >= start && hourAt(at) < end ? found : 0), 0);
    },
    parts: {
      clock,
      quarantine: { countWaiting: async () => waiting },
      async *readPages(_: object, { start }: TimeRange) {
        const found = hours.find(([at]) => hourAt(at) === start)?.[1] ?? 0;
        const events = Array.from({ length: found }, (__, n) => ({ id: `${n}`, timestamp: formatInstant(start + n) }));
        const stated = { statedCount: found, statedLimit: 100, searchAfter: undefined, serverNow: undefined };
        yield new Page({ ...stated, body: Buffer.from(JSON.stringify(events)) }, 100);
      },
    },
  };
  return { answer: await auditStream(context as unknown as Context), logged, written };
}

const difference = (value: number, stream?: string) => ({
  ...{ name: 'AuditDifference', unit: 'Count', value },
  ...(stream !== undefined && { stream }),
});
const QUARANTINED = { name: 'Quarantined', unit: 'Count', value: 4, stream: LIVE };

test('where all hours agree the answer says so, and a zero is measured', async () => {
  const { answer, logged, written } = await auditOf({ began: 3, hours: [[2, 5, 5]] });
  const message = `Audit of ${LIVE}: all 3 hours have the same number of events as JumpCloud.`;
  const numbers = { hours: 3, requests: 1, unchecked: 0, waitingInQuarantine: 0 };
  assert.deepEqual(answer, { message, stream: LIVE, ...numbers, differences: [] });
  assert.deepEqual(logged, [`info audit: ${message}`]);
  assert.deepEqual(written, [difference(0)]);
});

test('hours that differ are an error, with their sum, what to do, and what waits in quarantine', async () => {
  const hours = [
    [2, 5, 3],
    [1, 7, 7],
    [3, 0, 1],
  ] as const;
  const { answer, logged, written } = await auditOf({ began: 3, hours, waiting: 4 });
  const message = `Audit of ${LIVE}: 2 of 3 hours differ from JumpCloud's count, by 3 events. To ship such an hour again, give the function its start_time and end_time.`;
  assert.equal(answer.message, message);
  assert.deepEqual(answer.differences, [
    { hour: iso(3), atJumpCloud: 0, shipped: 1 },
    { hour: iso(2), atJumpCloud: 5, shipped: 3 },
  ]);
  assert.equal(answer.waitingInQuarantine, 4);
  assert.deepEqual(logged, [`error audit: ${message}`]);
  assert.deepEqual(written, [difference(3, LIVE), QUARANTINED]);
});

test('an hour of which JumpCloud has fewer events is measured for thirty hours; a hole for as long as it is there', async () => {
  const fewer = await auditOf({
    began: 40,
    hours: [
      [30, 0, 1],
      [31, 0, 1],
    ],
  });
  assert.equal((fewer.answer.differences as unknown[]).length, 2);
  assert.deepEqual(fewer.written, [difference(1, LIVE)]);
  const hole = await auditOf({ began: 40, hours: [[31, 2, 1]] });
  assert.deepEqual(hole.written, [difference(1, LIVE)]);
});

test('an audit that was cut short does not pass for one that found nothing', async () => {
  const none = await auditOf({ began: 3, waiting: 4, mostCounts: 0 });
  const rest = (hours: string) => `Time ran out before ${hours} could be compared. The next audit tries them.`;
  assert.equal(none.answer.message, `Audit of ${LIVE}: nothing was compared. ${rest('3 more hours')}`);
  assert.deepEqual(none.logged, [`warn audit: ${none.answer.message}`]);
  assert.deepEqual(none.written, [QUARANTINED]);

  const some = await auditOf({ began: 25, mostCounts: 1 });
  const equal = '24 hours have the same number of events as JumpCloud.';
  assert.equal(some.answer.message, `Audit of ${LIVE}: ${equal} ${rest('1 more hour')}`);
  assert.deepEqual(some.written, []);

  const found = await auditOf({ began: 3, hours: [[1, 1, 0]], mostCounts: 2 });
  assert.match(found.answer.message, /1 of 1 hours differ .* end_time\. Time ran out before 2 more hours/);
  assert.deepEqual(found.written, [difference(1, LIVE)]);
});

test('hours that cannot be compared are named; where there is no other, the answer says when to try again', async () => {
  const touched = { start: hourAt(2) + 1, end: hourAt(2) + 2 };
  const { answer } = await auditOf({ began: 3, uncounted: [touched] });
  assert.partialDeepStrictEqual(answer, { hours: 2, leftOut: [iso(2)] });
  const young = await auditOf({ began: 0.5 });
  const message = `Audit of ${LIVE}: no hour of the last 14 days can be compared yet. Try again tomorrow.`;
  assert.equal(young.answer.message, message);
  assert.deepEqual(young.logged, [`info audit: ${message}`]);
});

test('a stream without a checkpoint has nothing to audit', async () => {
  const context = { runtime: { table: memoryTable().table }, stream: { name: LIVE } };
  const message = `${LIVE} has no checkpoint yet: there is nothing to audit.`;
  assert.deepEqual(await auditStream(context as unknown as Context), { message });
});
