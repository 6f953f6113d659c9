/** Two runs of one stream: the second ends at once, and a run that lost its lease cannot save. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { deadlineAfter } from '../../lib/platform/deadline.ts';
import { system } from '../../lib/platform/outside.ts';
import { RunSignals } from '../../lib/ship/run-signals.ts';
import { LeaseLostError } from '../../lib/state/checkpoint.ts';
import { createDynamoDbStore, peek } from '../../lib/state/dynamodb-store.ts';
import { assertArrivedOnce, numbered, repeats } from '../support/arrivals.ts';
import { killable } from '../support/killable.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { loginAt, MINUTE_MS, NOON, startWorld, type World } from '../support/world.ts';

const PAGE = 10;
const small = { config: { jumpcloud_api: { settings: { limit: PAGE } } } };

function addEvents(world: World, count: number): string[] {
  const ids = numbered(count);
  world.jumpcloud.add(ids.map((id, index) => loginAt(NOON - 30 * MINUTE_MS + index * 1000, id)));
  return ids;
}

/** Lets nothing of a run's `n`th bulk through until it is released. */
function gate(world: World, bulk: number): { reached: Promise<void>; open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    world.logzio.settings.onRequest = async (_, n) => {
      if (n !== bulk) return undefined;
      resolve();
      await opened;
      return undefined;
    };
  });
  return { reached, open };
}

/** Another run takes the lease, and ends at once. */
async function takeLease({ clock, table }: World): Promise<void> {
  const now = clock.now();
  const acquired = await createDynamoDbStore(table, system.random).acquire('live#default', NOON, now, now + MINUTE_MS);
  assert.ok('held' in acquired);
  await acquired.held.save(acquired.held, [], 0);
}

/** So long a bulk waits for its answer. */
const LONGEST_ANSWER_MS = 30_000;

test('a second run of a stream ends at once, successfully, without a request, and says until when the first holds it', async () => {
  await using world = await startWorld();
  const ids = addEvents(world, 5);
  const { reached, open } = gate(world, 1);
  const first = world.invoke();
  await reached;
  const asked = world.jumpcloud.requests.length;
  const second = await world.invoke();
  assert.match(second.message, /another run holds live#default until 2026-11-20T12:04:55\.000Z at the latest/);
  assert.equal(second.shipped, 0);
  assert.equal(second.watermark, null);
  assert.equal(world.jumpcloud.requests.length, asked);
  open();
  assert.equal((await first).shipped, 5);
  assertArrivedOnce(world, ids);
});

test('a run gives its lease back: the next one may begin the moment it ends, also when it failed', async () => {
  await using world = await startWorld();
  addEvents(world, 5);
  world.logzio.settings.onRequest = (_, n) => (n === 1 ? { kind: 'answer', status: 403 } : undefined);
  await assert.rejects(world.invoke());
  assert.equal((await world.invoke()).shipped, 5);
});

test('a frozen run that wakes up after its lease was taken over cannot save, says so, and repeats at most what it had sent', async () => {
  await using world = await startWorld(small);
  const ids = addEvents(world, 6 * PAGE);
  const { reached, open } = gate(world, 2);
  const frozen = world.invoke({}, {}, 60_000);
  frozen.catch(() => undefined);
  await reached;
  world.clock.step(NOON + 10 * MINUTE_MS);
  await takeLease(world);
  const second = await world.invoke();
  assert.equal(second.caughtUp, true);
  const before = await peek(world.table, 'live#default');
  open();
  await assert.rejects(frozen, {
    name: 'RunFailedError',
    message: /live#default: another run has taken over the lease, so this one ends/,
  });
  assert.deepEqual(await peek(world.table, 'live#default'), before, 'the frozen run changed nothing');
  assert.ok(repeats(world) <= 2 * PAGE, `${repeats(world)} repeats`);
  assert.equal(new Set(world.shipped().map(({ id }) => id)).size, ids.length);
  assert.equal((await world.invoke()).shipped, 0);
});

test('a lost lease stops the sending at once: what is in flight is given up, not waited for', async () => {
  await using world = await startWorld(small);
  addEvents(world, 6 * PAGE);
  world.logzio.settings.onRequest = (_, n) => (n === 2 ? { kind: 'hang' } : undefined);
  const frozen = world.invoke({}, { leaseMs: 30_000 }, 3_600_000);
  frozen.catch(() => undefined);
  while (world.logzio.requests.length < 2) await turn();
  world.clock.step(NOON + 10 * MINUTE_MS);
  await takeLease(world);
  await world.invoke();
  const began = performance.now();
  world.clock.advance(30_000); // the renewal finds out
  await assert.rejects(frozen, /another run has taken over the lease/);
  const tookMs = performance.now() - began;
  assert.ok(tookMs < LONGEST_ANSWER_MS / 2, `the bulk was given up after ${tookMs} ms`);
});

test('a save whose answer got lost and that the client repeated is not a lost lease', async () => {
  await using world = await startWorld(small);
  const ids = addEvents(world, 4 * PAGE);
  let updates = 0;
  world.aws.dynamoDb.settings.onRequest = ({ headers }) => {
    if (!/UpdateItem/.test(String(headers['x-amz-target']))) return undefined;
    // Every second answer is lost, the first one included: that of taking the lease.
    return ++updates % 2 === 1 ? { kind: 'reset', applied: true } : undefined;
  };
  const result = await world.invoke();
  assert.equal(result.shipped, ids.length);
  assert.ok(updates >= 8, `${updates} writes`);
  world.aws.dynamoDb.settings.onRequest = undefined;
  assert.equal((await world.invoke()).shipped, 0);
  assertArrivedOnce(world, ids);
});

test('a lease shorter than its run is renewed while the run lives', async () => {
  await using world = await startWorld();
  const ids = addEvents(world, 5);
  const { reached, open } = gate(world, 1);
  const long = world.invoke({}, { leaseMs: 30_000 });
  await reached;
  for (let second = 0; second < 120; second++) {
    world.clock.advance(1_000);
    const held = (await peek(world.table, 'live#default'))?.leaseUntil ?? 0;
    assert.ok(held > world.clock.now(), `after ${second} seconds`);
  }
  assert.match((await world.invoke()).message, /another run holds live#default until/);
  open();
  assert.equal((await long).shipped, 5);
  assertArrivedOnce(world, ids);
});

test('the lease of a run that was killed ends by itself, and its stream is taken over', async () => {
  await using world = await startWorld(small);
  const ids = addEvents(world, 3 * PAGE);
  const life = killable(world);
  life.onCommand = (command, n) => (command === 'UpdateItemCommand' && n === 2 ? 'kill' : undefined);
  void world.invoke({}, { ...life.overrides, leaseMs: 30_000 });
  await life.died;
  world.clock.advance(29_000);
  assert.match((await world.invoke()).message, /another run holds live#default until/);
  world.clock.advance(2_000);
  assert.equal((await world.invoke()).caughtUp, true);
  assert.equal(new Set(world.shipped().map(({ id }) => id)).size, ids.length);
});

test('of several failures a run names the lost lease: it matters more than what came before', () => {
  using deadline = deadlineAfter(new VirtualClock(NOON), MINUTE_MS);
  const signals = new RunSignals(deadline);
  const lost = new LeaseLostError('live#default');
  for (const error of [new Error('a bulk failed'), lost, new Error('another one')]) signals.fail(error);
  assert.equal(signals.failure, lost);
});
