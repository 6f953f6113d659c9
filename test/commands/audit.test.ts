/** The daily audit: it notices what came later than the allowed lateness, and does not cry wolf. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { type AuditParts, audit } from '../../lib/commands/audit.ts';
import { Page } from '../../lib/jumpcloud/page.ts';
import { deadlineAfter } from '../../lib/platform/deadline.ts';
import type { DynamoDb } from '../../lib/platform/outside.ts';
import { newCheckpoint } from '../../lib/ship/checkpoint.ts';
import { closeHours, readHourlyCounts } from '../../lib/state/hourly-counts.ts';
import { Table } from '../../lib/state/table.ts';
import type { JumpcloudOptions } from '../../simulators/jumpcloud.ts';
import { numbered, runEveryFiveMinutes } from '../support/arrivals.ts';
import { killable } from '../support/killable.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { loginAt, MINUTE_MS, NOON, startWorld, TABLE, type World } from '../support/world.ts';

const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const BUSY = new Error('the table is busy');
const BEGAN = NOON - 3.5 * HOUR_MS;
const QUARTER_PAST_NINE = NOON - 2.75 * HOUR_MS;

/** A stream that began at 8:30, with an event every five minutes until noon. */
async function startWithDay(jumpcloud: JumpcloudOptions = {}): Promise<World> {
  const world = await startWorld({
    config: { jumpcloud_api: { start_date: '-210m', settings: { limit: 10 } } },
    jumpcloud,
  });
  world.jumpcloud.add(numbered(42).map((id, index) => loginAt(BEGAN + index * 5 * MINUTE_MS, id)));
  return world;
}

/** The differences that the alarm watches. */
function measured({ written }: World): number[] {
  return written.filter(({ name }) => name === 'AuditDifference').map(({ value }) => value);
}

function assertQuiet(result: { message: string }, hours: number): void {
  assert.match(result.message, new RegExp(`all ${hours} hours have the same number of events as JumpCloud\\.$`));
}

test('hours that hold what JumpCloud counts are reported as such; one request for a day is what it costs', async () => {
  await using world = await startWithDay();
  await world.invoke();
  const result = await world.invoke({ audit: true });
  assertQuiet(result, 2);
  assert.equal(result.requests, 1);
  assert.deepEqual(measured(world), [0]);
});

