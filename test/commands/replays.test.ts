/**
 * Replays of the quarantine that meet one another, or that are given up: none ships, or forgets,
 * what is not its own.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../lib/commands/context.ts';
import { replay } from '../../lib/commands/replay.ts';
import { deadlineAfter } from '../../lib/platform/deadline.ts';
import { QUARANTINE_BODY } from '../../lib/state/items.ts';
import type { Fault } from '../../simulators/faults.ts';
import { assertArrivedOnce, numbered, repeats } from '../support/arrivals.ts';
import { killable } from '../support/killable.ts';
import { loginAt, MINUTE_MS, NOON, startWorld, type World } from '../support/world.ts';

const AT = NOON - 5 * MINUTE_MS;
const REFUSED: Fault = { kind: 'answer', status: 400, body: '{"malformedLines":3,"successfulLines":0}' };
const REPLAY = { quarantine: 'replay' };
/** After this a claim has lapsed whose replay was killed. */
const LONGER_THAN_A_CLAIM_MS = 10 * MINUTE_MS;

/** Three events that wait in one entry. */
async function quarantineThree(world: World): Promise<string[]> {
  const ids = numbered(3);
  world.jumpcloud.add(ids.map((id, index) => loginAt(AT + index, id)));
  world.logzio.settings.onRequest = () => REFUSED;
  await world.invoke();
  world.logzio.settings.onRequest = undefined;
  return ids;
}

/** A replay that dies before its nth command of this name reaches the table. */
async function replayKilledAt(world: World, command: string, nth = 1): Promise<void> {
  const life = killable(world);
  life.onCommand = (name, n) => (name === command && n === nth ? 'kill' : undefined);
  void world.invoke(REPLAY, life.overrides);
  await life.died;
}

const waitingIn = async (world: World) => (await world.invoke({ quarantine: 'list' })).waiting;

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
  assert.match(JSON.stringify(second), /another replay works on it until 2026-.*Z at the latest/);
  assertArrivedOnce(world, ids);
});

for (const command of [{ rewind_to: '-1h' }, { start_time: '-1h', end_time: '-1m' }]) {
  const [key] = Object.keys(command);
  test(`a replay says that its events may be there twice where ${key} has shipped them since`, async () => {
    await using world = await startWorld();
    world.jumpcloud.add(numbered(3).map((id, index) => loginAt(NOON - 50 * MINUTE_MS + index, id)));
    world.logzio.settings.onRequest = () => REFUSED;
    await world.invoke();
    world.logzio.settings.onRequest = undefined;
    await world.invoke(command);
    await world.invoke();
    const { message, entries } = await world.invoke(REPLAY);
    assert.partialDeepStrictEqual(entries, [{ outcome: 'shipped', mayRepeat: 3 }]);
    assert.match(message, /Up to 3 events may now be in Logz\.io twice\.$/);
    assert.equal(repeats(world), 3);
  });
}

