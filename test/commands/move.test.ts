/** Streams moved by hand: set back, or forward past what JumpCloud no longer gives. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLedger } from '../../lib/backfill/slices.ts';
import { system } from '../../lib/platform/outside.ts';
import { createDynamoDbStore, peek } from '../../lib/state/dynamodb-store.ts';
import { loadChunks } from '../../lib/state/fingerprints.ts';
import {
  assertArrivedOnce,
  EVERY_MINUTE,
  numbered,
  repeats,
  runEveryFiveMinutes,
  startWithEveryMinute,
} from '../support/arrivals.ts';
import { loginAt, MINUTE_MS, NOON, startWorld, type World } from '../support/world.ts';

const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const stateOf = (world: World) => peek(world.table, 'live#default');

test('a rewind says what will be repeated, keeps what is not settled, and the next runs ship from there', async () => {
  await using world = await startWithEveryMinute();
  await world.invoke();
  const result = await world.invoke({ rewind_to: '2026-11-20T11:30:00Z' });
  assert.match(
    result.message,
    /^Rewound live#default to 2026-11-20T11:30:00\.000Z\. The next runs ship about 15 events between then and 2026-11-20T11:45:00\.000Z again/,
  );
  world.clock.advance(5 * MINUTE_MS);
  const next = await world.invoke();
  assert.equal(next.shipped, 15);
  assert.equal(next.alreadyDelivered, 10, 'what was not settled is not repeated');
  assert.equal(repeats(world), 15);
  await runEveryFiveMinutes(world, 2);
  assert.equal(repeats(world), 15, 'once');
});

test('a rewind answers where the stream was and is, and leaves what is shipped again out of the audit', async () => {
  await using world = await startWithEveryMinute();
  await world.invoke();
  const before = (await stateOf(world))?.checkpoint ?? assert.fail();
  const { rewoundTo, settledBefore, message } = await world.invoke({ rewind_to: '-2h' });
  const to = NOON - 2 * HOUR_MS;
  assert.deepEqual([rewoundTo, settledBefore], ['2026-11-20T10:00:00.000Z', '2026-11-20T11:45:00.000Z']);
  assert.match(message, / again: those that were shipped before will be in Logz\.io twice\.$/);
  const { checkpoint, leaseUntil } = (await stateOf(world)) ?? assert.fail();
  assert.deepEqual(checkpoint, {
    ...before,
    ...{ began: to, settled: to, watermark: to, uncounted: [{ start: to, end: before.watermark }] },
  });
  assert.ok(leaseUntil < world.clock.now(), 'the next run may begin at once');
});

test('a rewind right after a first run that was slow ships it again, but for the last half hour', async () => {
  await using world = await startWorld({ config: { jumpcloud_api: { start_date: '-6h' } } });
  const [events, spacing] = [1400, 15_000];
  const pad = 'x'.repeat(8000);
  world.jumpcloud.add(numbered(events).map((id, n) => loginAt(NOON - 6 * HOUR_MS + n * spacing, id, { pad })));
  world.logzio.settings.onRequest = async (_, n) => {
    world.clock.advance(6_000);
    // The oldest events arrive when the youngest are saved.
    while (n === 1 && (await loadChunks(world.table, 'live#default')).length === 0) await world.clock.turn();
    return undefined;
  };
  await world.invoke();
  await world.invoke({ rewind_to: '-6h' });
  await world.invoke();
  const inHalfAnHour = (30 * MINUTE_MS) / spacing;
  assert.ok(repeats(world) > events - inHalfAnHour - 10, `only ${repeats(world)} of ${events} arrive again`);
});

for (const isDone of [false, true]) {
  test(`a rewind into a time that a backfill ${isDone ? 'has shipped warns of repeats' : 'ships warns of both'}`, async () => {
    await using world = await startWorld({ config: { jumpcloud_api: { start_date: 'now' } } });
    world.jumpcloud.add([5, 2].map((hours) => loginAt(NOON - hours * HOUR_MS, `${hours}`)));
    await world.invoke();
    await world.invoke({ backfill: 'plan', start_time: '-6h', events_per_slice: 1 });
    const ledger = createLedger(world.table, 'live#default');
    const slices = await ledger.list({ start: 0, end: NOON });
    assert.equal(slices.length, 2);
    for (const slice of isDone ? slices : slices.slice(0, 1))
      await ledger.record({ ...slice, delivered: 1, done: true }, 0);
    const { message } = await world.invoke({ rewind_to: '-7h' });
    const both = / again: .* twice\. A backfill of this time range is running: what it ships now may arrive twice\.$/;
    assert.match(message, isDone ? / again: those that were shipped before will be in Logz\.io twice\.$/ : both);
  });
}

test('a rewind by an age counts from now', async () => {
  await using world = await startWithEveryMinute();
  await world.invoke();
  assert.equal((await world.invoke({ rewind_to: '-40m' })).rewoundTo, '2026-11-20T11:20:00.000Z');
});

for (const command of [{ rewind_to: '-2h' }, { skip_to: '-1m', confirm: true }]) {
  test(`${Object.keys(command)[0]} keeps the number of events in quarantine, so that their alarm goes on`, async () => {
    await using world = await startWithEveryMinute();
    world.logzio.settings.onRequest = () => ({ kind: 'answer', status: 400, body: '{"successfulLines":0}' });
    await world.invoke();
    await world.invoke(command);
    assert.equal((await stateOf(world))?.quarantined, EVERY_MINUTE.length);
  });
}

test('a rewind reaches as far back as JumpCloud keeps events', async () => {
  await using world = await startWithEveryMinute();
  await world.invoke();
  assert.equal((await world.invoke({ rewind_to: '-90d' })).rewoundTo, '2026-08-22T12:00:00.000Z');
});

test('a rewind during a run does nothing, and says when to try again', async () => {
  await using world = await startWithEveryMinute();
  let rewound: { message: string } | undefined;
  world.logzio.settings.onRequest = async () => {
    rewound ??= await world.invoke({ rewind_to: '-50m' });
    return undefined;
  };
  await world.invoke();
  assert.match(
    String(rewound?.message),
    /^Not rewound: another run holds live#default until 2026-11-20T12:04:55\.000Z .*Give the command again after that\./,
  );
  assert.equal((await world.invoke()).shipped, 0);
});

test('a rewind to where the stream has not been yet does nothing', async () => {
  await using world = await startWithEveryMinute();
  await world.invoke();
  const before = (await stateOf(world))?.checkpoint;
  assert.match(
    (await world.invoke({ rewind_to: '2026-11-20T11:50:00Z' })).message,
    /^Nothing to rewind: live#default reads from 2026-11-20T11:45/,
  );
  const { message } = await world.invoke({ rewind_to: new Date(before?.settled ?? 0).toISOString() });
  assert.match(message, /^Nothing to rewind/, 'nor to where it reads from');
  assert.deepEqual((await stateOf(world))?.checkpoint, before);
});

test('a rewind of a stream that never ran says that it begins there, and it does', async () => {
  await using world = await startWithEveryMinute();
  const { message } = await world.invoke({ rewind_to: '2026-11-20T11:00:00Z' });
  assert.equal(
    message,
    'live#default had no checkpoint yet: it begins at 2026-11-20T11:00:00.000Z, and the next runs ship everything from there on.',
  );
  const { checkpoint } = (await stateOf(world)) ?? {};
  assert.equal(checkpoint?.settled, Date.parse('2026-11-20T11:00:00Z'));
});

test('a rewind whose repeats cannot be counted says so, and still rewinds', async () => {
  await using world = await startWithEveryMinute();
  await world.invoke();
  world.jumpcloud.settings.onRequest = () => ({ kind: 'answer', status: 403 });
  assert.match((await world.invoke({ rewind_to: '-50m' })).message, /ship an unknown number of events/);
  world.jumpcloud.settings.onRequest = undefined;
  assert.equal((await world.invoke()).shipped, 35);
});

test('the first rewind of a stream that began now does not warn of repeats', async () => {
  await using world = await startWorld({ config: { jumpcloud_api: { start_date: 'now' } } });
  world.jumpcloud.add([loginAt(NOON - 10 * MINUTE_MS, 'a')]);
  await world.invoke();
  const { message } = await world.invoke({ rewind_to: '-1h' });
  assert.match(message, /ship about 1 event .*None of them was shipped before\.$/);
  assert.doesNotMatch(message, /twice/);
});

/** A stream that stood still for 20 days, on a plan that keeps 15 and refuses older starts. */
async function startBehind(): Promise<World> {
  const world = await startWorld();
  await world.invoke();
  world.clock.advance(20 * DAY_MS);
  const now = world.clock.now();
  world.jumpcloud.add([loginAt(now - 18 * DAY_MS, 'gone'), loginAt(now - DAY_MS, 'kept')]);
  world.jumpcloud.settings.onRequest = ({ body }) => {
    const { start_time } = JSON.parse(body.toString());
    if (Date.parse(start_time) >= now - 15 * DAY_MS) return undefined;
    return { kind: 'answer', status: 400, body: '{"message":"invalid start_time"}' };
  };
  return world;
}

