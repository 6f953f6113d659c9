/**
 * The conditions of the store, against dynalite, or against the DynamoDB that `DYNAMODB_ENDPOINT`
 * names: two implementations must agree.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { GetItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb';
import { system } from '../../lib/platform/outside.ts';
import type { HeldStream } from '../../lib/state/checkpoint.ts';
import { createDynamoDbStore, peek } from '../../lib/state/dynamodb-store.ts';
import { FINGERPRINT_BYTES } from '../../lib/state/fingerprints.ts';
import { readHourlyCounts } from '../../lib/state/hourly-counts.ts';
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
  stream = `live#test-${++streams}`;
});

const store = () => createDynamoDbStore(db.table, system.random);

async function acquire(now = NOON): Promise<HeldStream> {
  const acquired = await store().acquire(stream, NOON, now, now + LEASE_MS);
  assert.ok('held' in acquired, 'the lease was free');
  return acquired.held;
}

async function itemsOf(prefix: string): Promise<string[]> {
  const pages = paginateQuery(
    { client: db.dynamodb },
    {
      TableName: db.table.name,
      ConsistentRead: true,
      KeyConditionExpression: '#s = :s AND begins_with(#i, :p)',
      ExpressionAttributeNames: { '#s': 'stream', '#i': 'item' },
      ExpressionAttributeValues: { ':s': { S: stream }, ':p': { S: prefix } },
      ProjectionExpression: '#i',
    },
  );
  const items: string[] = [];
  for await (const page of pages) items.push(...(page.Items ?? []).map((item) => item.item?.S ?? ''));
  return items;
}

test('a new stream is saved in the very step that takes its lease', async () => {
  const held = await acquire();
  assert.equal(held.isNew, true);
  const seen = await peek(db.table, stream);
  assert.deepEqual(seen?.checkpoint, {
    began: NOON,
    settled: NOON,
    watermark: NOON,
    countedFrom: NOON,
    countedFor: '',
    countedBefore: [],
    uncounted: [],
  });
  assert.equal(seen?.leaseUntil, NOON + LEASE_MS);
});

test('a stream that never ran is not made by looking at it', async () => {
  assert.equal(await peek(db.table, stream), undefined);
  assert.deepEqual(await itemsOf('c'), []);
});

test('a lease that is held is refused, up to and including the millisecond in which it ends', async () => {
  await acquire();
  for (const now of [NOON, NOON + LEASE_MS - 1, NOON + LEASE_MS]) {
    assert.deepEqual(await store().acquire(stream, NOON, now, now + 1), { heldUntil: NOON + LEASE_MS });
  }
  assert.equal((await acquire(NOON + LEASE_MS + 1)).isNew, false);
});

test('an expired lease is taken over, with everything that was saved', async () => {
  const first = await acquire();
  await first.save(at(first, NOON + 5), events(1, 3, NOON + 5), NOON + 10);
  const second = await acquire(NOON + 11);
  assert.equal(second.checkpoint.settled, NOON + 5);
  assert.equal(second.checkpoint.began, NOON);
  assert.deepEqual(numbersIn(second.delivered), [1, 2, 3]);
});

test('a run that lost its lease cannot save, and what the new owner saved stays', async () => {
  const first = await acquire();
  const second = await acquire(NOON + LEASE_MS + 1);
  await second.save(at(second, NOON + 100), [], NOON + 2 * LEASE_MS);
  await assert.rejects(first.save(at(first, NOON + 999), events(1, 2000, NOON + 999), 0), {
    name: 'LeaseLostError',
    message: new RegExp(`stream ${stream}: another run has taken over the lease`),
  });
  const seen = await peek(db.table, stream);
  assert.equal(seen?.checkpoint.settled, NOON + 100);
  assert.equal(seen?.leaseUntil, NOON + 2 * LEASE_MS);
});

test('a lease that has expired unchallenged still saves: nobody else was there', async () => {
  const held = await acquire();
  await held.save(at(held, NOON + 7), [], 0);
  assert.equal((await peek(db.table, stream))?.checkpoint.settled, NOON + 7);
});

test('the same save twice is the same as once: a client may repeat it', async () => {
  const held = await acquire();
  await held.save(at(held, NOON + 7), events(1, 5, NOON + 8), NOON + LEASE_MS);
  await held.save(at(held, NOON + 7), events(1, 5, NOON + 8), NOON + LEASE_MS);
  const next = await acquire(NOON + LEASE_MS + 1);
  assert.deepEqual([...new Set(numbersIn(next.delivered))], [1, 2, 3, 4, 5]);
});

test('the counts of settled hours get items of their own, those of open hours stay, and the larger number wins', async () => {
  const hour = 3_600_000;
  const held = await acquire();
  const hourlyCounts = new Map([
    [NOON, 10],
    [NOON + hour, 20],
  ]);
  await held.save({ ...at(held, NOON + hour), hourlyCounts }, [], 0);
  const next = await acquire(NOON + 2 * hour);
  assert.deepEqual([...next.hourlyCounts], [[NOON + hour, 20]]);
  await next.save({ ...at(next, NOON + hour), hourlyCounts: new Map([[NOON, 4]]) }, [], 0);
  assert.deepEqual([...(await readHourlyCounts(db.table, stream, NOON, NOON + hour))], [[NOON, 10]]);
});

test('a quiet stream costs two requests a run, and few bytes', async () => {
  const first = await acquire();
  await first.save(at(first, NOON), events(1, 100, NOON), 0);
  db.spent();
  const held = await acquire(NOON + 1);
  await held.save(at(held, NOON), [], 0);
  const { requests, bytes } = db.spent();
  assert.equal(requests, 2);
  assert.ok(bytes < 10_000, `${bytes} bytes`);
});

test('fingerprints that settled has passed are let go, and not before', async () => {
  let held = await acquire();
  await held.save(at(held, NOON), events(0, 1000, NOON + 10), NOON + LEASE_MS);
  await held.save(at(held, NOON), events(1000, 1000, NOON + 20), NOON + LEASE_MS);
  assert.equal((await itemsOf('delivered#')).length, 2);
  await held.save(at(held, NOON + 10), [], NOON + LEASE_MS);
  assert.equal((await itemsOf('delivered#')).length, 2, 'settled has reached them, not passed them');
  await held.save(at(held, NOON + 11), [], 0);
  held = await acquire(NOON + 12);
  assert.deepEqual(numbersIn(held.delivered).length, 1000);
  await held.save(at(held, NOON + 21), [], 0);
  assert.deepEqual(await itemsOf('delivered#'), []);
  assert.deepEqual(numbersIn((await acquire(NOON + 22)).delivered), []);
});

test('no fingerprint expires by the clock: a stream that stood still needs them all', async () => {
  const held = await acquire();
  await held.save(at(held, NOON), events(0, 1000, NOON + 10), 0);
  const [item = ''] = await itemsOf('delivered#');
  const key = { stream: { S: stream }, item: { S: item } };
  const { Item } = await db.dynamodb.send(new GetItemCommand({ TableName: db.table.name, Key: key }));
  assert.deepEqual(Object.keys(Item ?? {}).sort(), ['fingerprints', 'item', 'save', 'stream', 'until']);
});

test('a million fingerprints: none lost, none twice, no item too large, and a save costs what is new in it', async () => {
  const million = 1_000_000;
  const held = await acquire();
  await held.save(at(held, NOON), events(0, million, NOON + 10), NOON + LEASE_MS);
  db.spent();
  await held.save(at(held, NOON), events(million, 10, NOON + 10), NOON + LEASE_MS);
  const small = db.spent();
  await held.save(at(held, NOON), events(million + 10, 10_000, NOON + 10), NOON + LEASE_MS);
  const large = db.spent();
  assert.equal(small.requests, 1);
  assert.ok(small.bytes < 10_000, `${small.bytes} bytes for 10 events`);
  assert.ok(large.requests <= 3, `${large.requests} requests for 10,000 events`);
  assert.ok(large.bytes < 10_000 * FINGERPRINT_BYTES * 1.5, `${large.bytes} bytes for 10,000 events`);

  const next = await acquire(NOON + LEASE_MS + 1);
  const numbers = numbersIn(next.delivered);
  assert.equal(numbers.length, million + 10_010);
  assert.ok(numbers.every((number, index) => number === index));
  await next.save(at(next, NOON + 11), [], 0);
  assert.equal((await itemsOf('delivered#')).length, 0);
});