test('a replay counts no repeats where a rewind went back to a time after the entry was quarantined', async () => {
  await using world = await startWorld();
  world.jumpcloud.add(numbered(3).map((id, index) => loginAt(NOON - 50 * MINUTE_MS + index, id)));
  world.logzio.settings.onRequest = () => REFUSED;
  await world.invoke();
  world.logzio.settings.onRequest = undefined;
  world.clock.advance(60 * MINUTE_MS);
  await world.invoke();
  await world.invoke({ rewind_to: '-30m' });
  assert.partialDeepStrictEqual((await world.invoke(REPLAY)).entries, [{ outcome: 'shipped', mayRepeat: 0 }]);
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

test('a replay that is killed before it could say what it shipped: the list and the next replay say how much may be twice', async () => {
  await using world = await startWorld();
  await quarantineThree(world);
  await replayKilledAt(world, 'DeleteItemCommand');
  assert.partialDeepStrictEqual(await waitingIn(world), [{ events: 3, mayRepeat: 3 }]);
  world.clock.advance(LONGER_THAN_A_CLAIM_MS);
  const next = await world.invoke(REPLAY);
  assert.partialDeepStrictEqual(next.entries, [{ outcome: 'shipped', events: 3, mayRepeat: 3 }]);
  assert.match(next.message, /Up to 3 events may now be in Logz\.io twice/);
  assert.equal(repeats(world), 3);
});

test('what a killed replay may have shipped is not forgotten when the next replays come to nothing', async () => {
  await using world = await startWorld();
  await quarantineThree(world);
  await replayKilledAt(world, 'DeleteItemCommand');
  world.clock.advance(LONGER_THAN_A_CLAIM_MS);
  world.logzio.settings.onRequest = () => ({ kind: 'answer', status: 403 });
  assert.partialDeepStrictEqual((await world.invoke(REPLAY)).entries, [{ mayRepeat: 0 }]);
  world.logzio.settings.onRequest = () => REFUSED;
  await world.invoke(REPLAY);
  world.logzio.settings.onRequest = undefined;
  assert.match((await world.invoke(REPLAY)).message, /1 shipped, .*Up to 3 events/);
});

test('a replay that Logz.io turned away repeats nothing later, also when the table lost the answer to its claim', async () => {
  await using world = await startWorld();
  const ids = await quarantineThree(world);
  let strikes = 0;
  world.aws.dynamoDb.settings.onRequest = ({ body }) =>
    body.includes('claimedUntil') && ++strikes === 1 ? { kind: 'reset', applied: true } : undefined;
  world.logzio.settings.onRequest = () => ({ kind: 'answer', status: 403 });
  assert.partialDeepStrictEqual((await world.invoke(REPLAY)).entries, [{ outcome: 'still in quarantine' }]);
  assert.ok(strikes > 1);
  assert.partialDeepStrictEqual(await waitingIn(world), [{ events: 3, mayRepeat: 0 }]);
  world.logzio.settings.onRequest = undefined;
  assert.match((await world.invoke(REPLAY)).message, /1 shipped, .*Up to 0 events/);
  assertArrivedOnce(world, ids);
});

test('the answer of a replay counts entries and possible repeats, and names ids that are not there', async () => {
  await using world = await startWorld();
  await quarantineThree(world);
  world.jumpcloud.add([loginAt(AT + 10, 'other')]);
  world.logzio.settings.onRequest = () => REFUSED;
  world.clock.advance(MINUTE_MS);
  await world.invoke();
  const before = world.logzio.requests.length;
  world.logzio.settings.onRequest = (_, n) => (n === before + 1 ? { kind: 'answer', status: 403 } : undefined);
  const { message } = await world.invoke(REPLAY);
  assert.equal(
    message,
    'Replayed 2 entries of live#default: 1 shipped, 1 still in quarantine. Up to 0 events may now be in Logz.io twice.',
  );
  const [left] = (await waitingIn(world)) as { id: string }[];
  const chosen = await world.invoke({ ...REPLAY, ids: ['gone', left?.id, 'lost'] });
  assert.equal(
    chosen.message,
    'Replayed 1 entry of live#default: 1 shipped, 0 still in quarantine. Up to 0 events may now be in Logz.io twice. There is no entry gone, lost; {"quarantine": "list"} shows the entries.',
  );
});

test('a damaged entry stays with advice, and a replay of all ships the others', async () => {
  await using world = await startWorld();
  await quarantineThree(world);
  const { table } = world;
  const damages = [
    async (id: string) => await table.delete({ kind: QUARANTINE_BODY, stream: 'live#default', id }),
    async (id: string) =>
      await table.put({ kind: QUARANTINE_BODY, stream: 'live#default', id }, { body: Buffer.from('no gzip') }),
  ];
  for (const [nth, damage] of damages.entries()) {
    world.jumpcloud.add([loginAt(AT + 10 + nth, `other ${nth}`)]);
    world.logzio.settings.onRequest = () => REFUSED;
    world.clock.advance(MINUTE_MS);
    await world.invoke();
    const [oldest] = (await waitingIn(world)) as { id: string }[];
    assert.ok(oldest);
    await damage(`${oldest.id}#000`);
    world.logzio.settings.onRequest = undefined;
    const { message, entries } = await world.invoke(REPLAY);
    assert.match(message, /^Replayed 2 entries .*: 1 shipped, 1 still in quarantine\. Up to 0 events/);
    assert.partialDeepStrictEqual(entries, [{ id: oldest.id, outcome: 'still in quarantine', mayRepeat: 0 }]);
    const [{ reason }] = entries as [{ reason: string }];
    assert.match(
      reason,
      /^its events cannot be read from the table \(.+\)\. Replay it once more\. .* start_time and end_time$/,
    );
    // The claim was given back: nothing waits until it ends.
    assert.partialDeepStrictEqual((await world.invoke(REPLAY)).entries, [{ reason }]);
    assert.partialDeepStrictEqual(await waitingIn(world), [{ id: oldest.id, mayRepeat: 0 }]);
  }
});

test('an answer of a replay that has no room for all entries says so', async () => {
  await using world = await startWorld();
  await quarantineThree(world);
  world.jumpcloud.add([loginAt(AT + 10, 'other')]);
  world.logzio.settings.onRequest = () => REFUSED;
  world.clock.advance(MINUTE_MS);
  await world.invoke();
  using deadline = deadlineAfter(world.clock, MINUTE_MS);
  const context = { ...connect(world.runtime, undefined), deadline, totalMs: MINUTE_MS };
  const ids = ((await waitingIn(world)) as { id: string }[]).map(({ id }) => id);
  world.logzio.settings.onRequest = () => ({ kind: 'answer', status: 403 });
  const all = await replay({ ...context, mostEntries: 2 }, [...ids, 'gone']);
  assert.match(
    all.message,
    /^Replayed 2 entries .* There is no entry gone; \{"quarantine": "list"\} shows the entries\.$/,
  );
  world.logzio.settings.onRequest = undefined;
  const { message, entries } = await replay({ ...context, mostEntries: 1 }, []);
  assert.equal((entries as unknown[]).length, 1);
  assert.match(message, /twice\. Only the first 1 are under entries; \{"quarantine": "list"\} shows what is left\.$/);
});

test('an event that is too large to be read arrives cut by a replay, and quarantine still has all of it', async () => {
  await using world = await startWorld();
  world.jumpcloud.add([loginAt(AT, 'giant', { blob: 'x'.repeat(5 * 1024 * 1024) })]);
  await world.invoke();
  await world.invoke(REPLAY);
  assert.deepEqual(world.shipped()[0]?.shortened_fields, ['blob']);
  const listed = async () => {
    const { waiting, shortened } = (await world.invoke({ quarantine: 'list' })) as unknown as Record<
      string,
      { id: string }[]
    >;
    assert.deepEqual([waiting?.length, shortened?.length], [0, 1]);
    return shortened?.[0]?.id;
  };
  await world.invoke({ ...REPLAY, ids: [await listed()] });
  await listed();
});
