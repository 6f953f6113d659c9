/**
 * What must never happen to fingerprints: that a failed save, another run, a rewind or an edge
 * forgets them.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { type DynamoDb, system } from '../../lib/platform/outside.ts';
import type { HeldStream } from '../../lib/state/checkpoint.ts';
import { createDynamoDbStore, peek } from '../../lib/state/dynamodb-store.ts';
import { deleteSpent, loadChunks } from '../../lib/state/fingerprints.ts';
import { Table } from '../../lib/state/table.ts';
import { startTable, type TestTable } from '../support/dynamodb-server.ts';
import { at, events, LEASE_MS, numbersIn } from '../support/stored-stream.ts';

const NOON = Date.parse('2026-11-20T12:00:00Z');
let db: TestTable;
let stream: string;
let streams = 0;
before(async () => {
  db = await startTable();
});
after(() => db[Symbol.asyncDispose]());
beforeEach(() => {
  stream = `live#fingerprints-${++streams}`;
});

async function acquire(now = NOON): Promise<HeldStream> {
  const acquired = await createDynamoDbStore(db.table, system.random).acquire(stream, NOON, now, now + LEASE_MS);
  assert.ok('held' in acquired, 'the lease was free');
  return acquired.held;
}

function numberedFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, n) => first + n);
}

test('a chunk whose latest event lies exactly at settled is loaded: that event is not settled', async () => {
  const held = await acquire();
  // The latest is not the last.
  const delivered = [...events(0, 1, NOON + 10), ...events(1, 999, NOON + 5)];
  await held.save(at(held, NOON), delivered, NOON + LEASE_MS);
  await held.save(at(held, NOON + 10), [], 0);
  assert.equal(numbersIn((await acquire(NOON + 11)).delivered).length, 1000);
});

test('a chunk whose latest event lies exactly at settled is not spent: nothing deletes it', async () => {
  let held = await acquire();
  await held.save(at(held, NOON + 10), events(0, 1000, NOON + 10), 0);
  for (const first of [1000, 2000, 3000]) {
    held = await acquire(NOON + first);
    await held.save(at(held, NOON + 10), events(first, 1000, NOON + 20), 0);
  }
  await deleteSpent(db.table, stream, NOON + 10);
  assert.equal(numbersIn((await acquire(NOON + 9000)).delivered).length, 4000);
});

test('a chunk is spent once settled has passed its latest event, and not when it has reached it', async () => {
  const held = await acquire();
  await held.save(at(held, NOON), events(0, 1000, NOON + 10), NOON + LEASE_MS);
  const chunks = await loadChunks(db.table, stream);
  await deleteSpent(db.table, stream, NOON + 10, chunks);
  assert.deepEqual(await loadChunks(db.table, stream), chunks);
  await deleteSpent(db.table, stream, NOON + 11, chunks);
  assert.deepEqual(await loadChunks(db.table, stream), []);
});

test('a run that lost its lease takes no fingerprint from the others, and adds its own, which are true as well', async () => {
  let held = await acquire();
  await held.save(at(held, NOON), events(0, 1000, NOON + 10), NOON + LEASE_MS);
  await held.save(at(held, NOON), events(1000, 1000, NOON + 20), NOON + LEASE_MS);
  await held.save(at(held, NOON + 11), [], 0);
  const late = await acquire(NOON + 2);
  held = await acquire(NOON + 2 + LEASE_MS + 1);
  await held.save(at(held, NOON + 11), events(2000, 1000, NOON + 11), 0);
  await assert.rejects(late.save(at(late, NOON + 12), events(3000, 1000, NOON + 30), 0), { name: 'LeaseLostError' });
  const numbers = numbersIn((await acquire(NOON + 3 + 2 * LEASE_MS)).delivered);
  assert.deepEqual(numbers.sort(), numberedFrom(1000, 3000));
});

test('of a save that was interrupted after its chunk, fingerprints are known, and its hours do not count', async () => {
  const acquired = await failingStore(UpdateItemCommand, 3, false).acquire(stream, NOON, NOON, NOON + LEASE_MS);
  assert.ok('held' in acquired);
  await acquired.held.save(at(acquired.held, NOON), events(0, 1000, NOON + 10), NOON + LEASE_MS);
  const added = events(1000, 1000, NOON + 20);
  await assert.rejects(acquired.held.save(at(acquired.held, NOON + 5), added, NOON + LEASE_MS));
  const next = await acquire(NOON + LEASE_MS + 1);
  assert.deepEqual(numbersIn(next.delivered), numberedFrom(0, 2000));
  assert.deepEqual(next.checkpoint.uncounted, [{ start: NOON, end: NOON + 21 }]);
  await next.save(at(next, NOON + 5), events(2000, 1000, NOON + 30), LEASE_MS);
  const seen = await peek(db.table, stream);
  assert.deepEqual(seen?.checkpoint.uncounted, [{ start: NOON, end: NOON + 21 }], 'a save that ended counts');
  await next.save(at(next, NOON + 15), [], 0);
  assert.ok(numbersIn((await acquire(NOON + LEASE_MS + 2)).delivered).includes(1999));
});

test('a save succeeds although a spent chunk cannot be deleted after it', async () => {
  const held = await acquire();
  for (const first of [0, 1000, 2000]) await held.save(at(held, NOON), events(first, 1000, NOON + 10), 0);
  const acquired = await failingStore(DeleteItemCommand, 1, false).acquire(stream, NOON, NOON + 1, NOON + LEASE_MS);
  assert.ok('held' in acquired);
  await acquired.held.save(at(acquired.held, NOON + 11), [], 0);
  assert.equal((await peek(db.table, stream))?.checkpoint.settled, NOON + 11);
});

/** A run that is killed after its last save, before it can delete what that made spent. */
async function acquireWithoutDeletes(): Promise<HeldStream> {
  const acquired = await failingStore(DeleteItemCommand, 1, false).acquire(stream, NOON, NOON, NOON + LEASE_MS);
  assert.ok('held' in acquired);
  return acquired.held;
}