test('an event that became visible later than the allowed lateness is noticed: logged as an error, measured, and with advice how to mend it', async () => {
  await using world = await startWithDay();
  await world.invoke();
  world.jumpcloud.add([loginAt(QUARTER_PAST_NINE, 'too late')]);
  const result = await world.invoke({ audit: true });
  assert.match(result.message, /1 of 2 hours differ from JumpCloud's count, by 1 event\. To ship such an hour again/);
  assert.deepEqual(result.differences, [{ hour: '2026-11-20T09:00:00.000Z', atJumpCloud: 13, shipped: 12 }]);
  assert.deepEqual(measured(world), [1]);
  assert.ok(world.printed.some((line) => line.includes('"ERROR"') && line.includes('hours differ')));
});

for (const [where, minutesLater] of Object.entries({ 'inside a page': 0, 'at its last instant': 30 })) {
  test(`an hour is counted to its end although JumpCloud names no page behind one; the late event is ${where}`, async () => {
    await using world = await startWithDay();
    await world.invoke();
    world.jumpcloud.add([loginAt(QUARTER_PAST_NINE + minutesLater * MINUTE_MS, 'too late')]);
    world.jumpcloud.settings.omitHeaders = ['x-search_after'];
    const { differences } = await world.invoke({ audit: true });
    assert.deepEqual(differences, [{ hour: '2026-11-20T09:00:00.000Z', atJumpCloud: 13, shipped: 12 }]);
  });
}

test('an event that became visible two days late is noticed too, and reported every day until its hour is filled or too old', async () => {
  await using world = await startWithDay();
  await world.invoke();
  world.clock.advance(48 * HOUR_MS);
  await world.invoke();
  assertQuiet(await world.invoke({ audit: true }), 50);
  world.jumpcloud.add([loginAt(QUARTER_PAST_NINE, 'an offline laptop')]);
  const toldAfterDays: number[] = [];
  for (let days = 2; days < 16; days++) {
    const { differences } = await world.invoke({ audit: true });
    if ((differences as unknown[]).length > 0) toldAfterDays.push(days);
    world.clock.advance(24 * HOUR_MS);
    await world.invoke();
  }
  assert.deepEqual(toldAfterDays, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
});

const hoursTold = async (world: World) =>
  ((await world.invoke({ audit: true })).differences as { hour: string }[]).map(({ hour }) => hour.slice(11, 13));

test('an hour that somebody filled by hand is reported no more, one that was filled in part is', async () => {
  await using world = await startWithDay();
  await world.invoke();
  world.jumpcloud.add([9, 10].map((hour) => loginAt(`2026-11-20T${hour === 9 ? '09' : hour}:15:00Z`, `late ${hour}`)));
  assert.deepEqual(await hoursTold(world), ['09', '10']);
  await world.invoke({ start_time: '2026-11-20T09:01:00Z', end_time: '2026-11-20T10:59:00Z' });
  assert.deepEqual(await hoursTold(world), ['09', '10'], 'of neither hour all was shipped');
  await world.invoke({ start_time: '2026-11-20T09:00:00Z', end_time: '2026-11-20T10:20:00Z' });
  assert.deepEqual(await hoursTold(world), ['10']);
  await world.invoke({ start_time: '2026-11-20T10:00:00Z', end_time: '2026-11-20T11:00:00Z' });
  assertQuiet(await world.invoke({ audit: true }), 2);
});

test('of a window only the hours that it covers, and that were shipped to their end, count as filled', async () => {
  await using world = await startWithDay();
  world.jumpcloud.add([{ text: '{"id":"no time"}', timestamp: '2026-11-20T10:10:00Z', service: 'directory' }]);
  const told = async () => Object.fromEntries(await readHourlyCounts(world.table, 'live#default', NOON - DAY_MS, NOON));
  const [nine, ten] = [9, 10].map((hour) => Date.parse('2026-11-20T00:00:00Z') + hour * HOUR_MS);
  const window = { start_time: '2026-11-20T08:45:00Z', end_time: '2026-11-20T11:00:00Z' };
  // The second page of ten events ends within the second whole hour.
  world.logzio.settings.onRequest = (_, n) => {
    if (n === 2) world.clock.advance(269_500);
    return undefined;
  };
  assert.match(String((await world.invoke(window)).watermark), /T10:/);
  assert.deepEqual(await told(), { [String(nine)]: 12 });
  await world.invoke({ ...window, start_time: '2026-11-20T09:30:00Z', end_time: '2026-11-20T10:59:59Z' });
  assert.deepEqual(await told(), { [String(nine)]: 12 });
  await world.invoke(window);
  assert.deepEqual(await told(), { [String(nine)]: 12, [String(ten)]: 12 }, 'without the event that has no time');
});

test('a window shipped by hand never makes a later hole look filled', async () => {
  await using world = await startWithDay();
  await world.invoke();
  // Whatever is shipped again, and however often: an hour has not more events for it.
  for (let time = 0; time < 2; time++) await world.invoke({ start_time: '2026-11-20T09:00:00Z', end_time: '-1h' });
  world.jumpcloud.add([{ text: '{"id":"no time"}', timestamp: '2026-11-20T10:59:00Z', service: 'directory' }]);
  world.logzio.settings.onRequest = (_, n) => (n % 2 === 0 ? { kind: 'reset', applied: true } : undefined);
  const { possibleRepeats } = await world.invoke({ start_time: '2026-11-20T09:00:00Z', end_time: '-1h' });
  assert.ok(Number(possibleRepeats) > 0);
  assertQuiet(await world.invoke({ audit: true }), 2);
  world.jumpcloud.add([loginAt(QUARTER_PAST_NINE, 'too late')]);
  assert.deepEqual(await hoursTold(world), ['09']);
});

test("a window is shipped although the audit's counts cannot be updated, and says so", async () => {
  await using world = await startWithDay();
  await world.invoke();
  const isRead = (command: object) => command instanceof GetItemCommand || command instanceof QueryCommand;
  const busy = { send: async (command: object) => (isRead(command) ? {} : Promise.reject(BUSY)) };
  const table = new Table(busy as unknown as DynamoDb, TABLE);
  const window = { start_time: '2026-11-20T09:00:00Z', end_time: '2026-11-20T10:00:00Z' };
  const result = await world.invoke(window, { table });
  assert.match(result.message, /^Shipped 12 events .* may keep reporting these hours: the table is busy\.$/);
});

test('an hour of which JumpCloud has fewer events is named for as long as it is compared, and rings for a day only', async () => {
  await using world = await startWithDay();
  await world.invoke();
  const nine = Date.parse('2026-11-20T09:00:00Z');
  await closeHours(world.table, 'live#default', new Map([[nine, 14]]), NOON);
  for (let day = 0; day < 3; day++) {
    const { differences } = await world.invoke({ audit: true });
    assert.deepEqual(differences, [{ hour: '2026-11-20T09:00:00.000Z', atJumpCloud: 12, shipped: 14 }]);
    world.clock.advance(DAY_MS);
    await world.invoke();
  }
  world.jumpcloud.add([loginAt('2026-11-20T10:15:00Z', 'too late')]);
  await world.invoke({ audit: true });
  assert.deepEqual(measured(world), [2, 2, 0, 1], 'a hole rings again');
});

test('hours that were read with other services are compared with these, also before a run with the new ones', async () => {
  await using world = await startWithDay();
  await world.invoke();
  const config = world.configure({ jumpcloud_api: { settings: { services: ['sso'], limit: 10 } } });
  assertQuiet(await world.invoke({ audit: true }, { config }), 2);
  await world.invoke({}, { config });
  assertQuiet(await world.invoke({ audit: true }, { config }), 2);
  world.clock.advance(2 * HOUR_MS);
  await world.invoke({}, { config });
  assertQuiet(await world.invoke({ audit: true }, { config }), 3);
  world.jumpcloud.add([loginAt(QUARTER_PAST_NINE, 'too late')]);
  assert.match((await world.invoke({ audit: true }, { config })).message, /1 of 3 hours differ/);
});

test('a rewind leaves out the hours that it touches, and no others', async () => {
  await using world = await startWithDay();
  await world.invoke();
  await world.invoke({ rewind_to: '2026-11-20T11:20:00Z' });
  world.clock.advance(3 * HOUR_MS);
  await world.invoke();
  const { hours } = await world.invoke({ audit: true });
  assert.equal(hours, 4, '9, 10, 12 and 13 o’clock');
  world.jumpcloud.add([loginAt(QUARTER_PAST_NINE, 'too late')]);
  assert.match((await world.invoke({ audit: true })).message, /1 of 4 hours differ/);
});

test('the hour in which the stream began is left out, and so are hours that are not settled as a whole', async () => {
  await using world = await startWithDay();
  await world.invoke();
  world.jumpcloud.add([
    loginAt(BEGAN + MINUTE_MS, 'in the first hour'),
    loginAt(NOON - 20 * MINUTE_MS, 'in an unsettled hour'),
  ]);
  assertQuiet(await world.invoke({ audit: true }), 2);
});

const servers: Record<string, JumpcloudOptions> = {
  'rounds times down': { roundTimesToSeconds: 'down' },
  'rounds times to the nearest second': { roundTimesToSeconds: 'nearest' },
  'rounds times up': { roundTimesToSeconds: 'up' },
  'leaves the end out': { endInclusive: false },
  'caps the limit': { limitCap: 3 },
};
for (const [what, options] of Object.entries(servers)) {
  test(`a server that ${what} does not make it cry wolf`, async () => {
    await using world = await startWithDay(options);
    const border = NOON - 2 * HOUR_MS;
    const times = [border - 1500, border - 400, border - 1, border, border + 1, border + 400, border + 999];
    world.jumpcloud.add(times.map((at, index) => loginAt(at, `near the hour ${index}`)));
    world.jumpcloud.add([loginAt(new Date(border - 1).toISOString().replace('Z', '999998Z'), 'nanoseconds before')]);
    await world.invoke();
    assertQuiet(await world.invoke({ audit: true }), 2);
    world.jumpcloud.add([loginAt(border - 400, 'too late')]);
    assert.match((await world.invoke({ audit: true })).message, /1 of 2 hours differ/);
  });
}

test('events in quarantine are accounted for, and those without a readable timestamp do not matter', async () => {
  await using world = await startWithDay();
  const timestamp = new Date(QUARTER_PAST_NINE).toISOString();
  world.jumpcloud.add([{ text: '{"id":"no time"}', timestamp, service: 'directory' }]);
  world.logzio.settings.onRequest = (_, n) => (n === 2 ? { kind: 'answer', status: 400 } : undefined);
  assert.equal((await world.invoke()).quarantined, 10, 'nine of a refused bulk, and the unreadable one');
  const result = await world.invoke({ audit: true });
  assertQuiet(result, 2);
  assert.equal(result.waitingInQuarantine, 10);
});

test('repeats, whether from a broken connection or from a killed run, are not differences', async () => {
  await using world = await startWithDay();
  world.logzio.settings.onRequest = (_, n) => (n === 2 ? { kind: 'reset', applied: true } : undefined);
  const life = killable(world);
  life.onCommand = (command, n) => (command === 'UpdateItemCommand' && n === 4 ? 'kill' : undefined);
  void world.invoke({}, life.overrides);
  await life.died;
  world.clock.advance(6 * MINUTE_MS);
  await world.invoke();
  assert.ok(world.logzio.taken.lines > 42);
  assertQuiet(await world.invoke({ audit: true }), 2);
});

test('late events within the allowed lateness, counted over several runs, are not differences', async () => {
  await using world = await startWithDay();
  world.jumpcloud.add(
    numbered(60, 'late').map((id, index) => ({
      ...loginAt(NOON + index * MINUTE_MS, id),
      visibleAt: NOON + index * MINUTE_MS + (index % 3) * 7 * MINUTE_MS,
    })),
  );
  await runEveryFiveMinutes(world, 18);
  assertQuiet(await world.invoke({ audit: true }), 4);
});

test('a rewind into the middle of an hour, and a window shipped again, do not make it cry wolf', async () => {
  await using world = await startWithDay();
  await world.invoke();
  await world.invoke({ rewind_to: '2026-11-20T11:20:00Z' });
  world.jumpcloud.add(numbered(24, 'after').map((id, index) => loginAt(NOON + index * 5 * MINUTE_MS, id)));
  await runEveryFiveMinutes(world, 28);
  await world.invoke({ start_time: '2026-11-20T12:10:00Z', end_time: '2026-11-20T12:30:00Z' });
  assert.match((await world.invoke({ audit: true })).message, /all \d+ hours have the same number/);
});

test('an audit whose time is over says how many hours it left, and never that no hours at all are well', async () => {
  await using world = await startWithDay();
  await world.invoke();
  world.clock.advance(24 * HOUR_MS);
  await world.invoke();
  const before = world.jumpcloud.requests.length;
  const busyAfter = (answers: number) => {
    world.jumpcloud.settings.onRequest = () =>
      world.jumpcloud.requests.length > before + answers ? { kind: 'answer', status: 503 } : undefined;
  };
  busyAfter(1);
  assert.match(
    (await world.invoke({ audit: true })).message,
    /: 24 hours have the same number of events as JumpCloud\. Time ran out before 2 more hours could be compared. The next/,
  );
  assert.deepEqual(measured(world), [], 'it does not pass for one that found nothing');
  assert.ok(world.printed.some((line) => line.includes('"WARN"') && line.includes('could be compared')));
  busyAfter(0);
  assert.match((await world.invoke({ audit: true })).message, /: nothing was compared\. Time ran out before 26 more/);
});

test('what an audit found is reported although JumpCloud then asks it to stay away for longer than it lasts', async () => {
  await using world = await startWithDay();
  await world.invoke();
  world.jumpcloud.add([9, 10].map((hour) => loginAt(`2026-11-20T${hour === 9 ? '09' : hour}:15:00Z`, `late ${hour}`)));
  const before = world.jumpcloud.requests.length;
  const retryLater = { kind: 'answer', status: 429, headers: { 'retry-after': '3600' } } as const;
  const busyAfter = (answers: number) => {
    world.jumpcloud.settings.onRequest = () =>
      world.jumpcloud.requests.length > before + answers ? retryLater : undefined;
  };
  // The two hours at once, the newer one, and its pages.
  busyAfter(4);
  const { message, differences, unchecked } = await world.invoke({ audit: true });
  assert.deepEqual(differences, [{ hour: '2026-11-20T10:00:00.000Z', atJumpCloud: 13, shipped: 12 }]);
  assert.equal(unchecked, 1);
  assert.match(message, /1 of 1 hours differ .* before 1 more hour could be compared/);
  busyAfter(0);
  await assert.rejects(world.invoke({ audit: true }), /status 429; .* asks us to wait until/);
});

test('an audit sweeps away fingerprints that an interrupted run left behind', async () => {
  await using world = await startWorld();
  const count = 2000;
  world.jumpcloud.add(numbered(count).map((id, index) => loginAt(NOON - 10 * MINUTE_MS + index, id)));
  const life = killable(world);
  life.onCommand = (command, n) => (command === 'UpdateItemCommand' && n === 2 ? 'kill' : undefined);
  void world.invoke({}, life.overrides);
  await life.died;
  world.clock.advance(24 * HOUR_MS);
  await world.invoke();
  const deletes = () =>
    world.aws.dynamoDb.requests.filter(({ headers }) => /DeleteItem/.test(String(headers['x-amz-target']))).length;
  assert.equal(deletes(), 0);
  await world.invoke({ audit: true });
  assert.equal(deletes(), 1);
});

const query = { services: ['all'], limit: 100 };
const settledAt = (settled: number) => ({ ...newCheckpoint(NOON - 90 * DAY_MS), settled, watermark: settled });

const LAST_PAGE = { statedCount: 2, statedLimit: query.limit, searchAfter: undefined, serverNow: undefined };

/**
 * JumpCloud with an event every half hour for as long as it remembers, and what was shipped of it:
 * all, but for `missing` hours.
 */
function halfHourly(clock: VirtualClock, { missing = [] as number[], requestMs = 0 } = {}) {
  const asked: { start: number; end: number }[] = [];
  const answer = async (window: { start: number; end: number }) => {
    asked.push(window);
    clock.advance(requestMs);
    // The deadline's timers get their turn.
    await new Promise((resolve) => setImmediate(resolve));
  };
  const parts: AuditParts = {
    clock,
    countEvents: async (_, window) => {
      await answer(window);
      return (window.end - window.start) / (HOUR_MS / 2);
    },
    readPages: async function* (_, window) {
      await answer(window);
      const events = [0, HOUR_MS / 2].map((after) => loginAt(window.start + after, `event ${after}`).text);
      yield new Page({ ...LAST_PAGE, body: Buffer.from(`[${events.join()}]`) }, query.limit);
    },
    readHourlyCounts: async (from, to) => {
      const hours = Array.from({ length: (to - from) / HOUR_MS }, (_, index) => from + index * HOUR_MS);
      return new Map(hours.filter((hour) => !missing.includes(hour)).map((hour) => [hour, 2]));
    },
  };
  return { asked, parts };
}

test('fourteen days that add up cost fourteen requests; each hole the hours of its day and a reading of its own', async () => {
  const clock = new VirtualClock(NOON);
  using deadline = deadlineAfter(clock, 290_000);
  const whole = halfHourly(clock);
  const quiet = await audit(settledAt(NOON), query, whole.parts, deadline);
  assert.deepEqual([quiet.hours, quiet.requests, quiet.differences.length], [14 * 24, 14, 0]);
  assert.equal(whole.asked[0]?.end, NOON, 'the newest day first');
  const missing = [NOON - 3 * DAY_MS, NOON - 13 * DAY_MS];
  const holed = halfHourly(clock, { missing });
  const found = await audit(settledAt(NOON), query, holed.parts, deadline);
  assert.equal(found.requests, 14 + 2 * (24 + 1));
  assert.deepEqual(
    found.differences,
    missing.toReversed().map((hour) => ({ hour, atJumpCloud: 2, shipped: 0 })),
  );
});

test('hours that JumpCloud may have forgotten are left out, on its lowest plan as well', async () => {
  const clock = new VirtualClock(NOON);
  using deadline = deadlineAfter(clock, 290_000);
  const { asked, parts } = halfHourly(clock);
  const edge = NOON - 14 * DAY_MS;
  const result = await audit(settledAt(edge + 5 * HOUR_MS), query, parts, deadline);
  assert.equal(result.hours, 5);
  assert.deepEqual(
    asked.map(({ start, end }) => ({ start, end })),
    [{ start: edge, end: edge + 5 * HOUR_MS }],
  );
});

test('what an audit leaves when its time is over, or a failed one never saw, is looked at by the next', async () => {
  const clock = new VirtualClock(NOON);
  const missing = [NOON - 13 * DAY_MS];
  using short = deadlineAfter(clock, 100_000);
  const cut = await audit(settledAt(NOON), query, halfHourly(clock, { missing, requestMs: 10_000 }).parts, short);
  assert.equal(cut.hours + cut.unchecked, 14 * 24);
  assert.ok(cut.hours > 0 && cut.unchecked > 0);
  assert.deepEqual(cut.differences, []);
  using long = deadlineAfter(clock, 290_000);
  const next = await audit(settledAt(NOON), query, halfHourly(clock, { missing }).parts, long);
  assert.equal(next.unchecked, 0);
  assert.deepEqual(next.differences, [{ hour: missing[0], atJumpCloud: 2, shipped: 0 }]);
});

test('a hole is no reason to leave the days behind it uncounted', async () => {
  const clock = new VirtualClock(NOON);
  using deadline = deadlineAfter(clock, 290_000);
  const { parts } = halfHourly(clock, { missing: [NOON - HOUR_MS], requestMs: 10_000 });
  const result = await audit(settledAt(NOON), query, parts, deadline);
  assert.equal(result.differences.length, 1);
  assert.ok(result.hours >= 13 * 24 && result.unchecked > 0);
});
