/**
 * What Logz.io cannot take: kept whole, shown without its body, shipped again by hand, and never
 * lost on the way.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AttributeValue, paginateScan } from '@aws-sdk/client-dynamodb';
import { system } from '../../lib/platform/outside.ts';
import { createQuarantine } from '../../lib/state/quarantine.ts';
import type { Fault } from '../../simulators/faults.ts';
import { assertArrivedOnce, numbered, repeats } from '../support/arrivals.ts';
import { killable } from '../support/killable.ts';
import { loginAt, MINUTE_MS, NOON, startWorld, TABLE, type World } from '../support/world.ts';

const LIVE = 'live#default';
const AT = NOON - 5 * MINUTE_MS;
const REFUSED_IN_PART: Fault = { kind: 'answer', status: 400, body: '{"malformedLines":1,"successfulLines":2}' };
const REFUSED: Fault = { kind: 'answer', status: 400, body: '{"malformedLines":3,"successfulLines":0}' };
/** Nothing that a head shows can be taken for it. */
const SECRET_TEXT = 'a-persons-own-words';

function add(world: World, count: number): string[] {
  const ids = numbered(count);
  world.jumpcloud.add(ids.map((id, index) => loginAt(AT + index, id, { message: SECRET_TEXT })));
  return ids;
}

async function items(world: World): Promise<Record<string, AttributeValue>[]> {
  const found: Record<string, AttributeValue>[] = [];
  for await (const page of paginateScan({ client: world.dynamodb }, { TableName: TABLE }))
    found.push(...(page.Items ?? []));
  return found.filter((item) => item.item?.S?.startsWith('quarantine'));
}

const quarantineOf = (world: World) => createQuarantine(world.table, system.compression);

