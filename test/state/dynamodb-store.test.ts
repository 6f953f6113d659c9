/** What can be read of a stream without its lease, and what happens to its name and its end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { system } from '../../lib/platform/outside.ts';
import { checkpointKey } from '../../lib/state/checkpoint-item.ts';
import { createDynamoDbStore, letExpire, peek, readMarks } from '../../lib/state/dynamodb-store.ts';
import { memoryTable } from '../support/memory-table.ts';
import { at, events, LEASE_MS, numbersIn } from '../support/stored-stream.ts';

const NOON = Date.parse('2026-11-20T12:00:00Z');
const STREAM = 'live#default';

test('a stream that never ran shows nothing, and is not made by looking', async () => {
  const { table } = memoryTable();
  assert.deepEqual([await peek(table, STREAM), await readMarks(table, STREAM)], [undefined, undefined]);
  assert.equal(await table.get(checkpointKey(STREAM)), undefined);
});

test('a stream shows its state, its lease, and when a run of the schedule last took it', async () => {
  const { table } = memoryTable();
  const acquired = await createDynamoDbStore(table, system.random, true).acquire(
    STREAM,
    NOON - 9,
    NOON,
    NOON + LEASE_MS,
  );
  assert.ok('held' in acquired);
  const { held } = acquired;
  await held.save(
    { ...at(held, NOON), quarantined: 3, hourlyCounts: new Map([[NOON, 4]]) },
    events(1, 2, NOON),
    NOON + 7,
  );
  const seen = await peek(table, STREAM);
  assert.ok(seen);
  const { checkpoint, quarantined, leaseUntil, scheduledAt, hourlyCounts, delivered } = seen;
  assert.deepEqual(
    { settled: checkpoint.settled, quarantined, leaseUntil, scheduledAt },
    {
      ...{ settled: NOON, quarantined: 3, leaseUntil: NOON + 7, scheduledAt: NOON },
    },
  );
  assert.deepEqual([[...hourlyCounts], numbersIn(delivered)], [[[NOON, 4]], [1, 2]]);
  const { began, settled, watermark } = (await readMarks(table, STREAM)) ?? assert.fail();
  assert.deepEqual({ began, settled, watermark }, { began: NOON - 9, settled: NOON, watermark: NOON });
});

test('a run that a person asks for does not count as one of the schedule', async () => {
  const { table } = memoryTable();
  await createDynamoDbStore(table, system.random).acquire(STREAM, NOON, NOON, NOON + LEASE_MS);
  assert.equal((await peek(table, STREAM))?.scheduledAt, 0);
});

test('a lease that is held is refused until it ends', async () => {
  const { table } = memoryTable();
  const acquire = (now: number) => createDynamoDbStore(table, system.random).acquire(STREAM, NOON, now, now + LEASE_MS);
  await acquire(NOON);
  assert.deepEqual(await acquire(NOON + 1), { heldUntil: NOON + LEASE_MS });
  assert.deepEqual(await acquire(NOON + LEASE_MS), { heldUntil: NOON + LEASE_MS });
  assert.ok('held' in (await acquire(NOON + LEASE_MS + 1)));
});

test('a stream of a newer program is refused with what to do', async () => {
  const { table } = memoryTable();
  await table.put(checkpointKey(STREAM), { version: 99, leaseUntil: 0 });
  const acquired = createDynamoDbStore(table, system.random).acquire(STREAM, NOON, NOON, NOON + LEASE_MS);
  await assert.rejects(acquired, { name: 'CheckpointVersionError', message: /version 99/ });
});

test('a finished stream expires when it is told to, and keeps all that it holds until then', async () => {
  const { table } = memoryTable();
  await createDynamoDbStore(table, system.random).acquire(STREAM, NOON, NOON, NOON + LEASE_MS);
  await letExpire(table, STREAM, NOON + 5500);
  const item = await table.get(checkpointKey(STREAM));
  assert.deepEqual([item?.expires, item?.settled], [NOON / 1000 + 5, NOON]);
});
