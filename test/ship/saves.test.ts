/**
 * What a run does about saves that fail and leases that lapse: nothing that was delivered is sent
 * again.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { deadlineAfter } from '../../lib/platform/deadline.ts';
import type { Clock, DynamoDb } from '../../lib/platform/outside.ts';
import { newCheckpoint } from '../../lib/ship/checkpoint.ts';
import { InFlight } from '../../lib/ship/in-flight.ts';
import { RunSignals } from '../../lib/ship/run-signals.ts';
import type { HeldStream } from '../../lib/state/checkpoint.ts';
import { peek } from '../../lib/state/dynamodb-store.ts';
import { Table } from '../../lib/state/table.ts';
import { assertArrivedOnce, numbered } from '../support/arrivals.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { loginAt, MINUTE_MS, NOON, startWorld, type World } from '../support/world.ts';

const PAGE = 10;
const small = { config: { jumpcloud_api: { settings: { limit: PAGE } } } };

/**
 * Young enough that nothing of it is settled: only their fingerprints keep these events from being
 * sent again.
 */
function addYoungEvents(world: World, count: number): string[] {
  const ids = numbered(count);
  world.jumpcloud.add(ids.map((id, index) => loginAt(NOON - 10 * MINUTE_MS + index * 1000, id)));
  return ids;
}

/**
 * The table while its `n`th update, the one that takes the lease included, fails: before or after
 * it is applied.
 */
function failingTable(world: World, n: number, isApplied: boolean): Table {
  const client: DynamoDb = world.dynamodb;
  let updates = 0;
  const send: DynamoDb['send'] = async (command) => {
    if (!(command instanceof UpdateItemCommand) || ++updates !== n) return await client.send(command);
    if (isApplied) await client.send(command);
    throw new Error('the table is busy');
  };
  return new Table({ send }, world.table.name);
}

/** Holds JumpCloud's `n`th answer until it is released. */
function holdPage(world: World, n: number): { reached: Promise<void>; release: () => void } {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  world.jumpcloud.settings.onRequest = async (_, request) => {
    if (request !== n) return undefined;
    reached.resolve();
    await released.promise;
    return undefined;
  };
  return { reached: reached.promise, release: released.resolve };
}

/**
 * The world's clock on a machine whose timers have not fired yet when it goes on after it stood
 * still.
 */
function lateTimers({ clock }: World): Clock {
  const timer: Clock['timer'] = async (_, signal) => {
    await once(signal ?? new EventTarget(), 'abort');
    signal?.throwIfAborted();
  };
  const { now, elapsedMs, sleep, turn } = clock;
  return { now, elapsedMs, sleep, turn, timer };
}

/**
 * Waits for the save after the first page: what follows finds nothing under way but the second
 * one's answer.
 */
async function pageIsSaved(world: World): Promise<void> {
  const saved = async () => (await peek(world.table, 'live#default'))?.checkpoint.watermark ?? 0;
  while ((await saved()) < NOON - 10 * MINUTE_MS + (PAGE - 1) * 1000) await world.clock.turn();
}

for (const isApplied of [false, true]) {
  const what = isApplied ? 'whose answer was lost' : 'that failed';
  test(`after a save ${what}, the run's last save keeps its fingerprints, and the next run repeats nothing`, async () => {
    await using world = await startWorld(small);
    const ids = addYoungEvents(world, 4 * PAGE);
    await assert.rejects(world.invoke({}, { table: failingTable(world, 2, isApplied) }), /the table is busy/);
    const before = world.shipped().length;
    assert.ok(before >= PAGE, `${before} events were sent before the save failed`);
    await world.invoke();
    assertArrivedOnce(world, ids);
  });
}

