/**
 * Checkpoints as every version so far stored them (`test/versions`) are read; those of a newer
 * program are refused.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type AttributeValue, PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { system } from '../../lib/platform/outside.ts';
import { CHECKPOINT_VERSION } from '../../lib/state/checkpoint.ts';
import { createDynamoDbStore } from '../../lib/state/dynamodb-store.ts';
import { FINGERPRINT_BYTES } from '../../lib/state/fingerprints.ts';
import { readHourlyCounts } from '../../lib/state/hourly-counts.ts';
import { loginAt, MINUTE_MS, NOON, startWorld, TABLE, type World } from '../support/world.ts';

const LIVE = 'live#default';
type Item = Record<string, AttributeValue>;

/** Items as DynamoDB's JSON writes them: bytes in base64. */
function sample(version: number): Item[] {
  const file = join(import.meta.dirname, '../versions', `v${version}.json`);
  const { items } = JSON.parse(readFileSync(file, 'utf8')) as { items: Record<string, Record<string, string>>[] };
  return items.map((item) =>
    Object.fromEntries(
      Object.entries(item).map(([name, value]) => [
        name,
        'B' in value ? { B: Buffer.from(value.B ?? '', 'base64') } : (value as unknown as AttributeValue),
      ]),
    ),
  );
}

async function store(world: World, items: Item[]): Promise<void> {
  for (const Item of items) await world.dynamodb.send(new PutItemCommand({ TableName: TABLE, Item }));
}

async function everything(world: World): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of paginateScan({ client: world.dynamodb }, { TableName: TABLE }))
    items.push(...(page.Items ?? []));
  return items;
}

for (const version of [1, 2]) {
  test(`version ${version} is read whole: checkpoint, fingerprints, hourly counts, and what waits in quarantine`, async () => {
    await using world = await startWorld();
    await store(world, sample(version));
    const acquired = await createDynamoDbStore(world.table, system.random).acquire(LIVE, NOON, NOON, NOON + 1);
    assert.ok('held' in acquired);
    const { checkpoint, delivered, hourlyCounts, quarantined, isNew } = acquired.held;
    assert.deepEqual(checkpoint, {
      began: Date.parse('2026-11-20T08:00:00Z'),
      settled: Date.parse('2026-11-20T11:45:00Z'),
      watermark: Date.parse('2026-11-20T11:59:30Z'),
      // What version 1 delivered and did not settle is shipped, and counted, again.
      uncounted:
        version === 1 ? [{ start: Date.parse('2026-11-20T11:45:00Z'), end: Date.parse('2026-11-20T11:59:30Z') }] : [],
      countedFrom: Date.parse('2026-11-20T08:00:00Z'),
      countedFor: '0123456789abcdef',
      countedBefore: [],
    });
    const bytes = Buffer.concat(delivered.map(({ fingerprints }) => fingerprints));
    const numbers = Array.from(
      { length: bytes.length / FINGERPRINT_BYTES },
      (_, n) => bytes[n * FINGERPRINT_BYTES + 15],
    );
    assert.deepEqual(numbers, [1, 2, 3, 4]);
    assert.deepEqual([...hourlyCounts], [[Date.parse('2026-11-20T11:00:00Z'), 17]]);
    assert.equal(quarantined, 1);
    assert.equal(isNew, false);
    const ten = Date.parse('2026-11-20T10:00:00Z');
    assert.deepEqual([...(await readHourlyCounts(world.table, LIVE, ten, ten + 3_600_000))], [[ten, 12]]);
  });

  test(`a run goes on from version ${version}, and the next one from what it saved`, async () => {
    await using world = await startWorld();
    await store(world, sample(version));
    world.jumpcloud.add([loginAt(NOON - 20 * MINUTE_MS, 'settled'), loginAt(NOON - 10 * MINUTE_MS, 'open')]);
    assert.equal((await world.invoke()).shipped, 1);
    assert.equal((await world.invoke()).shipped, 0);
    assert.equal(world.shipped()[0]?.id, 'open');
  });
}

test('a checkpoint of a newer program is refused with what to do, and nothing is changed', async () => {
  await using world = await startWorld();
  const newer = sample(CHECKPOINT_VERSION).map((item) =>
    item.version ? { ...item, version: { N: String(CHECKPOINT_VERSION + 1) }, invented: { S: 'later' } } : item,
  );
  await store(world, newer);
  const before = await everything(world);
  world.jumpcloud.add([loginAt(NOON - 10 * MINUTE_MS, 'a')]);
  for (const input of [{}, { rewind_to: '-30m' }]) {
    await assert.rejects(
      world.invoke(input),
      /stream live#default: its checkpoint has version 3, this program knows versions up to 2: deploy the newer program again. Nothing was changed/,
    );
  }
  assert.deepEqual(await everything(world), before);
  assert.equal(world.logzio.requests.length, 0);
});
