/**
 * What an operator asks for by hand: looked at, shipped again, taken back; and bad values, which do
 * nothing.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLedger } from '../../lib/backfill/slices.ts';
import { peek } from '../../lib/state/dynamodb-store.ts';
import { arrivals, assertArrivedOnce, numbered, repeats, runEveryFiveMinutes } from '../support/arrivals.ts';
import { loginAt, MINUTE_MS, NOON, startWorld, type World } from '../support/world.ts';

const HOUR_MS = 60 * MINUTE_MS;
const IDS = numbered(55);

/** One event a minute, from 11:00 to 11:54. */
async function startWithEvents(): Promise<World> {
  const world = await startWorld();
  world.jumpcloud.add(IDS.map((id, index) => loginAt(NOON - HOUR_MS + index * MINUTE_MS, id)));
  return world;
}

const stateOf = (world: World) => peek(world.table, 'live#default');

test('a dry run reads, shapes, counts and shows a sample; it ships and saves nothing', async () => {
  await using world = await startWithEvents();
  const result = await world.invoke({ dry_run: true });
  assert.match(
    result.message,
    /^Dry run: 55 events would be shipped, 0 were delivered before\. Nothing was shipped or saved\.$/,
  );
  assert.equal(result.wouldShip, 55);
  assert.equal(result.shipped, 0);
  assert.equal((result.sample as { id: string }[])[0]?.id, 'event-0');
  assert.equal((result.sample as unknown[]).length, 3);
  assert.equal(world.logzio.requests.length, 0);
  assert.equal(await stateOf(world), undefined, 'not even a checkpoint');
});

test('a dry run shows its sample as it would be shipped, to the last digit', async () => {
  await using world = await startWorld();
  const geoip = { latitude: 51, longitude: 7.5 };
  world.jumpcloud.add([loginAt(NOON - 30 * MINUTE_MS, 'event-0', { geoip })]);
  const { sample } = await world.invoke({ dry_run: true });
  await world.invoke();
  const [shipped] = world.logzio.lines;
  assert.ok(shipped?.includes('"latitude":51.0,"longitude":7.5'));
  assert.equal(JSON.stringify(sample), `[${shipped}]`);
});

test('a dry run beside a live stream says what the next run would ship, and does not take its lease', async () => {
  await using world = await startWithEvents();
  await world.invoke();
  world.jumpcloud.add([loginAt(NOON - 10 * MINUTE_MS, 'late')]);
  const before = await stateOf(world);
  const result = await world.invoke({ dry_run: true });
  assert.equal(result.wouldShip, 1);
  assert.equal(result.alreadyDelivered, 10);
  assert.deepEqual(await stateOf(world), before);
});

test('a dry run with a start alone goes up to now, and does not say what was delivered before', async () => {
  await using world = await startWithEvents();
  await world.invoke();
  const { message, wouldShip } = await world.invoke({ dry_run: true, start_time: '-2h' });
  assert.equal(wouldShip, 55);
  assert.equal(message, 'Dry run: 55 events would be shipped. Nothing was shipped or saved.');
});

test('the first rewind of a stream that began now does not warn of repeats', async () => {
  await using world = await startWorld({ config: { jumpcloud_api: { start_date: 'now' } } });
  world.jumpcloud.add([loginAt(NOON - 10 * MINUTE_MS, 'a')]);
  await world.invoke();
  const { message } = await world.invoke({ rewind_to: '-1h' });
  assert.match(message, /ship about 1 event .*None of them was shipped before\.$/);
  assert.doesNotMatch(message, /twice/);
});

test('a dry run of a window counts all of it, whatever was delivered', async () => {
  await using world = await startWithEvents();
  await world.invoke();
  const result = await world.invoke({
    dry_run: true,
    start_time: '2026-11-20T11:10:00Z',
    end_time: '2026-11-20T11:20:00Z',
  });
  assert.equal(result.wouldShip, 10);
  assertArrivedOnce(world, IDS);
});

test('a dry run leaves nothing in quarantine', async () => {
  await using world = await startWorld();
  world.jumpcloud.add([{ text: '17', timestamp: new Date(NOON - MINUTE_MS).toISOString(), service: 'directory' }]);
  const result = await world.invoke({ dry_run: true });
  assert.equal(result.quarantined, 1);
  assert.match((await world.invoke({ quarantine: 'list' })).message, /^0 events/);
});

