/** Replays of the quarantine that meet one another, or that are given up: none ships, or forgets, what is not its own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fault } from '../local/faults.ts';
import { assertArrivedOnce, numbered } from './support/arrivals.ts';
import { loginAt, MINUTE_MS, NOON, startWorld } from './support/world.ts';

const AT = NOON - 5 * MINUTE_MS;
const REFUSED: Fault = { kind: 'answer', status: 400, body: '{"malformedLines":3,"successfulLines":0}' };
const REPLAY = { quarantine: 'replay' };

test('of two replays at once only one ships an entry; the other says that it is being replayed, and until when', async () => {
  await using world = await startWorld();
  const ids = numbered(3);
  world.jumpcloud.add(ids.map((id, index) => loginAt(AT + index, id)));
  let second: object | undefined;
  world.logzio.settings.onRequest = async (_, n) => {
    if (n === 1) return REFUSED;
    if (n === 2) second = await world.invoke(REPLAY);
    return undefined;
  };
  await world.invoke();
  const first = await world.invoke(REPLAY);
  assert.partialDeepStrictEqual(first.entries, [{ outcome: 'shipped' }]);
  assert.partialDeepStrictEqual(second, { entries: [{ outcome: 'still in quarantine', mayRepeat: 0 }] });
  assert.match(JSON.stringify(second), /another replay is at it until 2026-.*Z at the latest/);
  assertArrivedOnce(world, ids);
});

test('a replay that fails leaves its entry to the next one at once', async () => {
  await using world = await startWorld();
  const ids = numbered(2);
  world.jumpcloud.add(ids.map((id, index) => loginAt(AT + index, id)));
  let refusal: Fault | undefined = REFUSED;
  world.logzio.settings.onRequest = () => refusal;
  await world.invoke();
  refusal = { kind: 'answer', status: 403 };
  await world.invoke(REPLAY);
  refusal = undefined;
  assert.partialDeepStrictEqual((await world.invoke(REPLAY)).entries, [{ outcome: 'shipped' }]);
  assertArrivedOnce(world, ids);
});

test('two events that are equal in everything, each in an entry of its own, are two after replays that failed as well', async () => {
  await using world = await startWorld();
  const timestamp = new Date(AT).toISOString();
  const twin = { text: JSON.stringify({ timestamp, service: 'directory' }), timestamp, service: 'directory' };
  world.logzio.settings.onRequest = () => REFUSED;
  for (let n = 0; n < 2; n++) {
    world.jumpcloud.add([twin]);
    world.clock.advance(MINUTE_MS);
    await world.invoke();
  }
  // Without an answer nobody knows whether they arrived: what is left is put back as taken, maybe.
  world.logzio.settings.onRequest = (_, n) => (n % 2 === 1 ? { kind: 'reset' } : { kind: 'answer', status: 403 });
  await world.invoke(REPLAY);
  world.logzio.settings.onRequest = undefined;
  assert.match((await world.invoke({ quarantine: 'list' })).message, /2 events of live#default wait in 2 entries/);
  await world.invoke(REPLAY);
  assert.equal(world.shipped().length, 2);
});
