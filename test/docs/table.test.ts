/** docs/table.md, and the page of code that it is made of, name every item as it is stored. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type AttributeValue, paginateScan } from '@aws-sdk/client-dynamodb';
import { tableReference } from '../../docs/table.ts';
import { system } from '../../lib/platform/outside.ts';
import { type AttributeTypes, KINDS, type Kind } from '../../lib/state/items.ts';
import { createQuarantine } from '../../lib/state/quarantine.ts';
import { noteName } from '../../lib/state/stream-name.ts';
import { PARTITION_KEY, SORT_KEY } from '../../lib/state/table.ts';
import { numbered } from '../support/arrivals.ts';
import { loginAt, MINUTE_MS, NOON, startWorld, type World } from '../support/world.ts';

type Item = Record<string, AttributeValue>;

const LIVE = 'live#default';
const ROOT = join(import.meta.dirname, '../..');
const TYPES: Readonly<Record<keyof AttributeTypes, keyof AttributeValue>> = {
  text: 'S',
  number: 'N',
  bytes: 'B',
  boolean: 'BOOL',
  numbers: 'M',
};

/** Fails where an item is of no kind, or has an attribute that its kind does not name. */
function kindOf(item: Item): Kind {
  const sortKey = item[SORT_KEY]?.S ?? '';
  const kind: Kind | undefined = KINDS.find(({ prefix }) =>
    prefix.endsWith('#') ? sortKey.startsWith(prefix) : sortKey === prefix,
  );
  assert.ok(kind, sortKey);
  for (const [name, value] of Object.entries(item)) {
    if (name === PARTITION_KEY || name === SORT_KEY) continue;
    const attribute: Kind['attributes'][string] | undefined = kind.attributes[name];
    assert.ok(attribute, `${sortKey}: attribute ${name}`);
    assert.deepEqual(Object.keys(value), [TYPES[attribute[0]]], `${sortKey}: attribute ${name}`);
  }
  return kind;
}

async function itemsIn(world: World): Promise<Item[]> {
  const items: Item[] = [];
  const input = { TableName: world.table.name };
  for await (const page of paginateScan({ client: world.dynamodb }, input)) items.push(...(page.Items ?? []));
  return items;
}

describe('the reference of the table', () => {
  test('docs/table.md is current ("npm run docs:table" writes it anew)', () => {
    assert.equal(readFileSync(join(ROOT, 'docs/table.md'), 'utf8'), tableReference());
  });

  test('names every attribute that the program writes, with its type', async () => {
    await using world = await startWorld();
    const early = NOON - 50 * MINUTE_MS;
    const shortened = loginAt(NOON - 6 * MINUTE_MS, 'huge', { message: 'ä'.repeat(600_000) });
    world.jumpcloud.add([
      ...numbered(20).map((id, n) => loginAt(early - 60 * MINUTE_MS + n, `early-${id}`)),
      ...numbered(600).map((id, n) => loginAt(NOON - 5 * MINUTE_MS + n, id)),
      loginAt(early, 'settled'),
      shortened,
    ]);
    world.logzio.settings.onRequest = (_, n) => (n === 1 ? { kind: 'answer', status: 400 } : undefined);
    await world.invoke();
    world.logzio.settings.onRequest = undefined;
    const young = await itemsIn(world);
    world.clock.advance(20 * MINUTE_MS); // then the hour before noon is settled
    await world.invoke();
    await world.invoke({ backfill: 'plan', start_time: '-3h' });
    const { slices } = await world.invoke({ backfill: 'next', start_time: '-3h' });
    const [slice] = slices as { slice: string }[];
    world.logzio.settings.onRequest = () => ({ kind: 'answer', status: 403 });
    await world.invoke({ backfill: 'ship', slice: slice?.slice });
    await noteName(world.table, LIVE, { organization: 'org', movedTo: LIVE });
    const quarantine = createQuarantine(world.table, system.compression);
    const [head] = await quarantine.list(LIVE, 'waiting');
    assert.ok(head, 'an entry waits');
    await quarantine.claim(LIVE, head, { owner: 'a replay', until: world.clock.now() }, world.clock.now());
    const kinds = new Set([...young, ...(await itemsIn(world))].map(kindOf));
    assert.deepEqual(
      [...KINDS].filter((kind) => !kinds.has(kind)),
      [],
    );
    world.logzio.settings.onRequest = undefined;
    await world.invoke({ backfill: 'ship', slice: slice?.slice });
    for (const item of await itemsIn(world)) kindOf(item);
  });

  test('names every attribute that version 1 stored', () => {
    const { items } = JSON.parse(readFileSync(join(ROOT, 'test/versions/v1.json'), 'utf8')) as { items: Item[] };
    for (const item of items) kindOf(item);
  });
});