test('a window is shipped again, half-open, without touching the live checkpoint, and says that it repeats', async () => {
  await using world = await startWithEvents();
  await world.invoke();
  const before = await stateOf(world);
  const result = await world.invoke({ start_time: '2026-11-20T11:10:00Z', end_time: '2026-11-20T11:20:00Z' });
  assert.equal(result.shipped, 10);
  assert.match(
    result.message,
    /^Shipped 10 events of 2026-11-20T11:10:00\.000Z to 2026-11-20T11:20:00\.000Z again; those that were shipped before/,
  );
  assert.equal(repeats(world), 10);
  assert.equal(arrivals(world).get('event-10'), 2);
  assert.equal(arrivals(world).get('event-20'), 1);
  assert.deepEqual(await stateOf(world), before);
});

test('a window that reaches into what the live stream has yet to ship says that this comes twice', async () => {
  await using world = await startWithEvents();
  await world.invoke();
  world.clock.advance(2 * HOUR_MS);
  world.jumpcloud.add([loginAt(NOON + MINUTE_MS, 'waiting')]);
  const settled = '2026-11-20T11:45:00.000Z';
  const older = await world.invoke({ start_time: '2026-11-20T11:10:00Z', end_time: settled });
  assert.doesNotMatch(older.message, /The live stream reads/);
  const { message } = await world.invoke({ start_time: '2026-11-20T12:00:00Z', end_time: '2026-11-20T12:10:00Z' });
  assert.ok(
    message.includes(`The live stream reads from ${settled} on, so it ships the later events of this range`),
    message,
  );
  await world.invoke();
  assert.equal(arrivals(world).get('waiting'), 2);
});

test('a window that reaches into the source lag says how to get the rest', async () => {
  await using world = await startWithEvents();
  const result = await world.invoke({ start_time: '-10m', end_time: '2026-11-20T12:00:00Z' });
  assert.match(
    result.message,
    /for the rest give the function \{"start_time": "2026-11-20T11:59:30\.000Z", "end_time": "2026-11-20T12:00:00\.000Z"\}/,
  );
});

test('a window whose time runs out says from where to go on', async () => {
  await using world = await startWorld({ config: { jumpcloud_api: { settings: { limit: 10 } } } });
  world.jumpcloud.add(IDS.map((id, index) => loginAt(NOON - HOUR_MS + index * MINUTE_MS, id)));
  world.logzio.settings.onRequest = (_, n) => {
    if (n === 2) world.clock.advance(269_500);
    return undefined;
  };
  const first = await world.invoke({ start_time: '2026-11-20T11:00:00Z', end_time: '2026-11-20T11:50:00Z' });
  const rest = /give the function (\{.*\})\.$/.exec(first.message)?.[1] ?? '';
  await world.invoke(JSON.parse(rest));
  assert.deepEqual(new Set(arrivals(world).keys()), new Set(numbered(50)));
  assert.ok(
    repeats(world) <= 11,
    `${repeats(world)} repeats: the page that was cut off, and the event it goes on from`,
  );
});