test('after a rewind, fingerprints of settled events do not come back, and those of unsettled ones are kept', async () => {
  let held = await acquireWithoutDeletes();
  await held.save(at(held, NOON), events(0, 1000, NOON + 10), NOON + LEASE_MS);
  await held.save(at(held, NOON), events(1000, 1000, NOON + 20), NOON + LEASE_MS);
  await held.save(at(held, NOON + 15), events(2000, 5, NOON + 20), 0);
  assert.equal((await loadChunks(db.table, stream)).length, 2, 'the first is spent');
  held = await acquire(NOON + 16);
  assert.deepEqual(numbersIn(held.delivered).sort(), numberedFrom(1000, 1005));
  await held.save(at(held, NOON - 100), [], 0);
  assert.deepEqual(numbersIn((await acquire(NOON + 17)).delivered), numberedFrom(1000, 1005));
});

test('after a rewind, fingerprints of a chunk that no run needed any more do not come back either', async () => {
  let held = await acquireWithoutDeletes();
  await held.save(at(held, NOON), events(0, 1000, NOON + 10), NOON + LEASE_MS);
  await held.save(at(held, NOON + 11), [], 0);
  held = await acquire(NOON + 12);
  await held.save(at(held, NOON - 100), [], 0);
  held = await acquire(NOON + 13);
  assert.deepEqual(numbersIn(held.delivered), []);
  await held.save(at(held, NOON - 100), events(1000, 1000, NOON - 50), 0);
  assert.deepEqual(numbersIn((await acquire(NOON + 14)).delivered), numberedFrom(1000, 1000));
});

test('what is spent is deleted once, after the save that made it so', async () => {
  let held = await acquire();
  await held.save(at(held, NOON), events(0, 1000, NOON + 10), LEASE_MS);
  await held.save(at(held, NOON), events(1000, 1000, NOON + 30), 0);

  const client: DynamoDb = db.dynamodb;
  const commands: string[] = [];
  const send: DynamoDb['send'] = (command) => {
    commands.push(command.constructor.name);
    return client.send(command);
  };
  const store = createDynamoDbStore(new Table({ send }, db.table.name), system.random);
  const acquired = await store.acquire(stream, NOON, NOON + 12, NOON + LEASE_MS);
  assert.ok('held' in acquired);
  held = acquired.held;
  const save = async (settled: number, added: Parameters<HeldStream['save']>[1]) => {
    commands.length = 0;
    await held.save(at(held, settled), added, NOON + LEASE_MS);
    return commands.join(' ').replaceAll('ItemCommand', '');
  };
  assert.equal(await save(NOON + 11, events(2000, 1000, NOON + 20)), 'Put Update Delete');
  assert.equal(await save(NOON + 11, []), 'Update');
  assert.equal(await save(NOON + 21, []), 'Update Delete');
  assert.equal((await loadChunks(db.table, stream)).length, 1);
});

test('512 fingerprints stay in the checkpoint item; one more, and they become a chunk', async () => {
  const held = await acquire();
  await held.save(at(held, NOON), events(0, 512, NOON + 10), NOON + LEASE_MS);
  assert.equal((await loadChunks(db.table, stream)).length, 0);
  await held.save(at(held, NOON), events(512, 1, NOON + 10), NOON + LEASE_MS);
  assert.equal((await loadChunks(db.table, stream)).length, 1);
});

/**
 * The store while the `n`th command of a kind fails: before it is applied, or when its answer is
 * lost.
 */
function failingStore(failing: new (input: never) => object, n: number, isApplied: boolean) {
  const client: DynamoDb = db.dynamodb;
  let commands = 0;
  const send: DynamoDb['send'] = async (command) => {
    const fails = command instanceof failing && ++commands === n;
    const answer = fails && !isApplied ? undefined : await client.send(command);
    if (fails || !answer) throw new Error('no answer from the table');
    return answer;
  };
  return createDynamoDbStore(new Table({ send }, db.table.name), system.random);
}

for (const [isApplied, what] of [
  [false, 'failed'],
  [true, 'was applied although its answer was lost'],
] as const) {
  for (const count of [3, 1000]) {
    test(`after a save of ${count} fingerprints that ${what}, the next save keeps them and all before them`, async () => {
      const acquired = await failingStore(UpdateItemCommand, 3, isApplied).acquire(stream, NOON, NOON, NOON + LEASE_MS);
      assert.ok('held' in acquired);
      const { held } = acquired;
      await held.save(at(held, NOON), events(0, count, NOON + 10), NOON + LEASE_MS);
      const added = events(count, count, NOON + 20);
      await assert.rejects(held.save(at(held, NOON + 15), added, NOON + LEASE_MS), /no answer from the table/);
      await held.save(at(held, NOON), added, 0);
      const next = await acquire(NOON + LEASE_MS + 1);
      assert.deepEqual([...new Set(numbersIn(next.delivered))], numberedFrom(0, 2 * count));
    });
  }
}
