/** Which hours an audit compares, with which query, and how a difference is confirmed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { audit } from '../../lib/commands/audit.ts';
import { JumpCloudError } from '../../lib/jumpcloud/client.ts';
import { Page } from '../../lib/jumpcloud/page.ts';
import { type Query, queryKey } from '../../lib/jumpcloud/query.ts';
import { deadlineAfter } from '../../lib/platform/deadline.ts';
import { newCheckpoint } from '../../lib/ship/checkpoint.ts';
import type { Checkpoint } from '../../lib/state/checkpoint.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const NOON = Date.parse('2026-11-20T12:00:00Z');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const QUERY: Query = { services: ['all'], limit: 2 };
const FORMER: Query = { services: ['sso'], limit: 2 };

interface Event {
  readonly at: number;
  readonly id?: string;
  readonly text?: string;
}

interface Given {
  readonly checkpoint?: Partial<Checkpoint>;
  /** The hours before noon that are settled; undefined: all. */
  readonly hours?: number;
  readonly events?: readonly Event[];
  /** By hour; else as many as there are events. */
  readonly shipped?: ReadonlyMap<number, number>;
  /** What JumpCloud's counts are off by, where there is something. */
  readonly countsOff?: number;
  /** Whether a page names the next one. */
  readonly isPaged?: boolean;
  /** The nth request fails so. */
  readonly fails?: { readonly nth: number; readonly error: Error };
  readonly stopsAtRequest?: number;
}

/** Audits the hours before noon. */
async function run(given: Given) {
  const { events = [], countsOff = 0, isPaged = true, fails, stopsAtRequest } = given;
  const clock = new VirtualClock(NOON);
  const stop = new AbortController();
  using deadline = deadlineAfter(clock, 600_000, stop.signal);
  const start = given.hours === undefined ? NOON - 90 * DAY_MS : NOON - given.hours * HOUR_MS;
  const checkpoint = { ...newCheckpoint(start), settled: NOON, watermark: NOON, ...given.checkpoint };
  const [counted, read]: [string[], string[]] = [[], []];
  let requests = 0;
  const ask = () => {
    requests++;
    if (requests === stopsAtRequest) stop.abort();
    if (fails?.nth === requests) throw fails.error;
  };
  const named = (query: Query, { start, end }: { start: number; end: number }) => {
    const range = `${(start - NOON) / HOUR_MS} to ${(end - NOON) / HOUR_MS}`;
    return query.services[0] === 'all' ? range : `${range} of ${query.services}`;
  };
  const within = ({ start, end }: { start: number; end: number }) =>
    events.filter(({ at }) => at >= start && at < end).sort((one, other) => one.at - other.at);
  let askedCounts = 0;
  const result = await audit(
    checkpoint,
    QUERY,
    {
      clock,
      async countEvents(query, window, context) {
        assert.equal(context.deadline, deadline);
        counted.push(named(query, window));
        ask();
        const found = within(window).length;
        return found === 0 ? 0 : found + countsOff;
      },
      async *readPages(query, window, context) {
        assert.equal(context.deadline, deadline);
        read.push(named(query, window));
        // As JumpCloud does: a second more on both sides.
        const found = within({ start: window.start - 1000, end: window.end + 1000 });
        for (let from = 0; ; from += query.limit) {
          ask();
          const page = found.slice(from, from + query.limit);
          const texts = page.map(
            ({ at, id, text }) => text ?? JSON.stringify({ id, timestamp: new Date(at).toISOString() }),
          );
          const stated = { statedCount: page.length, statedLimit: query.limit, serverNow: undefined };
          const searchAfter = isPaged ? `["${from}"]` : undefined;
          yield new Page({ ...stated, searchAfter, body: Buffer.from(`[${texts.join(',')}]`) }, query.limit);
          if (page.length < query.limit || !isPaged) return;
        }
      },
      async readHourlyCounts(from, to) {
        askedCounts++;
        assert.equal(to, Math.floor(checkpoint.settled / HOUR_MS) * HOUR_MS);
        const counts = new Map(given.shipped);
        for (const { at } of events) {
          const hour = Math.floor(at / HOUR_MS) * HOUR_MS;
          if (hour >= from && !given.shipped?.has(hour)) counts.set(hour, (counts.get(hour) ?? 0) + 1);
        }
        return counts;
      },
    },
    deadline,
  );
  const hour = (instant: number) => (instant - NOON) / HOUR_MS;
  return {
    ...{ counted, read, askedCounts, hours: result.hours, requests: result.requests, unchecked: result.unchecked },
    leftOut: result.leftOut.map(hour),
    differences: result.differences.map((found) => `${hour(found.hour)}: ${found.atJumpCloud} of ${found.shipped}`),
  };
}