test('events without a readable timestamp, and those that are no objects, are kept whole, reported, and do not stop the others', async () => {
  await using world = await startWorld();
  const strange = [
    '17',
    '"text"',
    'null',
    '[1,2]',
    '{"id":"x"}',
    '{"id":"y","timestamp":"yesterday"}',
    '{"timestamp":1}',
    '{"id":"z","timestamp":{"toString":1}}',
    '{"id":"z","timestamp":[{"toString":null,"valueOf":null}]}',
    `{"id":"deep","timestamp":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
  ];
  const timestamp = new Date(AT).toISOString();
  world.jumpcloud.add([...strange.map((text) => ({ text, timestamp, service: 'directory' })), loginAt(AT, 'well')]);
  const result = await world.invoke();
  assert.equal(result.quarantined, strange.length);
  assert.equal(result.waitingInQuarantine, strange.length);
  assert.match(result.message, /10 put into quarantine, see \{"quarantine": "list"\}/);
  assertArrivedOnce(world, ['well']);
  const kept = await Promise.all(
    (await quarantineOf(world).list(LIVE, 'waiting')).map((head) => quarantineOf(world).read(LIVE, head)),
  );
  assert.deepEqual(kept.flat().sort(), [...strange].sort());
  for (let run = 0; run < 4; run++) {
    world.clock.advance(5 * MINUTE_MS);
    assert.equal((await world.invoke()).quarantined, 0, 'once, however often it is read again');
  }
});

test('an equal event without a timestamp that comes an hour later is kept beside the first', async () => {
  await using world = await startWorld();
  const odd = (at: number) => ({ text: '{"note":"no clock"}', timestamp: new Date(at).toISOString(), service: 'sso' });
  world.jumpcloud.add([odd(AT)]);
  await world.invoke();
  world.clock.advance(60 * MINUTE_MS);
  world.jumpcloud.add([odd(NOON + 55 * MINUTE_MS)]);
  await world.invoke();
  assert.equal(await quarantineOf(world).countWaiting(LIVE), 2);
});

test('a replay ships them with the time at which they were quarantined, and with their own timestamp beside it', async () => {
  await using world = await startWorld();
  const timestamp = new Date(AT).toISOString();
  const unreadable = ['"yesterday"', '{"toString":1}', '[[1]]'];
  world.jumpcloud.add(
    unreadable.map((json, n) => ({ text: `{"id":"y-${n}","timestamp":${json}}`, timestamp, service: 'directory' })),
  );
  await world.invoke();
  await world.invoke({ quarantine: 'replay' });
  const logs = world.shipped();
  assert.deepEqual(new Set(logs.map((log) => log['@timestamp'])), new Set([new Date(NOON).toISOString()]));
  const [text, object, list] = logs.map((log) => String(log.unreadable_timestamp));
  assert.deepEqual([text, object, list], ['yesterday', '{"toString":1}', '[[1]]']);
  assert.deepEqual(world.logzio.spoilt, []);
});

test('what is quarantined of large pages is what JumpCloud sent', async () => {
  const limit = 1000;
  await using world = await startWorld({ config: { jumpcloud_api: { settings: { limit } } } });
  const ids = numbered(8 * limit);
  const contentOf = (id: string) => `${id}-`.repeat(120);
  world.jumpcloud.add(ids.map((id, index) => loginAt(AT + index, id, { content: contentOf(id) })));
  // One page is one bulk here; every other one is refused, and not before the next page has come.
  world.logzio.settings.latencyMs = 20;
  world.logzio.settings.onRequest = (_request, n) => (n % 2 === 0 ? REFUSED : undefined);
  const result = await world.invoke();
  assert.equal(result.quarantined, 4 * limit);
  const quarantine = quarantineOf(world);
  const heads = await quarantine.list(LIVE, 'waiting');
  const originals = (await Promise.all(heads.map((head) => quarantine.read(LIVE, head)))).flat();
  const quarantined = originals.map((original) => JSON.parse(original));
  for (const { id, content } of [...quarantined, ...world.shipped()]) assert.equal(content, contentOf(id));
  assert.deepEqual([...quarantined, ...world.shipped()].map(({ id }) => id).sort(), [...ids].sort());
});

test('a refused bulk of several thousand events fits, and its replay brings every one of them', async () => {
  await using world = await startWorld({ logzio: { judge: false } });
  // Random text, so that gzip does not make them small: several items of 400 KB each.
  const ids = numbered(5000);
  world.jumpcloud.add(
    ids.map((id, index) => {
      const noise = Array.from({ length: 12 }, () => Math.random().toString(36)).join('');
      return loginAt(AT + index, id, { noise });
    }),
  );
  world.logzio.settings.onRequest = () => REFUSED;
  const result = await world.invoke();
  assert.equal(result.quarantined, 5000);
  assert.ok((await items(world)).length >= 4);
  world.logzio.settings.onRequest = undefined;
  const replayed = await world.invoke({ quarantine: 'replay' });
  assert.match(replayed.message, /\d+ shipped, 0 still in quarantine/);
  assertArrivedOnce(world, ids);
  assert.deepEqual(await items(world), [], 'nothing is left behind');
  assert.equal((await world.invoke()).waitingInQuarantine, 0);
});

test('the list shows id, reason, size, time and what may repeat, and never the body', async () => {
  await using world = await startWorld();
  add(world, 3);
  world.logzio.settings.onRequest = () => REFUSED_IN_PART;
  await world.invoke();
  const list = await world.invoke({ quarantine: 'list' });
  assert.match(list.message, /3 events of live#default wait in 1 entry; 0 entries keep/);
  const [head] = list.waiting as Record<string, unknown>[];
  assert.deepEqual(Object.keys(head ?? {}).sort(), ['bytes', 'events', 'id', 'mayRepeat', 'reason', 'time']);
  assert.equal(head?.time, '2026-11-20T12:00:00.000Z');
  assert.equal(head?.mayRepeat, 2);
  assert.doesNotMatch(JSON.stringify([list, ...world.printed]), new RegExp(SECRET_TEXT));
});

test('an entry leaves only when it is acknowledged: a replay that fails keeps it, and says why', async () => {
  await using world = await startWorld();
  const ids = add(world, 3);
  world.logzio.settings.onRequest = () => REFUSED;
  await world.invoke();
  world.logzio.settings.onRequest = () => ({ kind: 'answer', status: 403 });
  const failed = await world.invoke({ quarantine: 'replay' });
  assert.partialDeepStrictEqual(failed.entries, [{ outcome: 'still in quarantine', mayRepeat: 0 }]);
  assert.match(JSON.stringify(failed.entries), /status 403/);
  world.logzio.settings.onRequest = () => REFUSED;
  await world.invoke({ quarantine: 'replay' });
  world.logzio.settings.onRequest = undefined;
  assert.match(
    (await world.invoke({ quarantine: 'replay' })).message,
    /1 shipped, 0 still in quarantine\. Up to 0 events/,
  );
  assertArrivedOnce(world, ids);
});

test('the replay of a bulk that was taken in part says how many events may be twice', async () => {
  await using world = await startWorld();
  add(world, 3);
  world.logzio.settings.onRequest = (_, n) => (n === 1 ? REFUSED_IN_PART : undefined);
  await world.invoke();
  const result = await world.invoke({ quarantine: 'replay' });
  assert.partialDeepStrictEqual(result.entries, [{ outcome: 'shipped', events: 3, mayRepeat: 2 }]);
  assert.match(result.message, /Up to 2 events may now be in Logz\.io twice/);
});

test('a replay that is itself taken in part is remembered as such: the next one says so', async () => {
  await using world = await startWorld();
  add(world, 3);
  world.logzio.settings.onRequest = (_, n) => (n === 1 ? REFUSED : n === 2 ? REFUSED_IN_PART : undefined);
  await world.invoke();
  await world.invoke({ quarantine: 'replay' });
  const { waiting } = await world.invoke({ quarantine: 'list' });
  assert.partialDeepStrictEqual(waiting, [{ events: 3, mayRepeat: 2 }]);
  const result = await world.invoke({ quarantine: 'replay' });
  assert.match(result.message, /Up to 2 events may now be in Logz\.io twice/);
});

test('a replay that brings in only some of an entry leaves the rest, so that the next one repeats nothing', async () => {
  await using world = await startWorld();
  const ids = add(world, 4);
  world.logzio.settings.onRequest = () => REFUSED;
  await world.invoke();
  // Split in two by a 413, and then the second half meets a token that has lapsed.
  world.logzio.settings.onRequest = (_, n) => {
    if (n === 2) return { kind: 'answer', status: 413 };
    return n === 4 ? { kind: 'answer', status: 403 } : undefined;
  };
  const first = await world.invoke({ quarantine: 'replay' });
  assert.partialDeepStrictEqual(first.entries, [{ events: 4, outcome: 'still in quarantine' }]);
  assert.partialDeepStrictEqual((await world.invoke({ quarantine: 'list' })).waiting, [{ events: 2, mayRepeat: 0 }]);
  await world.invoke({ quarantine: 'replay' });
  assertArrivedOnce(world, ids);
  assert.deepEqual(await items(world), []);
});

test('of an entry with an event that cannot be shipped the others arrive, and that one stays whole', async () => {
  await using world = await startWorld();
  const twice = `{"id":"twice","timestamp":"${new Date(AT).toISOString()}","service":"directory","a":1,"a":2}`;
  const originals = [twice, loginAt(AT, 'well').text];
  await quarantineOf(world).add(LIVE, { class: 'waiting', reason: 'refused', at: NOON, originals, taken: 0 });
  const { entries } = await world.invoke({ quarantine: 'replay' });
  assert.match(JSON.stringify(entries), /still in quarantine.*it has the same field twice/);
  assertArrivedOnce(world, ['well']);
  const [rest] = await quarantineOf(world).list(LIVE, 'waiting');
  assert.deepEqual(rest && (await quarantineOf(world).read(LIVE, rest)), [twice]);
});

test('an entry that is quarantined again while a replay holds it stays held', async () => {
  await using world = await startWorld();
  const quarantine = quarantineOf(world);
  const entry = { class: 'waiting', reason: 'refused', at: NOON, originals: ['{}'], taken: 0 } as const;
  await quarantine.add(LIVE, entry);
  const [head] = await quarantine.list(LIVE, 'waiting');
  assert.ok(head);
  const until = NOON + MINUTE_MS;
  assert.deepEqual(await quarantine.claim(LIVE, head, { owner: 'one', until }, NOON), { taken: 0 });
  await quarantine.add(LIVE, entry);
  assert.deepEqual(await quarantine.claim(LIVE, head, { owner: 'another', until }, NOON), { heldUntil: until });
});

test('a replay without an answer says that it may have doubled events', async () => {
  await using world = await startWorld();
  add(world, 3);
  world.logzio.settings.onRequest = (_, n) => {
    if (n === 1) return REFUSED;
    return n === 2 ? { kind: 'reset', applied: true } : undefined;
  };
  await world.invoke();
  const result = await world.invoke({ quarantine: 'replay' });
  assert.match(result.message, /1 shipped, .*Up to 3 events may now be in Logz\.io twice/);
  assert.equal(repeats(world), 3);
});

test('chosen entries alone are replayed; an id that is not there is named', async () => {
  await using world = await startWorld();
  const timestamp = new Date(AT).toISOString();
  world.jumpcloud.add([
    { text: '17', timestamp, service: 'directory' },
    { text: '{"timestamp":1,"id":"z"}', timestamp, service: 'directory' },
  ]);
  await world.invoke();
  const { waiting } = await world.invoke({ quarantine: 'list' });
  const chosen = (waiting as { id: string; reason: string }[]).find(({ reason }) => reason === 'no readable timestamp');
  const result = await world.invoke({ quarantine: 'replay', ids: [chosen?.id, 'gone'] });
  assert.match(result.message, /Replayed 1 entry .*There is no entry gone; /);
  assertArrivedOnce(world, ['z']);
  assert.equal((await quarantineOf(world).list(LIVE, 'waiting')).length, 1);
});

test('an event that had to be shortened arrives, and its original is kept apart: it neither alarms nor is replayed', async () => {
  await using world = await startWorld();
  const original = loginAt(AT, 'huge', { message: 'ä'.repeat(600_000) });
  world.jumpcloud.add([original, loginAt(AT + 1, 'small')]);
  const result = await world.invoke();
  assert.equal(result.shortened, 1);
  assert.equal(result.quarantined, 0);
  assert.equal(result.waitingInQuarantine, 0);
  assertArrivedOnce(world, ['huge', 'small']);
  const list = await world.invoke({ quarantine: 'list' });
  assert.partialDeepStrictEqual(list, {
    waiting: [],
    shortened: [{ events: 1, reason: 'something is missing in the log: see its shortened_fields' }],
  });
  const [head] = await quarantineOf(world).list(LIVE, 'shortened');
  assert.ok(head);
  assert.deepEqual(await quarantineOf(world).read(LIVE, head), [original.text]);
  assert.match((await world.invoke({ quarantine: 'replay' })).message, /Replayed 0 entries/);
});

test('an event that was shortened and then refused is in both classes; replaying it leaves its original readable', async () => {
  await using world = await startWorld();
  const original = loginAt(AT, 'huge', { message: 'ä'.repeat(600_000) });
  world.jumpcloud.add([original]);
  world.logzio.settings.onRequest = (_, n) => (n === 1 ? REFUSED : undefined);
  await world.invoke();
  assert.match((await world.invoke({ quarantine: 'replay' })).message, /1 shipped/);
  const [head] = await quarantineOf(world).list(LIVE, 'shortened');
  assert.ok(head);
  assert.deepEqual(await quarantineOf(world).read(LIVE, head), [original.text]);
});

test('a write to quarantine whose answer got lost is repeated by the client: one entry, which is counted', async () => {
  await using world = await startWorld();
  add(world, 3);
  world.logzio.settings.onRequest = () => REFUSED;
  let strikes = 0;
  world.aws.dynamoDb.settings.onRequest = ({ headers, body }) => {
    const isHead = /PutItem/.test(String(headers['x-amz-target'])) && body.includes('quarantine#waiting');
    return isHead && ++strikes === 1 ? { kind: 'reset', applied: true } : undefined;
  };
  assert.equal((await world.invoke()).waitingInQuarantine, 3);
  assert.equal(strikes, 2);
  assert.equal((await quarantineOf(world).list(LIVE, 'waiting')).length, 1);
});

test('a run killed after it quarantined a bulk: the next one quarantines it again as the same entry, and counts it', async () => {
  await using world = await startWorld();
  add(world, 3);
  world.logzio.settings.onRequest = () => REFUSED;
  const life = killable(world);
  life.onCommand = (command, n) => (command === 'UpdateItemCommand' && n === 2 ? 'kill' : undefined);
  void world.invoke({}, life.overrides);
  await life.died;
  world.clock.advance(6 * MINUTE_MS);
  assert.equal((await world.invoke()).waitingInQuarantine, 3);
  assert.equal((await world.invoke()).waitingInQuarantine, 3);
  assert.equal((await quarantineOf(world).list(LIVE, 'waiting')).length, 1);
});
