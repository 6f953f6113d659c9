/**
 * What is shown of the quarantine, however much lies there: it fits into an answer, and leads to
 * everything that it leaves out.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, type Result } from '../../lib/commands/context.ts';
import { listQuarantine } from '../../lib/commands/quarantine-list.ts';
import { deadlineAfter } from '../../lib/platform/deadline.ts';
import { system } from '../../lib/platform/outside.ts';
import { createQuarantine, type NewEntry, type QuarantineClass } from '../../lib/state/quarantine.ts';
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
  const quarantine = createQuarantine(world.table, system.compression);
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
  assert.equal(list.shortened.length, 100);
  assert.partialDeepStrictEqual(list, { notShown: { waiting: 0, shortened: 130 } });
  assert.equal(list.shortened.at(-1)?.time, new Date(NOON).toISOString(), 'the newest ones, oldest first');
  // One is shown twice at each end of a list.
  assert.deepEqual([...new Set(await reasonsOf(world, 'shortened', list))].sort(), [...reasons].sort());
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

/** About the longest reason there is: an event that was read in part, and must not be kept. */
const LONGEST_REASON =
  '300000000 bytes, of which only the first 16777216 could be kept. Only its size is kept, because output.drop_fields or output.hash_fields is set and it cannot be read';

test('a list of more entries than an answer holds shows the newest ones, fits, and leads to all others', async () => {
  await using world = await startWorld();
  const head = { reason: LONGEST_REASON, events: 500, bytes: 500_000, taken: 0 };
  const heads = numbered(11_000).map((id, index) => ({ ...head, id: id.padStart(24, '0'), at: NOON + index }));
  using deadline = deadlineAfter(world.clock, MINUTE_MS);
  const context = { ...connect(world.runtime, undefined), deadline, totalMs: MINUTE_MS, mostEntries: 5_000 };
  const list = async (_: string, quarantineClass: QuarantineClass) =>
    heads.map((one) => ({ ...one, class: quarantineClass }));
  const parts = { ...context.parts, quarantine: { ...context.parts.quarantine, list } };
  const found = new Set<string>();
  let before: number | undefined;
  for (const notShown of [6_000, 1_001, 0]) {
    const answer = await listQuarantine({ ...context, parts }, before);
    const bytes = Buffer.byteLength(JSON.stringify(answer));
    assert.ok(bytes < LARGEST_ANSWER_BYTES / 2, `${bytes} bytes: ten organizations add a list of shortened events`);
    const { waiting, message } = answer as unknown as Listing;
    assert.partialDeepStrictEqual(answer, { notShown: { waiting: notShown } });
    for (const { id } of waiting) found.add(id);
    before = Date.parse(/Under waiting .*?"before": "(.*?)"/.exec(message)?.[1] ?? '');
  }
  assert.equal(found.size, heads.length);
});

test('organizations share what an answer shows, and each says how to see its older entries', async () => {
  const organizations = Array.from({ length: 200 }, (_, n) => `5f000000000000000000${1000 + n}`);
  await using world = await startWorld({ config: { jumpcloud_api: { credentials: { org_ids: organizations } } } });
  const reasons = numbered(30);
  const stream = `live#${organizations[0]}`;
  for (const quarantineClass of ['waiting', 'shortened'] as const)
    await put(
      world,
      stream,
      reasons.map((reason, index) => ({ class: quarantineClass, reason, at: NOON - index * MINUTE_MS })),
    );
  const { streams } = await world.invoke(LIST);
  const [list] = streams as Listing[];
  assert.ok(list);
  assert.match(list.message, new RegExp(`^30 events of ${stream} wait in 30 entries; 30 entries keep`));
  assert.deepEqual([list.waiting.length, list.shortened.length], [25, 25]);
  assert.match(list.message, new RegExp(`for the 5 older ones .*"org_id": "${organizations[0]}"`));
  world.logzio.settings.onRequest = () => ({ kind: 'answer', status: 400, body: '{"successfulLines":0}' });
  const [replayed] = (await world.invoke({ quarantine: 'replay' })).streams as [Result & { entries: unknown[] }];
  assert.match(
    replayed.message,
    /^Replayed 30 entries of .*: 0 shipped, 30 still in quarantine\..* Only the first 25 are/,
  );
  assert.equal(replayed.entries.length, 25);
});

test('a list of what was quarantined up to an instant says so, and counts that alone', async () => {
  await using world = await startWorld();
  await put(world, LIVE, [
    { class: 'waiting', reason: 'two days ago', at: NOON - 2 * 1440 * MINUTE_MS },
    { class: 'waiting', reason: 'now', at: NOON },
  ]);
  const list = await ask(world, { ...LIST, before: '-1d' });
  assert.match(list.message, /^Quarantined up to 2026-11-19T12:00:00\.000Z: 1 event of live#default waits in 1 entry/);
  assert.deepEqual(
    list.waiting.map(({ reason }) => reason),
    ['two days ago'],
  );
});

test('entries that have expired count no longer: the next run says so', async () => {
  await using world = await startWorld();
  const timestamp = new Date(NOON - 10 * MINUTE_MS).toISOString();
  world.jumpcloud.add([{ text: '17', timestamp, service: 'directory' }]);
  assert.equal((await world.invoke()).waitingInQuarantine, 1);
  const quarantine = createQuarantine(world.table, system.compression);
  for (const head of await quarantine.list(LIVE, 'waiting')) await quarantine.remove(LIVE, head);
  assert.equal((await world.invoke()).waitingInQuarantine, 0);
});