const at = (hours: number, ms = 0, id = `${hours} ${ms}`): Event => ({ at: NOON + hours * HOUR_MS + ms, id });
/** Shipped in the hours that begin so many hours before noon. */
const shippedIn = (counts: Record<number, number>) =>
  new Map(Object.entries(counts).map(([hours, count]) => [NOON + Number(hours) * HOUR_MS, count]));

test('every settled hour of the last fourteen days is compared, day by day, the newest first', async () => {
  const { counted, hours, requests, differences, leftOut, unchecked } = await run({ events: [at(-1), at(-30)] });
  assert.deepEqual(
    { hours, requests, differences, leftOut, unchecked },
    {
      ...{ hours: 14 * 24, requests: 14, differences: [], leftOut: [], unchecked: 0 },
    },
  );
  assert.deepEqual([counted[0], counted[1], counted.at(-1)], ['-24 to 0', '-48 to -24', '-336 to -312']);
});

test('the hour in which a stream began is left out, unless it began with the hour', async () => {
  assert.deepEqual((await run({ hours: 3 })).counted, ['-3 to 0']);
  assert.deepEqual((await run({ hours: 2.9 })).counted, ['-2 to 0']);
});

test('an hour that is not settled whole is left out', async () => {
  assert.deepEqual((await run({ hours: 3, checkpoint: { settled: NOON - 1 } })).counted, ['-3 to -1']);
});

test('where no hour can be compared nothing is asked for', async () => {
  const { hours, requests, unchecked, askedCounts, differences } = await run({ hours: 0.5 });
  assert.deepEqual(
    { hours, requests, unchecked, askedCounts, differences },
    {
      ...{ hours: 0, requests: 0, unchecked: 0, askedCounts: 0, differences: [] },
    },
  );
  const touched = { uncounted: [{ start: NOON - HOUR_MS, end: NOON }] };
  assert.deepEqual((await run({ hours: 1, checkpoint: touched })).leftOut, [-1]);
});

test('hours that were counted twice or not at all are left out, and named; those beside them are not', async () => {
  const uncounted = [
    { start: NOON - 7 * HOUR_MS + 1, end: NOON - 6 * HOUR_MS },
    { start: NOON - 3 * HOUR_MS, end: NOON - 2 * HOUR_MS + 1 },
  ];
  const { counted, leftOut, hours } = await run({ hours: 8, checkpoint: { uncounted } });
  assert.deepEqual(counted, ['-1 to 0', '-6 to -3', '-8 to -7']);
  assert.deepEqual([leftOut, hours], [[-7, -3, -2], 5]);
});

test('hours before a change of the query are compared with the former one, and the hour of the change not at all', async () => {
  const countedBefore = [{ query: queryKey(FORMER), until: NOON - 2 * HOUR_MS }];
  const { counted, leftOut } = await run({ hours: 5, checkpoint: { countedBefore } });
  assert.deepEqual([counted, leftOut], [['-2 to 0', '-5 to -2 of sso'], []]);
  const within = [{ query: queryKey(FORMER), until: NOON - 2 * HOUR_MS - 1 }];
  const changed = await run({ hours: 5, checkpoint: { countedBefore: within } });
  assert.deepEqual([changed.counted, changed.leftOut], [['-2 to 0', '-5 to -3 of sso'], [-3]]);
});

test('hours that an older program counted with a query that is not known any more are left out', async () => {
  const countedBefore = [{ query: 'a hash', until: NOON - 2 * HOUR_MS }];
  const { counted, leftOut } = await run({ hours: 4, checkpoint: { countedBefore } });
  assert.deepEqual([counted, leftOut], [['-2 to 0'], [-4, -3]]);
});

test('a day that does not add up is counted hour by hour, and an hour that does not is read before it is reported', async () => {
  const given = { hours: 30, events: [at(-3), at(-3, 5), at(-28)], shipped: shippedIn({ [-3]: 1 }) };
  const { counted, read, differences, requests, hours } = await run(given);
  assert.deepEqual(counted.slice(0, 4), ['-24 to 0', '-30 to -24', '-1 to 0', '-2 to -1']);
  assert.equal(counted.length, 26);
  assert.deepEqual(read, ['-3 to -2']);
  assert.deepEqual(differences, ['-3: 2 of 1']);
  assert.deepEqual([requests, hours], [28, 30], 'two pages were read');
});