test('a save that the client repeated, and that arrives once more when the run is over, undoes nothing', async () => {
  await using world = await startWorld(small);
  const ids = addYoungEvents(world, 2 * PAGE);
  const updates: UpdateItemCommand[] = [];
  const send: DynamoDb['send'] = async (command) => {
    if (command instanceof UpdateItemCommand) updates.push(command);
    return await (world.dynamodb as DynamoDb).send(command);
  };
  await world.invoke({}, { table: new Table({ send }, world.table.name) });
  const [, firstSave] = updates;
  assert.ok(firstSave && updates.length > 2);
  await world.dynamodb.send(firstSave).catch(() => undefined);
  assert.equal((await world.invoke()).caughtUp, true, 'the lease is free');
  assertArrivedOnce(world, ids);
});

test('a run that stood still until its lease lapsed sends nothing more once another run has taken over', async () => {
  await using world = await startWorld(small);
  const ids = addYoungEvents(world, 3 * PAGE);
  const page = holdPage(world, 2);
  const frozen = world.invoke({}, { clock: lateTimers(world) }, MINUTE_MS);
  frozen.catch(() => undefined);
  await page.reached;
  await pageIsSaved(world);
  world.clock.step(NOON + 2 * MINUTE_MS);
  await world.invoke();
  const bulks = world.logzio.requests.length;
  page.release();
  await assert.rejects(frozen, /another run has taken over the lease/);
  assert.equal(world.logzio.requests.length, bulks);
  assert.equal(new Set(world.shipped().map(({ id }) => id)).size, ids.length);
});

test('a run whose lease lapsed while nobody else ran takes it again, and ships on', async () => {
  await using world = await startWorld(small);
  const ids = addYoungEvents(world, 3 * PAGE);
  const page = holdPage(world, 2);
  const frozen = world.invoke({}, { clock: lateTimers(world), leaseMs: 30_000 });
  await page.reached;
  await pageIsSaved(world);
  world.clock.step(NOON + 2 * MINUTE_MS);
  page.release();
  await frozen;
  await world.invoke();
  assertArrivedOnce(world, ids);
});

test('while a page takes long, what was delivered of it is saved every ten seconds', async () => {
  const clock = new VirtualClock(NOON);
  using deadline = deadlineAfter(clock, 10 * MINUTE_MS);
  const saved: string[] = [];
  const held: HeldStream = {
    ...{ checkpoint: newCheckpoint(NOON), hourlyCounts: new Map(), quarantined: 0, delivered: [], isNew: true },
    save: async (_, added) => void saved.push(...added.map(({ fingerprint }) => fingerprint)),
  };
  const leases = { leaseMs: 10 * MINUTE_MS, leaseUntil: NOON + 10 * MINUTE_MS };
  const inFlight = new InFlight(held, { clock, ...leases, end: undefined, signals: new RunSignals(deadline) });
  const page = await inFlight.open();
  assert.ok(page);
  const deliver = async (fingerprint: string) => {
    inFlight.begin(page, async () => inFlight.record([{ fingerprint, at: NOON, dated: true }]));
    await inFlight.drain();
  };
  await deliver('one');
  assert.deepEqual(saved, []);
  clock.advance(10_000);
  await deliver('another');
  assert.deepEqual(saved, ['one', 'another']);
});

test('a run that reads several hours writes the count of each hour once, however many saves follow', async () => {
  await using world = await startWorld({ config: { jumpcloud_api: { start_date: '-6h', settings: { limit: PAGE } } } });
  world.jumpcloud.add(numbered(70).map((id, index) => loginAt(NOON - (350 - 5 * index) * MINUTE_MS, id)));
  const counted: string[] = [];
  const client: DynamoDb = world.dynamodb;
  const send: DynamoDb['send'] = async (command) => {
    if (command instanceof UpdateItemCommand && command.input.UpdateExpression?.includes('#events'))
      counted.push(JSON.stringify(command.input.Key));
    return await client.send(command);
  };
  await world.invoke({}, { table: new Table({ send }, world.table.name) });
  assert.equal(counted.length, 5);
  assert.equal(new Set(counted).size, counted.length);
});
