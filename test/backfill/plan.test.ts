/** A plan: what it keeps in the ledger, and that the next one need not wait for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLedger } from '../../lib/backfill/ledger.ts';
import { plan } from '../../lib/backfill/plan.ts';
import { systemRandom } from '../../lib/platform/system.ts';
import type { TimeRange } from '../../lib/platform/time.ts';
import { createDynamoDbStore } from '../../lib/state/dynamodb-store.ts';
import { memoryTable } from '../support/memory-table.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { MINUTE_MS, NOON, startWorld } from '../support/world.ts';

const HOUR_MS = 60 * MINUTE_MS;

test('a plan gives its lease back: one that reaches further back follows at once, and adds what is missing', async () => {
  await using world = await startWorld();
  const ledger = createLedger(world.table, undefined);
  const store = createDynamoDbStore(world.table, systemRandom);
  const parts = { clock: world.clock, store, ledger, count: async () => 7 };
  for (const hours of [1, 3]) {
    const range = { start: NOON - hours * HOUR_MS, end: NOON };
    assert.equal(await plan('backfill#default', range, 100, { ...parts, leaseMs: HOUR_MS }), 'planned');
  }
  const slices = await ledger.list({ start: 0, end: NOON });
  assert.deepEqual(
    slices.map(({ start, end }) => [start, end]),
    [
      [NOON - 3 * HOUR_MS, NOON - HOUR_MS],
      [NOON - HOUR_MS, NOON],
    ],
  );
});

const LEDGER = 'backfill#default';
const RANGE = { start: NOON - 4 * HOUR_MS, end: NOON };

/** @param perHour what JumpCloud counts, evenly */
function start(perHour: number, tookMs = 0) {
  const clock = new VirtualClock(NOON);
  const { table } = memoryTable();
  const ledger = createLedger(table, undefined);
  const store = createDynamoDbStore(table, systemRandom);
  let counts = 0;
  const count = async ({ start, end }: TimeRange) => {
    counts++;
    clock.advance(tookMs);
    return Math.round((perHour * (end - start)) / HOUR_MS);
  };
  const planned = (range: TimeRange, eventsPerSlice: number, leaseMs = HOUR_MS) =>
    plan(LEDGER, range, eventsPerSlice, { clock, store, ledger, count, leaseMs });
  const hours = async () =>
    (await ledger.list({ start: 0, end: NOON })).map((slice) =>
      [slice.start, slice.end].map((at) => (at - NOON) / HOUR_MS),
    );
  return { clock, store, planned, hours, counts: () => counts };
}

test('a plan cuts a range into slices of the size that was asked for, and a second one has nothing to do', async () => {
  const { planned, hours, counts, store } = start(100);
  assert.equal(await planned(RANGE, 100), 'planned');
  assert.deepEqual(await hours(), [
    [-4, -3],
    [-3, -2],
    [-2, -1],
    [-1, 0],
  ]);
  const before = counts();
  await store.acquire(LEDGER, NOON, NOON, NOON + HOUR_MS);
  assert.equal(await planned(RANGE, 100), 'planned', 'without a lease');
  assert.equal(counts(), before);
});

test('an empty range has nothing to plan', async () => {
  for (const end of [RANGE.start, RANGE.start - 1]) {
    const { planned, hours, counts } = start(100);
    assert.equal(await planned({ start: RANGE.start, end }, 100), 'planned');
    assert.deepEqual([await hours(), counts()], [[], 0]);
  }
});

test('slices grow beyond the size that was asked for rather than be more than two thousand', async () => {
  const { planned, hours } = start(1_000_000);
  await planned(RANGE, 10);
  const { length } = await hours();
  assert.ok(length > 1000 && length <= 3000, `${length}`);
});

test('while another plan is made, this one says until when; it keeps what it cut until its lease ended', async () => {
  const held = start(100);
  await held.store.acquire(LEDGER, NOON, NOON, NOON + 5);
  assert.deepEqual(await held.planned(RANGE, 100), { heldUntil: NOON + 5 });
  const slow = start(100, 10_000);
  assert.deepEqual(await slow.planned(RANGE, 100, 40_000), { heldUntil: NOON + 40_000 });
  assert.deepEqual(await slow.hours(), [[-4, -3]]);
  slow.clock.advance(1);
  assert.equal(await slow.planned(RANGE, 100), 'planned');
  const hours = await slow.hours();
  assert.deepEqual([hours[0], hours.at(-1)?.[1]], [[-4, -3], 0]);
});