test('a stream behind the plan that keeps 15 days gets that message, with the command that leads out', async () => {
  await using world = await startBehind();
  await assert.rejects(world.invoke(), {
    message:
      /start is further back than your plan keeps events: it is 2026-11-20T.*, 20 days ago.*\{"skip_to": "-14d"\}/,
  });
});

test('skip_to names what it leaves out, and does nothing without "confirm": true', async () => {
  await using world = await startBehind();
  await assert.rejects(world.invoke({ skip_to: '-14d' }), {
    name: 'InputError',
    message:
      /^This leaves out all events from 2026-11-20T11:45.* to 2026-11-26T.* that were not shipped, .* Nothing was done\. .*"confirm": true\}$/,
  });
  await assert.rejects(world.invoke());
});

test('skip_to with "confirm": true moves the stream forward, and what JumpCloud still has arrives', async () => {
  await using world = await startBehind();
  const { message } = await world.invoke({ skip_to: '-14d', confirm: true });
  assert.match(message, /live#default now reads from 2026-11-26T.* on\. Left out: all events/);
  await world.invoke();
  assertArrivedOnce(world, ['kept']);
  assert.match((await world.invoke({ skip_to: '-14d', confirm: true })).message, /^Nothing to skip/);
});

test('an audit does not report the hours that were left out', async () => {
  await using world = await startBehind();
  await world.invoke({ skip_to: '-14d', confirm: true });
  await world.invoke();
  const { differences } = await world.invoke({ audit: true });
  assert.deepEqual(differences, []);
});

test('nor does it where JumpCloud still has the events that were left out', async () => {
  await using world = await startWorld();
  await world.invoke();
  world.clock.advance(2 * DAY_MS);
  world.jumpcloud.add([loginAt(world.clock.now() - DAY_MS, 'given up')]);
  await world.invoke({ skip_to: '-2h', confirm: true });
  assert.equal((await world.invoke()).shipped, 0);
  assert.deepEqual((await world.invoke({ audit: true })).differences, []);
});

test('a slice of a backfill whose time has passed can be left out, and the rest of the backfill goes on', async () => {
  await using world = await startWorld({ config: { jumpcloud_api: { start_date: 'now' } } });
  await world.invoke();
  const range = { start_time: '-15d' };
  world.jumpcloud.add([loginAt(NOON - 10 * DAY_MS, 'old'), loginAt(NOON - DAY_MS, 'young')]);
  await world.invoke({ backfill: 'plan', ...range, events_per_slice: 1 });
  await assert.rejects(
    world.invoke({ backfill_skip_to: '-5d' }),
    /^InputError: This leaves out 2 open slices, wholly or in part, .* up to 2 events that were not shipped/,
  );
  assert.match((await world.invoke({ backfill_skip_to: '-5d', confirm: true })).message, /^Left out: 2 open slices/);
  const { slices } = await world.invoke({ backfill: 'next', ...range });
  assert.equal((slices as unknown[]).length, 1);
});

const LIVE = 'live#default';
const iso = (instant: number) => new Date(instant).toISOString();

/** Another run holds the stream for the next minute. */
async function hold({ table, clock }: World, stream: string, start: number): Promise<void> {
  const now = clock.now();
  await createDynamoDbStore(table, system.random).acquire(stream, start, now, now + MINUTE_MS);
}

test('a stream that has not run, or reads from there on already, has nothing to skip', async () => {
  await using world = await startWorld();
  const before = await world.invoke({ skip_to: '-10m', confirm: true });
  assert.equal(before.message, `${LIVE} has not run yet: there is nothing to skip.`);
  await world.invoke();
  const settled = (await peek(world.table, LIVE))?.checkpoint.settled ?? assert.fail();
  const { message } = await world.invoke({ skip_to: iso(settled) });
  assert.equal(message, `Nothing to skip: ${LIVE} reads from ${iso(settled)} on, which is not earlier.`);
});

test('skip_to says how many of the events JumpCloud still has, or that it cannot count them any more', async () => {
  await using behind = await startBehind();
  const key = /, and JumpCloud cannot count them any more\. .*\{"skip_to": "2026-11-26T.*", "confirm": true\}$/;
  await assert.rejects(behind.invoke({ skip_to: '-14d' }), { message: key });
  await using world = await startWorld();
  await world.invoke();
  world.clock.advance(2 * DAY_MS);
  world.jumpcloud.add([loginAt(world.clock.now() - DAY_MS, 'one')]);
  const settled = (await peek(world.table, LIVE))?.checkpoint.settled ?? assert.fail();
  const to = world.clock.now() - 120 * MINUTE_MS;
  const { message, stream, skippedFrom, skippedTo } = await world.invoke({ skip_to: '-2h', confirm: true });
  assert.match(message, /that were not shipped, of which JumpCloud still has 1\.$/);
  assert.deepEqual({ stream, skippedFrom, skippedTo }, { stream: LIVE, skippedFrom: iso(settled), skippedTo: iso(to) });
  const { checkpoint } = (await peek(world.table, LIVE)) ?? assert.fail();
  assert.deepEqual([checkpoint.settled, checkpoint.watermark], [to, to]);
});

test('while another run holds the stream nothing is skipped', async () => {
  await using world = await startWorld();
  await world.invoke();
  world.clock.advance(DAY_MS);
  await hold(world, LIVE, NOON);
  const before = await peek(world.table, LIVE);
  const { message } = await world.invoke({ skip_to: '-2h', confirm: true });
  assert.match(message, /^Not skipped: .*live#default.*\. Give the command again after that\.$/);
  assert.deepEqual((await peek(world.table, LIVE))?.checkpoint, before?.checkpoint);
});

test('a slice that ends where the skip does is left out whole, and of the next one only the part before', async () => {
  await using world = await startWorld({ config: { jumpcloud_api: { start_date: 'now' } } });
  await world.invoke();
  world.jumpcloud.add([10, 8, 2].map((days) => loginAt(NOON - days * DAY_MS, `${days} days`)));
  await world.invoke({ backfill: 'plan', start_time: '-15d', events_per_slice: 1 });
  const ledger = createLedger(world.table, 'live#default');
  const list = () => ledger.list({ start: 0, end: NOON });
  const [first, second, third] = await list();
  assert.ok(first && second && third);

  const one = await world.invoke({ backfill_skip_to: iso(first.end), confirm: true });
  assert.match(one.message, /^Left out: 1 open slice, .* with up to 1 event that was not shipped\. Start the same/);
  assert.equal(one.slices, 1);
  const [given, kept] = await list();
  assert.deepEqual([given?.done, given?.failure], [true, `left out before ${iso(first.end)}`]);
  assert.equal(kept?.done, false);
  const again = await world.invoke({ backfill_skip_to: iso(first.end) });
  assert.equal(again.message, `Nothing to skip: no open slice begins before ${iso(first.end)}.`);

  const middle = second.start + 60 * MINUTE_MS;
  await ledger.record({ ...second, delivered: 1 }, 0);
  const key = new RegExp(
    `1 open slice, .* up to 0 events that were not shipped.*\\{"backfill_skip_to": "${iso(middle)}", "confirm": true\\}$`,
  );
  await assert.rejects(world.invoke({ backfill_skip_to: iso(middle) }), { message: key });
  const stream = ledger.streamOf(second);
  await hold(world, stream, second.start);
  const held = await world.invoke({ backfill_skip_to: iso(middle), confirm: true });
  assert.match(held.message, /^Not all is skipped: .*\. Give the command again after that\.$/);
  world.clock.advance(2 * MINUTE_MS);
  await world.invoke({ backfill_skip_to: iso(middle), confirm: true });
  const { settled, watermark } = (await peek(world.table, stream))?.checkpoint ?? assert.fail();
  assert.deepEqual({ settled, watermark }, { settled: middle, watermark: middle });
  assert.equal((await list())[1]?.done, false);
});

test('a slice that a run ships just now is not left out, and what the run ships of it is counted', async () => {
  await using world = await startWorld({ config: { jumpcloud_api: { start_date: 'now' } } });
  await world.invoke();
  world.clock.advance(60 * MINUTE_MS);
  world.jumpcloud.add([loginAt(NOON - DAY_MS, 'a')]);
  await world.invoke({ backfill: 'plan', start_time: '-2d' });
  const ledger = createLedger(world.table, 'live#default');
  const [slice] = await ledger.list({ start: 0, end: NOON });
  let message = '';
  world.logzio.settings.onRequest = async () => {
    ({ message } = await world.invoke({ backfill_skip_to: iso(NOON), confirm: true }));
    return undefined;
  };
  await world.invoke({ backfill: 'ship', slice: iso(slice?.start ?? 0) });
  assert.match(message, /^Not all is skipped: another run holds /);
  assert.partialDeepStrictEqual(await ledger.list({ start: 0, end: NOON }), [{ done: true, delivered: 1 }]);
});
