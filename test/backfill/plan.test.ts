/** A plan: what it keeps in the ledger, and that the next one need not wait for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLedger } from '../../lib/backfill/ledger.ts';
import { plan } from '../../lib/backfill/plan.ts';
import { systemRandom } from '../../lib/platform/system.ts';
import { createDynamoDbStore } from '../../lib/state/dynamodb-store.ts';
import { MINUTE_MS, NOON, startWorld } from '../support/world.ts';

const HOUR_MS = 60 * MINUTE_MS;

test('a plan gives its lease back: one that reaches further back follows at once, and adds what is missing', async () => {
  await using world = await startWorld();
  const ledger = createLedger(world.table, undefined);
  const store = createDynamoDbStore(world.table, systemRandom);
  const parts = { clock: world.clock, store, ledger, count: async () => 7 };
  for (const hours of [1, 3]) {
    const range = { start: NOON - hours * HOUR_MS, end: NOON };
    assert.equal(await plan('backfill#default', range, 100, parts, HOUR_MS), 'planned');
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
