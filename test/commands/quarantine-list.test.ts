/**
 * What is shown of the quarantine, however much lies there: it fits into an answer, and leads to
 * everything that it leaves out.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Result } from '../../lib/commands/context.ts';
import { systemCompression } from '../../lib/platform/system.ts';
import { createQuarantine, type NewEntry } from '../../lib/state/quarantine.ts';
import { numbered } from '../support/arrivals.ts';
import { MINUTE_MS, NOON, startWorld, type World } from '../support/world.ts';

const LIVE = 'live#default';
/** Lambda's quota for an answer, 6 MB, in bytes. */
const LARGEST_ANSWER_BYTES = 6_291_556;
const LIST = { quarantine: 'list' };

/** What the list says of an entry. */
interface Listed {
  readonly id: string;
  readonly time: string;
  readonly reason: string;
}

interface Listing {
  readonly message: string;
  readonly stream: string;
  readonly waiting: readonly Listed[];
  readonly shortened: readonly Listed[];
}

/** Entries that differ by their reasons. */
async function put(world: World, stream: string, entries: readonly Omit<NewEntry, 'originals' | 'taken'>[]) {
  const quarantine = createQuarantine(world.table, systemCompression);
  for (const entry of entries) await quarantine.add(stream, { ...entry, originals: [entry.reason], taken: 0 });
}

const ask = async (world: World, input: object) => (await world.invoke(input)) as unknown as Listing;

/**
 * Follows the list's own advice to everything that it did not show.
 * @returns reasons, in the order in which they were shown
 */
async function reasonsOf(world: World, list: 'waiting' | 'shortened', first: Listing): Promise<string[]> {
  const reasons: string[] = [];
  const howToGoOn = new RegExp(`Under ${list} the newest \\d+ are shown.*? give the function (\\{.*?\\})`);
  for (let seen: Listing | undefined = first; seen; ) {
    reasons.push(...seen[list].map(({ reason }) => reason));
    const advice: string | undefined = howToGoOn.exec(seen.message)?.[1];
    seen = advice === undefined ? undefined : await ask(world, JSON.parse(advice));
  }
  return reasons;
}

