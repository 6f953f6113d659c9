/** Dry runs, which leave no trace; and windows shipped again, beside the live checkpoint. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { peek } from '../../lib/state/dynamodb-store.ts';
import {
  arrivals,
  assertArrivedOnce,
  EVERY_MINUTE,
  numbered,
  repeats,
  startWithEveryMinute,
} from '../support/arrivals.ts';
import { loginAt, MINUTE_MS, NOON, startWorld, type World } from '../support/world.ts';

const HOUR_MS = 60 * MINUTE_MS;
const stateOf = (world: World) => peek(world.table, 'live#default');

test('a dry run reads, shapes, counts and shows a sample; it ships and saves nothing', async () => {
  await using world = await startWithEveryMinute();
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
  await using world = await startWithEveryMinute();
  await world.invoke();
  world.jumpcloud.add([loginAt(NOON - 10 * MINUTE_MS, 'late')]);
  const before = await stateOf(world);
  const result = await world.invoke({ dry_run: true });
  assert.equal(result.wouldShip, 1);
  assert.equal(result.alreadyDelivered, 10);
  assert.deepEqual(await stateOf(world), before);
});

test('a dry run with a start alone goes up to now, and does not say what was delivered before', async () => {
  await using world = await startWithEveryMinute();
  await world.invoke();
  const { message, wouldShip } = await world.invoke({ dry_run: true, start_time: '-2h' });
  assert.equal(wouldShip, 55);
  assert.equal(message, 'Dry run: 55 events would be shipped. Nothing was shipped or saved.');
});

test('a dry run of a window counts all of it, whatever was delivered', async () => {
  await using world = await startWithEveryMinute();
  await world.invoke();
  const result = await world.invoke({
    dry_run: true,
    start_time: '2026-11-20T11:10:00Z',
    end_time: '2026-11-20T11:20:00Z',
  });
  assert.equal(result.wouldShip, 10);
  assertArrivedOnce(world, EVERY_MINUTE);
});

test('a dry run leaves nothing in quarantine', async () => {
  await using world = await startWorld();
  world.jumpcloud.add([{ text: '17', timestamp: new Date(NOON - MINUTE_MS).toISOString(), service: 'directory' }]);
  const result = await world.invoke({ dry_run: true });
  assert.equal(result.quarantined, 1);
  assert.match((await world.invoke({ quarantine: 'list' })).message, /^0 events/);
});

test('a window is shipped again, half-open, without touching the live checkpoint, and says that it repeats', async () => {
  await using world = await startWithEveryMinute();
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
  await using world = await startWithEveryMinute();
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

test('a window that is shipped before the first run says that this run ships it once more', async () => {
  await using world = await startWithEveryMinute();
  const { message } = await world.invoke({ start_time: '-40m', end_time: '-30m' });
  assert.match(message, /The live stream reads from 2026-11-20T11:00:00\.000Z on, so it ships the later events/);
  await world.invoke();
  assert.equal(repeats(world), 10);
});

test('a window that reaches into the source lag says how to get the rest', async () => {
  await using world = await startWithEveryMinute();
  const result = await world.invoke({ start_time: '-10m', end_time: '2026-11-20T12:00:00Z' });
  assert.match(
    result.message,
    /for the rest give the function \{"start_time": "2026-11-20T11:59:30\.000Z", "end_time": "2026-11-20T12:00:00\.000Z"\}/,
  );
});

test('a window whose time runs out says from where to go on', async () => {
  await using world = await startWorld({ config: { jumpcloud_api: { settings: { limit: 10 } } } });
  world.jumpcloud.add(EVERY_MINUTE.map((id, index) => loginAt(NOON - HOUR_MS + index * MINUTE_MS, id)));
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

test('a dry run whose time runs out does not pass its number off as all', async () => {
  await using world = await startWorld({ config: { jumpcloud_api: { settings: { limit: 10 } } } });
  world.jumpcloud.add(EVERY_MINUTE.map((id, index) => loginAt(NOON - HOUR_MS + index * MINUTE_MS, id)));
  world.jumpcloud.settings.onRequest = (_, n) => {
    if (n === 3) world.clock.advance(269_500);
    return undefined;
  };
  const { message } = await world.invoke({ dry_run: true, start_time: '-1h' });
  assert.match(
    message,
    /^Dry run: \d0 events would be shipped\. It read only up to 2026-11-20T11:\d9:00\.000Z: there are more\./,
  );
});

test('what a window put into quarantine is seen by the check and by the runs after it', async () => {
  await using world = await startWorld();
  const old = new Date(NOON - 200 * MINUTE_MS).toISOString();
  world.jumpcloud.add([loginAt(NOON - 30 * MINUTE_MS, 'a'), { text: '{"id":"bad"}', timestamp: old, service: 'sso' }]);
  await world.invoke();
  await world.invoke({ start_time: '-5h', end_time: '-3h' });
  world.clock.advance(5 * MINUTE_MS);
  const { waitingInQuarantine, message } = await world.invoke();
  assert.equal(waitingInQuarantine, 1, message);
  const { parts } = await world.invoke({ check: true });
  assert.ok(
    (parts as string[]).some((part) => part.startsWith('WRONG: quarantine is empty: 1 event')),
    String(parts),
  );
});

test('hours that were counted with a narrower filter stay so, also when a person ships them again with a wider one', async () => {
  const settings = { search_term: { not: [{ event_type: 'noise' }] } };
  await using world = await startWorld({ config: { jumpcloud_api: { settings } } });
  for (let n = 0; n < 12; n++) {
    const at = NOON + n * 10 * MINUTE_MS;
    world.jumpcloud.add([loginAt(at, `kept-${n}`), loginAt(at + 1, `noise-${n}`, { event_type: 'noise' })]);
  }
  await world.invoke();
  world.clock.advance(3 * HOUR_MS);
  await world.invoke();
  const widened = { config: world.configure({}) };
  await world.invoke({}, widened);
  const { shipped } = await world.invoke({ start_time: '-3h', end_time: '-1h' }, widened);
  assert.equal(shipped, 24);
  const { differences, hours } = await world.invoke({ audit: true }, widened);
  assert.deepEqual(differences, []);
  assert.equal(hours, 3);
});
