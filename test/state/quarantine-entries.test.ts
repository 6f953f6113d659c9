/** Quarantine entries: whole or not there, in which class, for how long, and whose to replay. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { system } from '../../lib/platform/outside.ts';
import { QUARANTINE_BODY, QUARANTINE_ENTRY } from '../../lib/state/items.ts';
import { createQuarantine, type NewEntry, noQuarantine, type QuarantineClass } from '../../lib/state/quarantine.ts';
import { memoryTable } from '../support/memory-table.ts';

const NOON = Date.parse('2026-11-20T12:00:00Z');
const DAY_MS = 86_400_000;
const STREAM = 'live#default';
const ENTRY: NewEntry = {
  class: 'waiting',
  reason: 'refused',
  at: NOON,
  originals: ['{"id":1}', '{"id":"ü"}'],
  taken: 1,
};

function start() {
  const { table, asked } = memoryTable();
  const quarantine = createQuarantine(table, system.compression);
  const list = (quarantineClass: QuarantineClass = 'waiting') => quarantine.list(STREAM, quarantineClass);
  const only = async () => {
    const heads = await list();
    assert.equal(heads.length, 1);
    return heads[0] ?? assert.fail();
  };
  return { table, asked, quarantine, list, only };
}

test('an entry shows its reason, time, events, bytes and what was taken; its originals come back as they were', async () => {
  const { quarantine, only } = start();
  await quarantine.add(STREAM, ENTRY);
  const { id, ...head } = await only();
  const bytes = Buffer.byteLength(JSON.stringify(ENTRY.originals));
  assert.deepEqual(head, { class: 'waiting', reason: 'refused', at: NOON, events: 2, bytes, taken: 1 });
  assert.equal(id, createHash('sha256').update(JSON.stringify(ENTRY.originals)).digest('hex').slice(0, 24));
  assert.deepEqual(await quarantine.read(STREAM, await only()), ENTRY.originals);
});

test('the same entry again is the same one; a key tells events apart that are equal in everything', async () => {
  const { quarantine, list } = start();
  await quarantine.add(STREAM, ENTRY);
  await quarantine.add(STREAM, { ...ENTRY, at: NOON + 5, taken: 2 });
  assert.deepEqual(
    (await list()).map(({ at, taken }) => ({ at, taken })),
    [{ at: NOON, taken: 1 }],
  );
  await quarantine.add(STREAM, { ...ENTRY, key: 'another' });
  assert.equal((await list()).length, 2);
});

test('each class has its own entries, and an event in both is two', async () => {
  const { quarantine, list } = start();
  await quarantine.add(STREAM, ENTRY);
  await quarantine.add(STREAM, { ...ENTRY, class: 'shortened', reason: 'cut' });
  const [shortened] = await list('shortened');
  assert.ok(shortened);
  assert.deepEqual([shortened.class, shortened.reason], ['shortened', 'cut']);
  assert.equal((await list()).length, 1);
  assert.equal(await quarantine.countWaiting(STREAM), 2, 'only what waits');
  await quarantine.remove(STREAM, shortened);
  assert.deepEqual(await list('shortened'), []);
  const [waiting] = await list();
  assert.ok(waiting);
  assert.deepEqual(await quarantine.read(STREAM, waiting), ENTRY.originals);
});

test('entries are listed the oldest first', async () => {
  const { quarantine, list } = start();
  for (const after of [5, 1, 9, 3, 7, 2, 8, 4, 6])
    await quarantine.add(STREAM, { ...ENTRY, at: NOON + after, key: `${after}` });
  assert.deepEqual(
    (await list()).map(({ at }) => at - NOON),
    [1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
});

test('a large entry takes several items, and its head comes last and goes first: what can be seen is whole', async () => {
  const { quarantine, asked, only, list } = start();
  const originals = Array.from({ length: 12 }, () => randomBytes(60_000).toString('base64'));
  await quarantine.add(STREAM, { ...ENTRY, originals });
  const head = await only();
  const put = asked.filter((step) => step.startsWith('Put'));
  assert.ok(put.length > 2, `${put.length}`);
  assert.ok(put.slice(0, -1).every((step) => step.startsWith('Put quarantine-body#')));
  assert.equal(put.at(-1), `Put quarantine#waiting#${head.id}`);
  assert.deepEqual(await quarantine.read(STREAM, head), originals);
  asked.length = 0;
  await quarantine.remove(STREAM, head);
  const deleted = asked.filter((step) => step.startsWith('Delete'));
  assert.equal(deleted[0], `Delete quarantine#waiting#${head.id}`);
  assert.equal(deleted.length, put.length);
  assert.deepEqual(await list(), []);
});

test('an entry is kept for 90 days, and its body for a week more', async () => {
  const { quarantine, table, only } = start();
  await quarantine.add(STREAM, ENTRY);
  const { id } = await only();
  const head = await table.get({ kind: QUARANTINE_ENTRY, stream: STREAM, id: `waiting#${id}` });
  const body = await table.get({ kind: QUARANTINE_BODY, stream: STREAM, id: `${id}#000` });
  const days = (expires = 0) => (expires * 1000 - NOON) / DAY_MS;
  assert.deepEqual([days(head?.expires), days(body?.expires)], [90, 97]);
});

test('what a replay leaves takes the place of its entry, with the class and time of it', async () => {
  const { quarantine, only } = start();
  await quarantine.add(STREAM, ENTRY);
  const before = await only();
  await quarantine.replace(STREAM, before, { reason: 'again', originals: ['{"id":"ü"}'], taken: 0 });
  const after = await only();
  assert.notEqual(after.id, before.id);
  const { reason, at, events, taken } = after;
  assert.deepEqual({ reason, at, events, taken }, { reason: 'again', at: NOON, events: 1, taken: 0 });
  assert.deepEqual(await quarantine.read(STREAM, after), ['{"id":"ü"}']);
});

test('what is left of two entries with the same originals stays two', async () => {
  const { quarantine, list } = start();
  for (const key of ['one', 'two']) await quarantine.add(STREAM, { ...ENTRY, key });
  for (const head of await list())
    await quarantine.replace(STREAM, head, { reason: 'again', originals: ['{"id":1}'], taken: 0 });
  assert.equal(await quarantine.countWaiting(STREAM), 2);
});

const ME = { owner: 'me', until: NOON + 100 };
const YOU = { owner: 'you', until: NOON + 100 };

test('an entry that is claimed is another replay’s until the claim ends, and counts as taken whole', async () => {
  const { quarantine, only, asked } = start();
  await quarantine.add(STREAM, ENTRY);
  const head = await only();
  asked.length = 0;
  assert.deepEqual(await quarantine.claim(STREAM, head, ME, NOON), { taken: 1 });
  assert.equal(asked.length, 1, 'one request');
  assert.equal((await only()).taken, 2);
  assert.deepEqual(await quarantine.claim(STREAM, head, ME, NOON + 1), { taken: 1 }, 'it still holds it');
  assert.deepEqual(await quarantine.claim(STREAM, head, YOU, NOON + 99), { heldUntil: NOON + 100 });
  assert.deepEqual(await quarantine.claim(STREAM, head, { ...YOU, until: NOON + 300 }, NOON + 100), { taken: 2 });
  assert.deepEqual(await quarantine.claim(STREAM, head, ME, NOON + 101), { heldUntil: NOON + 300 });
});

test('an entry that is gone cannot be claimed', async () => {
  const { quarantine, only } = start();
  await quarantine.add(STREAM, ENTRY);
  const head = await only();
  await quarantine.remove(STREAM, head);
  assert.equal(await quarantine.claim(STREAM, head, ME, NOON), 'gone');
});

test('a claim of which nothing was sent is given back as it was, by its own replay only', async () => {
  const { quarantine, only } = start();
  await quarantine.add(STREAM, ENTRY);
  const head = await only();
  await quarantine.claim(STREAM, head, ME, NOON);
  await quarantine.release(STREAM, head, 'you');
  assert.equal((await only()).taken, 2);
  await quarantine.release(STREAM, head, 'me');
  assert.equal((await only()).taken, 1);
  assert.deepEqual(await quarantine.claim(STREAM, head, YOU, NOON + 1), { taken: 1 });
});

test('a run that must leave no trace quarantines nothing', async () => {
  await noQuarantine.add(STREAM, ENTRY);
  assert.equal(await noQuarantine.countWaiting(STREAM), 0);
});