test('of the originals of shortened events the list shows the newest 100, counts all, and says how to see the older ones', async () => {
  await using world = await startWorld();
  const reasons = numbered(230);
  // Some share a millisecond, also where the list ends.
  const at = (index: number) => NOON - Math.floor(index / 7) * MINUTE_MS;
  await put(
    world,
    LIVE,
    reasons.map((reason, index) => ({ class: 'shortened', reason, at: at(index) })),
  );
  await put(world, LIVE, [{ class: 'waiting', reason: 'older than all of them', at: NOON - 1000 * MINUTE_MS }]);
  const list = await ask(world, LIST);
  assert.match(list.message, /^1 event of live#default waits in 1 entry; 230 entries keep the originals/);
  assert.deepEqual(
    list.waiting.map(({ reason }) => reason),
    ['older than all of them'],
  );
  assert.ok(list.shortened.length > 90 && list.shortened.length <= 100, `${list.shortened.length} shown`);
  assert.partialDeepStrictEqual(list, { notShown: { waiting: 0, shortened: 230 - list.shortened.length } });
  assert.equal(list.shortened.at(-1)?.time, new Date(NOON).toISOString(), 'the newest ones, oldest first');
  assert.deepEqual((await reasonsOf(world, 'shortened', list)).sort(), [...reasons].sort());
});

test('all that waits is listed, also several hundred entries', async () => {
  await using world = await startWorld();
  const reasons = numbered(300);
  await put(
    world,
    LIVE,
    reasons.map((reason, index) => ({ class: 'waiting', reason, at: NOON - index * MINUTE_MS })),
  );
  const list = await ask(world, LIST);
  assert.deepEqual(
    list.waiting.map(({ reason }) => reason),
    reasons.toReversed(),
  );
  assert.doesNotMatch(list.message, /newest/);
});

test('a list of many organizations fits into an answer of Lambda, and leads to every entry that it does not show', async () => {
  const organizations = Array.from({ length: 10 }, (_, n) => `5f00000000000000000000${10 + n}`);
  await using world = await startWorld({ config: { jumpcloud_api: { credentials: { org_ids: organizations } } } });
  const reasons = Array.from({ length: 20 }, (_, n) => `${n}: ${'ä'.repeat(10_000)}`);
  for (const organization of organizations) {
    const entries = reasons.map((reason, index) => ({ reason, at: NOON - index * MINUTE_MS }));
    await put(
      world,
      `live#${organization}`,
      entries.map((entry) => ({ class: 'waiting', ...entry })),
    );
    await put(
      world,
      `live#${organization}`,
      entries.map((entry) => ({ class: 'shortened', ...entry })),
    );
  }
  const answer = await world.invoke(LIST);
  const bytes = Buffer.byteLength(JSON.stringify(answer));
  assert.ok(bytes < LARGEST_ANSWER_BYTES, `${bytes} bytes`);
  assert.ok(bytes > LARGEST_ANSWER_BYTES / 2, `${bytes} bytes`);
  for (const list of (answer.streams as unknown as Listing[]).slice(-2)) {
    assert.match(list.message, new RegExp(`^20 events of ${list.stream} wait in 20 entries; 20 entries keep`));
    for (const name of ['waiting', 'shortened'] as const) {
      assert.ok(list[name].length < 20, 'not all of them are shown at once');
      assert.deepEqual((await reasonsOf(world, name, list)).sort(), [...reasons].sort());
    }
  }
});

test('a list of what was quarantined before an instant says so, and counts that alone', async () => {
  await using world = await startWorld();
  await put(world, LIVE, [
    { class: 'waiting', reason: 'two days ago', at: NOON - 2 * 1440 * MINUTE_MS },
    { class: 'waiting', reason: 'now', at: NOON },
  ]);
  const list = await ask(world, { ...LIST, before: '-1d' });
  assert.match(list.message, /^Quarantined before 2026-11-19T12:00:00\.000Z: 1 event of live#default waits in 1 entry/);
  assert.deepEqual(
    list.waiting.map(({ reason }) => reason),
    ['two days ago'],
  );
});

test('a replay of more entries than its share of an answer can hold counts them all, and says that it shows only the first', async () => {
  const organizations = Array.from({ length: 200 }, (_, n) => `5f000000000000000000${1000 + n}`);
  await using world = await startWorld({ config: { jumpcloud_api: { credentials: { org_ids: organizations } } } });
  const entries = numbered(250).map((id, index) => ({ reason: `"${id}"`, at: NOON - index * MINUTE_MS }));
  await put(
    world,
    `live#${organizations[0]}`,
    entries.map((entry) => ({ class: 'waiting', ...entry })),
  );
  world.logzio.settings.onRequest = () => ({ kind: 'answer', status: 400, body: '{"successfulLines":0}' });
  const { streams } = await world.invoke({ quarantine: 'replay' });
  const [first] = streams as (Result & { readonly entries: readonly unknown[] })[];
  assert.ok(first);
  assert.match(first.message, /^Replayed 250 entries of .*: 0 shipped, 250 still in quarantine\./);
  assert.match(first.message, new RegExp(` Only the first ${first.entries.length} are under entries; `));
  assert.ok(first.entries.length > 0 && first.entries.length < 250);
  const bytes = Buffer.byteLength(JSON.stringify(first.entries));
  assert.ok(bytes < LARGEST_ANSWER_BYTES / organizations.length, `${bytes} bytes`);
});

test('entries that have expired count no longer: the next run says so', async () => {
  await using world = await startWorld();
  const timestamp = new Date(NOON - 10 * MINUTE_MS).toISOString();
  world.jumpcloud.add([{ text: '17', timestamp, service: 'directory' }]);
  assert.equal((await world.invoke()).waitingInQuarantine, 1);
  const quarantine = createQuarantine(world.table, systemCompression);
  for (const head of await quarantine.list(LIVE, 'waiting')) await quarantine.remove(LIVE, head);
  assert.equal((await world.invoke()).waitingInQuarantine, 0);
});