test('events that were shipped and that JumpCloud does not have are a difference too, the oldest hour first', async () => {
  const shipped = shippedIn({ [-2]: 3, [-5]: 1 });
  const { differences } = await run({ hours: 6, events: [at(-2)], shipped });
  assert.deepEqual(differences, ['-5: 0 of 1', '-2: 1 of 3']);
});

test('a count that a server rounded is no difference, once the hour is read', async () => {
  const { differences, read } = await run({ hours: 2, events: [at(-1)], countsOff: 1 });
  assert.deepEqual([differences, read], [[], ['-1 to 0']]);
});

test('an event counts where its own instant lies, once, and an unreadable one not at all', async () => {
  const events = [
    ...[at(-1, -1), at(-1), at(-1), at(0, -1), at(0)],
    { at: NOON - 5, text: '[1]' },
    { at: NOON - 4, text: '{"timestamp":"soon"}' },
    { at: NOON - 3, text: JSON.stringify({ timestamp: new Date(NOON - 3).toISOString() }) },
    { at: NOON - 3, text: JSON.stringify({ timestamp: new Date(NOON - 3).toISOString() }) },
  ];
  const { differences } = await run({ hours: 1, events, shipped: shippedIn({ [-1]: 1 }) });
  assert.deepEqual(differences, ['-1: 4 of 1'], 'two of them have no id, and are two');
});

test('where pages do not name the next one, an hour is read on from the last event', async () => {
  const events = [1, 2, 3, 4, 5].map((nth) => at(-1, 2000 * nth));
  const shipped = shippedIn({ [-1]: 4 });
  const { differences, read } = await run({ hours: 1, events, shipped, isPaged: false });
  assert.deepEqual(differences, ['-1: 5 of 4']);
  assert.ok(read.length > 2, `${read.length}`);
});

test('an hour is read no further than to the first event behind it', async () => {
  const events = [at(-1, 10), at(0)];
  const { read } = await run({ hours: 1, events, shipped: shippedIn({ [-1]: 5 }), isPaged: false });
  assert.deepEqual(read, ['-1 to 0']);
});

test('an hour that cannot be read beyond one instant fails the audit, which says why', async () => {
  const events = [at(-1, 0, 'a'), at(-1, 0, 'b'), at(-1, 0, 'c')];
  await assert.rejects(run({ hours: 1, events, shipped: shippedIn({ [-1]: 1 }), isPaged: false }), {
    name: 'JumpCloudError',
    message: 'JumpCloud POST /events: a full page without X-Search_after; an hour cannot be counted from it',
    retryable: false,
  });
});

test('when time is up, what was found is reported, and what is left is the next audit’s', async () => {
  const shipped = shippedIn({ [-2]: 1, [-40]: 1 });
  // Two days, two hours and a page; then the deadline comes.
  const { hours, unchecked, differences } = await run({ hours: 48, shipped, stopsAtRequest: 5 });
  assert.deepEqual([hours, unchecked, differences], [2, 46, ['-2: 0 of 1']]);
});

test('a request that the deadline cuts off is no failure', async () => {
  const error = new JumpCloudError('given up', { retryable: false });
  const { hours, unchecked } = await run({ hours: 30, stopsAtRequest: 2, fails: { nth: 2, error } });
  assert.deepEqual([hours, unchecked], [24, 6]);
});

test('a failure of JumpCloud fails the audit, unless it may pass and a difference was found before', async () => {
  const shipped = shippedIn({ [-1]: 1 });
  const passing = new JumpCloudError('status 503', { retryable: true });
  const found = await run({ hours: 3, shipped, fails: { nth: 4, error: passing } });
  assert.deepEqual([found.differences, found.hours, found.unchecked], [['-1: 0 of 1'], 1, 2]);
  await assert.rejects(run({ hours: 3, shipped, fails: { nth: 2, error: passing } }), passing);
  const lasting = new JumpCloudError('status 403', { retryable: false });
  await assert.rejects(run({ hours: 3, shipped, fails: { nth: 4, error: lasting } }), lasting);
  const bug = new Error('a bug');
  await assert.rejects(run({ hours: 3, shipped, fails: { nth: 4, error: bug } }), bug);
  await assert.rejects(run({ hours: 3, shipped, stopsAtRequest: 4, fails: { nth: 4, error: bug } }), bug);
});