test('a rewind says what will be repeated, keeps what is not settled, and the next runs ship from there', async () => {
  await using world = await startWithEvents();
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
  await using world = await startWithEvents();
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

for (const isDone of [false, true]) {
  test(`a rewind into a time that a backfill ${isDone ? 'has shipped warns of repeats' : 'ships warns of both'}`, async () => {
    await using world = await startWorld({ config: { jumpcloud_api: { start_date: 'now' } } });
    world.jumpcloud.add([5, 2].map((hours) => loginAt(NOON - hours * HOUR_MS, `${hours}`)));
    await world.invoke();
    await world.invoke({ backfill: 'plan', start_time: '-6h', events_per_slice: 1 });
    const ledger = createLedger(world.table, undefined);
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
  await using world = await startWithEvents();
  await world.invoke();
  assert.equal((await world.invoke({ rewind_to: '-40m' })).rewoundTo, '2026-11-20T11:20:00.000Z');
});

for (const command of [{ rewind_to: '-2h' }, { skip_to: '-1m', confirm: true }]) {
  test(`${Object.keys(command)[0]} keeps the number of events in quarantine, so that their alarm goes on`, async () => {
    await using world = await startWithEvents();
    world.logzio.settings.onRequest = () => ({ kind: 'answer', status: 400, body: '{"successfulLines":0}' });
    await world.invoke();
    await world.invoke(command);
    assert.equal((await stateOf(world))?.quarantined, IDS.length);
  });
}

test('a rewind reaches as far back as JumpCloud keeps events', async () => {
  await using world = await startWithEvents();
  await world.invoke();
  assert.equal((await world.invoke({ rewind_to: '-90d' })).rewoundTo, '2026-08-22T12:00:00.000Z');
});

test('a rewind during a run does nothing, and says when to try again', async () => {
  await using world = await startWithEvents();
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
  await using world = await startWithEvents();
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
  await using world = await startWithEvents();
  const { message } = await world.invoke({ rewind_to: '2026-11-20T11:00:00Z' });
  assert.equal(
    message,
    'live#default had no checkpoint yet: it begins at 2026-11-20T11:00:00.000Z, and the next runs ship everything from there on.',
  );
  const { checkpoint } = (await stateOf(world)) ?? {};
  assert.equal(checkpoint?.settled, Date.parse('2026-11-20T11:00:00Z'));
});

test('a rewind whose repeats cannot be counted says so, and still rewinds', async () => {
  await using world = await startWithEvents();
  await world.invoke();
  world.jumpcloud.settings.onRequest = () => ({ kind: 'answer', status: 403 });
  assert.match((await world.invoke({ rewind_to: '-50m' })).message, /ship an unknown number of events/);
  world.jumpcloud.settings.onRequest = undefined;
  assert.equal((await world.invoke()).shipped, 35);
});

const bad: [object, RegExp][] = [
  [{ dry_run: 'true' }, /dry_run must be true or false/],
  [{ audit: 1 }, /audit must be true or false/],
  [{ rewind_to: 'yesterday' }, /rewind_to: .*give a time such as "2026-11-21T12:00:00Z", or an age such as "-2h"/],
  [{ rewind_to: 17 }, /rewind_to: it is not text; give a time/],
  [{ rewind_to: null }, /rewind_to: it is not text/],
  [{ rewind_to: '2027-01-01T00:00:00Z' }, /rewind_to: it is in the future/],
  [{ rewind_to: '2026-02-30T00:00:00Z' }, /rewind_to: /],
  [
    { rewind_to: '-200000d' },
    /rewind_to is before 2026-08-22T12:00:00\.000Z, and JumpCloud keeps events for 90 days at most/,
  ],
  [{ start_time: '2026-08-22T11:59:59Z', end_time: '-1h' }, /start_time is before 2026-08-22T12:00:00\.000Z/],
  [{ dry_run: true, start_time: '-91d', end_time: '-1h' }, /start_time is before 2026-08-22T12:00:00\.000Z/],
  [{ start_time: '-2h' }, /end_time: it is missing; give a time/],
  [{ end_time: '-2h' }, /start_time: it is missing; give a time/],
  [{ start_time: '-1h', end_time: '-2h' }, /end_time must be after start_time/],
  [{ start_time: '-1h', end_time: '-1h' }, /end_time must be after start_time/],
  [{ start_time: '-1h', end_time: '2027-01-01T00:00:00Z' }, /end_time: it is in the future/],
  [{ quarantine: 'empty' }, /quarantine must be "list" or "replay"/],
  [{ quarantine: true }, /quarantine must be "list" or "replay"/],
  [{ quarantine: 'replay', ids: 'x' }, /ids must be a list of quarantine ids, as \{"quarantine": "list"\} shows them/],
  [{ quarantine: 'list', before: 'today' }, /before: .*give a time/],
  [{ quarantine: 'replay', before: '-1d' }, /before is only for \{"quarantine": "list"\}/],
  [{ ids: ['x'] }, /ids is only for \{"quarantine": "replay"\}/],
  [{ dry_run: true, rewind_to: '-1h' }, /Give only one of dry_run and rewind_to at a time\. Nothing/],
  [{ audit: true, start_time: '-2h', end_time: '-1h' }, /Give only one of audit and start_time at a time/],
  [{ org_id: 17 }, /org_id must be an organization id as text/],
];
for (const [input, message] of bad) {
  test(`${JSON.stringify(input)} is refused with the accepted form, and nothing is done`, async () => {
    await using world = await startWithEvents();
    await assert.rejects(world.invoke(input), (error: Error) => {
      assert.equal(error.name, 'InputError');
      assert.match(error.message, message);
      assert.match(error.message, /nothing was done/i);
      return true;
    });
    assert.equal(
      world.jumpcloud.requests.length + world.logzio.requests.length + world.aws.dynamoDb.requests.length,
      0,
    );
  });
}
