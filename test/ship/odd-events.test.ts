/**
 * Events that no JSON writer should make, or that claim to be another one: none of them vanishes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Post } from '../../lib/platform/http.ts';
import { system } from '../../lib/platform/outside.ts';
import { Delivered } from '../../lib/ship/delivered.ts';
import { EventFilter } from '../../lib/ship/event-filter.ts';
import { createQuarantine, type QuarantineClass } from '../../lib/state/quarantine.ts';
import { loginAt, MINUTE_MS, NOON, startWorld, type World } from '../support/world.ts';

const LIVE = 'live#default';
const AT = NOON - 5 * MINUTE_MS;

async function kept(world: World, quarantineClass: QuarantineClass = 'waiting') {
  const quarantine = createQuarantine(world.table, system.compression);
  const heads = await quarantine.list(LIVE, quarantineClass);
  const entries = heads.map(async (head) => ({ reason: head.reason, originals: await quarantine.read(LIVE, head) }));
  return await Promise.all(entries);
}

/** Runs until what is read again is read by several runs. */
async function runAgain(world: World): Promise<void> {
  for (let run = 0; run < 3; run++) {
    world.clock.advance(5 * MINUTE_MS);
    const { shipped, quarantined } = await world.invoke();
    assert.deepEqual({ shipped, quarantined }, { shipped: 0, quarantined: 0 });
  }
}

/** Puts a body in place of the first page's. */
function firstPageIs(world: World, body: Buffer): Post {
  let isFirst = true;
  return async (request) => {
    const answer = await world.runtime.post(request);
    if (!isFirst || !request.url.endsWith('/events')) return answer;
    isFirst = false;
    return { ...answer, body };
  };
}

test('of two different events with the same id and timestamp the second is in quarantine, with the reason', async () => {
  await using world = await startWorld();
  const [first, second] = [loginAt(AT, 'same', { username: 'ada' }), loginAt(AT, 'same', { username: 'eve' })];
  world.jumpcloud.add([first, second]);
  const { shipped, quarantined } = await world.invoke();
  assert.deepEqual({ shipped, quarantined }, { shipped: 1, quarantined: 1 });
  assert.equal(world.shipped()[0]?.username, 'ada');
  const reason = 'another event has the same id and timestamp';
  assert.deepEqual(await kept(world), [{ reason, originals: [second.text] }]);
  await runAgain(world);
});

test('the same event twice, once with its members in another order, is shipped once', async () => {
  await using world = await startWorld();
  const { text } = loginAt(AT, 'same');
  const reordered = JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text)).reverse()), null, 1);
  world.jumpcloud.add([{ text }, { text: reordered }, { text }]);
  const { shipped, quarantined } = await world.invoke();
  assert.deepEqual({ shipped, quarantined }, { shipped: 1, quarantined: 0 });
});

test('different events with placeholders for an id all arrive', async () => {
  await using world = await startWorld();
  const none = ['', '0', '00000000-0000-0000-0000-000000000000', 'null'];
  world.jumpcloud.add(none.flatMap((id) => ['ada', 'eve'].map((username) => loginAt(AT, id, { username }))));
  assert.equal((await world.invoke()).shipped, 8);
  await runAgain(world);
});

test('an event that has the same field twice, or is nested thousands of levels deep, is in quarantine with the reason', async () => {
  await using world = await startWorld();
  const timestamp = new Date(AT).toISOString();
  const twice = `{"id":"twice","timestamp":"${timestamp}","service":"directory","a":1,"a":2}`;
  const deep = `{"id":"deep","timestamp":"${timestamp}","service":"directory","x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
  world.jumpcloud.add([{ text: twice }, { text: deep }, loginAt(AT, 'well')]);
  const { shipped, quarantined } = await world.invoke();
  assert.deepEqual({ shipped, quarantined }, { shipped: 1, quarantined: 2 });
  const entries = await kept(world);
  assert.deepEqual(entries.flatMap(({ originals }) => originals).sort(), [deep, twice].sort());
  assert.ok(entries.some(({ reason }) => reason === 'cannot be shaped (it has the same field twice)'));
  await runAgain(world);
});

test('an event whose bytes are no UTF-8 arrives marked as shortened, and its bytes are kept', async () => {
  await using world = await startWorld();
  const { text } = loginAt(AT, 'broken', { username: 'a?b' });
  const bytes = Buffer.from(text);
  bytes[bytes.indexOf('a?b') + 1] = 0xff;
  const { text: well } = loginAt(AT, 'well', { username: 'ö' });
  const body = Buffer.concat([Buffer.from('['), bytes, Buffer.from(`,${well}]`)]);
  const post = firstPageIs(world, body);
  const { shipped, shortened } = await world.invoke({}, { post });
  assert.deepEqual({ shipped, shortened }, { shipped: 2, shortened: 1 });
  const [broken, whole] = world.shipped();
  assert.equal(broken?.username, 'a\ufffdb');
  assert.deepEqual(broken?.shortened_fields, ['(bytes that are no UTF-8: each is \ufffd here)']);
  assert.equal(whole?.shortened_fields, undefined);
  const [entry] = await kept(world, 'shortened');
  assert.deepEqual(entry?.originals, [`base64:${bytes.toString('base64')}`]);
});

test('a page with a hundred thousand times {} keeps a thousand of them, and the event behind them arrives', async () => {
  await using world = await startWorld();
  world.jumpcloud.add([loginAt(AT, 'well')]);
  const body = Buffer.from(`[${'{},'.repeat(100_000)}${loginAt(AT, 'well').text}]`);
  const post = firstPageIs(world, body);
  const { shipped, quarantined } = await world.invoke({}, { post });
  assert.deepEqual({ shipped, quarantined }, { shipped: 1, quarantined: 1000 });
  const entries = await kept(world);
  assert.ok(entries.every(({ originals }) => originals.length <= 500));
});

test('unreadable events differ by what they hold', () => {
  const filter = new EventFilter({ start: 0, end: NOON }, new Delivered());
  const kindOf = (text: string) => filter.examine({ text, brokenBytes: undefined }).kind;
  const texts = [
    '{"id":"a","timestamp":5}',
    '{"id":"a","timestamp":"5"}',
    '{"id":"a"}',
    '{"id":"a","timestamp":"undefined"}',
  ];
  assert.deepEqual(
    texts.map(kindOf),
    texts.map(() => 'quarantine'),
  );
  const again = new EventFilter({ start: 0, end: NOON }, new Delivered());
  const fingerprints = texts.map((text) => {
    const examined = again.examine({ text, brokenBytes: undefined });
    return examined.kind === 'quarantine' && examined.fingerprint;
  });
  assert.equal(new Set(fingerprints).size, texts.length);
});
