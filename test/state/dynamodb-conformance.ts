/** What the program takes DynamoDB to do. Every implementation it is tested on must do the same. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import {
  type AttributeValue,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
  type UpdateItemCommandOutput,
} from '@aws-sdk/client-dynamodb';

type Item = Record<string, AttributeValue>;

export interface TestedTable {
  readonly send: (command: never) => Promise<object>;
  readonly table: string;
  close(): Promise<void>;
}

const REFUSED = { name: 'ConditionalCheckFailedException' };
const INVALID = { name: 'ValidationException' };
const LARGEST_ITEM_BYTES = 400 * 1024;
/** Names and values of an item's key. */
const KEY_BYTES = 100;

/** @param open a table with the program's keys */
export function testConformance(implementation: string, open: () => Promise<TestedTable>): void {
  describe(implementation, () => {
    let tested: TestedTable;
    let stream: string;
    let streams = 0;
    before(async () => {
      tested = await open();
    });
    after(() => tested.close());
    beforeEach(() => {
      stream = `live#${++streams}`;
    });

    const send = <Output>(command: object) => tested.send(command as never) as Promise<Output>;
    const keyOf = (item: string): Item => ({ stream: { S: stream }, item: { S: item } });
    const put = (item: string, attributes: Item, more: Partial<PutItemCommandInput> = {}) =>
      send(new PutItemCommand({ TableName: tested.table, Item: { ...keyOf(item), ...attributes }, ...more }));
    const update = (item: string, UpdateExpression: string, more: Partial<UpdateItemCommandInput> = {}) =>
      send<UpdateItemCommandOutput>(
        new UpdateItemCommand({ TableName: tested.table, Key: keyOf(item), UpdateExpression, ...more }),
      );
    const get = async (item: string): Promise<Item | undefined> => {
      const input = { TableName: tested.table, Key: keyOf(item), ConsistentRead: true };
      return (await send<{ Item?: Item }>(new GetItemCommand(input))).Item;
    };
    const query = (condition: string, values: Item, more: Partial<QueryCommandInput> = {}) =>
      send<QueryCommandOutput>(
        new QueryCommand({
          TableName: tested.table,
          ConsistentRead: true,
          KeyConditionExpression: `#stream = :stream AND ${condition}`,
          ExpressionAttributeNames: { '#stream': 'stream', '#item': 'item' },
          ExpressionAttributeValues: { ':stream': { S: stream }, ...values },
          ...more,
        }),
      );
    const keysIn = ({ Items = [] }: QueryCommandOutput) => Items.map((item) => item.item?.S);

    test('returns what was put, and nothing for a key that was never written', async () => {
      const attributes: Item = {
        text: { S: 'ä€😀' },
        empty: { S: '' },
        whole: { N: '1795175100000' },
        negative: { N: '-1' },
        fraction: { N: '0.5' },
        bytes: { B: Uint8Array.from([0, 1, 127, 128, 255]) },
        noBytes: { B: new Uint8Array() },
        yes: { BOOL: true },
        map: { M: { '1795172400000': { N: '17' } } },
        emptyMap: { M: {} },
      };
      await put('a', attributes);
      assert.deepEqual(plain(await get('a')), plain({ ...keyOf('a'), ...attributes }));
      assert.equal(await get('b'), undefined);
    });

    test('puts the whole item anew: what the older one had is gone', async () => {
      await put('a', { old: { N: '1' } });
      await put('a', { young: { N: '2' } });
      assert.deepEqual(await get('a'), { ...keyOf('a'), young: { N: '2' } });
    });

    test('refuses a put whose condition does not hold, and leaves the item as it was', async () => {
      const onlyNew = { ConditionExpression: 'attribute_not_exists(#item)', ExpressionAttributeNames: NAME_OF_ITEM };
      await put('a', { x: { N: '1' } }, onlyNew);
      await assert.rejects(put('a', { x: { N: '2' } }, onlyNew), REFUSED);
      assert.deepEqual((await get('a'))?.x, { N: '1' });
    });

    test('holds a comparison with an attribute that is not there for wrong, whichever it is', async () => {
      await put('a', { x: { N: '1' } });
      for (const operator of ['<', '<=', '>', '>=', '=']) {
        await assert.rejects(
          update('a', 'SET x = :v', { ConditionExpression: `y ${operator} :v`, ExpressionAttributeValues: value(5) }),
          REFUSED,
          operator,
        );
      }
    });

    test('compares numbers as numbers, texts by their bytes, and never one with the other', async () => {
      await put('a', { amount: { N: '10' }, letter: { S: 'b' } });
      const holds = async (condition: string, v: AttributeValue) => {
        const more = { ConditionExpression: condition, ExpressionAttributeValues: { ':v': v } };
        return await update('a', 'SET seen = :v', more).then(
          () => true,
          (error) => (error.name === REFUSED.name ? false : Promise.reject(error)),
        );
      };
      assert.equal(await holds('amount > :v', { N: '9' }), true);
      assert.equal(await holds('amount = :v', { N: '10.0' }), true);
      assert.equal(await holds('amount < :v', { N: '10' }), false);
      assert.equal(await holds('amount <= :v', { N: '10' }), true);
      assert.equal(await holds('amount = :v', { S: '10' }), false);
      assert.equal(await holds('letter < :v', { S: 'ä' }), true);
      assert.equal(await holds('letter > :v', { S: 'B' }), true);
    });

    test('reads OR, AND and brackets as they are read everywhere', async () => {
      await put('a', { x: { N: '1' }, y: { N: '2' } });
      const condition = '(attribute_not_exists(x) OR x < :v OR y = :two) AND (attribute_not_exists(z) OR z <= :v)';
      const more = {
        ConditionExpression: condition,
        ExpressionAttributeValues: { ':v': { N: '1' }, ':two': { N: '2' } },
      };
      await update('a', 'SET seen = :v', more);
      await put('a', { x: { N: '1' }, y: { N: '2' }, z: { N: '2' } });
      await assert.rejects(update('a', 'SET seen = :v', more), REFUSED);
    });

    test('makes the item where an update finds none, if its condition lets it', async () => {
      await assert.rejects(
        update('a', 'SET x = :v', {
          ConditionExpression: 'attribute_exists(#item)',
          ExpressionAttributeNames: NAME_OF_ITEM,
          ExpressionAttributeValues: value(1),
        }),
        REFUSED,
      );
      assert.equal(await get('a'), undefined);
      await update('a', 'SET x = :v', { ExpressionAttributeValues: value(1) });
      assert.deepEqual(await get('a'), { ...keyOf('a'), x: { N: '1' } });
    });

    test('counts with if_not_exists, and keeps what is there', async () => {
      const more = { ExpressionAttributeValues: { ...value(5), ':zero': { N: '0' }, ':one': { N: '1' } } };
      const expression = 'SET began = if_not_exists(began, :v), runs = if_not_exists(runs, :zero) + :one';
      await update('a', expression, more);
      await update('a', expression, {
        ExpressionAttributeValues: { ...more.ExpressionAttributeValues, ':v': { N: '7' } },
      });
      assert.deepEqual(await get('a'), { ...keyOf('a'), began: { N: '5' }, runs: { N: '2' } });
    });

    test('returns all of the new item when it is asked for it, and else nothing', async () => {
      await put('a', { x: { N: '1' }, y: { N: '2' } });
      const values = { ExpressionAttributeValues: value(3) };
      const all = await update('a', 'SET x = :v', { ...values, ReturnValues: 'ALL_NEW' });
      assert.deepEqual(all.Attributes, { ...keyOf('a'), x: { N: '3' }, y: { N: '2' } });
      assert.equal((await update('a', 'SET x = :v', values)).Attributes, undefined);
    });

    test('lets every assignment see the item as it was before, and removes in the same step', async () => {
      await put('a', { taken: { N: '1' }, events: { N: '9' }, gone: { S: 'x' }, alsoGone: { S: 'y' } });
      await update('a', 'SET takenBefore = taken, taken = events REMOVE gone, alsoGone, neverThere');
      const { taken, takenBefore, ...rest } = (await get('a')) ?? {};
      assert.deepEqual([taken, takenBefore], [{ N: '9' }, { N: '1' }]);
      assert.deepEqual(rest, { ...keyOf('a'), events: { N: '9' } });
    });

    test('calls an assignment from an attribute that is not there invalid', async () => {
      await put('a', { x: { N: '1' } });
      await assert.rejects(update('a', 'SET x = absent'), INVALID);
    });

    test('calls names and values that are not given, or given and not used, invalid', async () => {
      await assert.rejects(update('a', 'SET x = :v'), INVALID);
      await assert.rejects(update('a', 'SET #x = :v', { ExpressionAttributeValues: value(1) }), INVALID);
      const unused = { ...value(1), ':w': { N: '1' } };
      await assert.rejects(update('a', 'SET x = :v', { ExpressionAttributeValues: unused }), INVALID);
      const more = { ExpressionAttributeValues: value(1), ExpressionAttributeNames: { '#unused': 'x' } };
      await assert.rejects(update('a', 'SET x = :v', more), INVALID);
    });

    test('deletes what its condition allows; what is not there is deleted already', async () => {
      const remove = (more: object = {}) =>
        send(new DeleteItemCommand({ TableName: tested.table, Key: keyOf('a'), ...more }));
      await put('a', { until: { N: '5' } });
      const spent = (v: number) => ({
        ConditionExpression: '#until < :v',
        ExpressionAttributeNames: { '#until': 'until' },
        ExpressionAttributeValues: value(v),
      });
      await assert.rejects(remove(spent(5)), REFUSED);
      assert.ok(await get('a'));
      await remove(spent(6));
      assert.equal(await get('a'), undefined);
      await assert.rejects(remove(spent(6)), REFUSED);
      await remove();
    });

    test('finds the items whose sort key begins so, in the order of their bytes, and none of another stream', async () => {
      for (const item of ['slice#2', 'slice#10', 'slice#Z', 'slice#a', 'slice#ä', 'slice', 'slicf#1'])
        await put(item, {});
      const own = stream;
      stream = `${stream}x`;
      await put('slice#other', {});
      stream = own;
      const found = await query('begins_with(#item, :prefix)', { ':prefix': { S: 'slice#' } });
      assert.deepEqual(keysIn(found), ['slice#10', 'slice#2', 'slice#Z', 'slice#a', 'slice#ä']);
      assert.equal(found.LastEvaluatedKey, undefined);
    });

    test('finds the items between two sort keys, both of them included', async () => {
      for (const item of ['a', 'b', 'c', 'd', 'e']) await put(item, {});
      const found = await query('#item BETWEEN :from AND :to', { ':from': { S: 'b' }, ':to': { S: 'd' } });
      assert.deepEqual(keysIn(found), ['b', 'c', 'd']);
      const none = await query('#item BETWEEN :from AND :to', { ':from': { S: 'x' }, ':to': { S: 'y' } });
      assert.deepEqual(none.Items, []);
    });

    test('calls a range that ends before it begins invalid', async () => {
      const upsideDown = { ':from': { S: 'y' }, ':to': { S: 'x' } };
      await assert.rejects(query('#item BETWEEN :from AND :to', upsideDown), INVALID);
    });

    test('goes on behind the last key it returned, page by page, to the end', async () => {
      for (const item of ['s#1', 's#2', 's#3', 's#4', 's#5']) await put(item, {});
      const prefix = { ':prefix': { S: 's#' } };
      const pages: unknown[] = [];
      let last: Item | undefined;
      do {
        const more = { Limit: 2, ...(last && { ExclusiveStartKey: last }) };
        const page = await query('begins_with(#item, :prefix)', prefix, more);
        pages.push(keysIn(page));
        last = page.LastEvaluatedKey;
      } while (last);
      assert.deepEqual(pages, [['s#1', 's#2'], ['s#3', 's#4'], ['s#5']]);
    });

    test('cuts a page at 1 MB', async () => {
      const body = { B: new Uint8Array(300 * 1024) };
      for (const item of ['s#1', 's#2', 's#3', 's#4', 's#5']) await put(item, { body });
      const prefix = { ':prefix': { S: 's#' } };
      const first = await query('begins_with(#item, :prefix)', prefix);
      assert.ok(first.LastEvaluatedKey);
      const count = first.Items?.length ?? 0;
      assert.ok(count === 3 || count === 4, `${count} items`);
      const rest = await query('begins_with(#item, :prefix)', prefix, { ExclusiveStartKey: first.LastEvaluatedKey });
      assert.deepEqual([...keysIn(first), ...keysIn(rest)], ['s#1', 's#2', 's#3', 's#4', 's#5']);
    });

    test('takes an item of almost 400 KB, and refuses a larger one, also where an update makes it so', async () => {
      const bytes = (length: number) => ({ body: { B: new Uint8Array(length) } });
      await put('a', bytes(LARGEST_ITEM_BYTES - KEY_BYTES));
      assert.equal((await get('a'))?.body?.B?.length, LARGEST_ITEM_BYTES - KEY_BYTES);
      await assert.rejects(put('b', bytes(LARGEST_ITEM_BYTES + 1)), INVALID);
      assert.equal(await get('b'), undefined);
      const more = { ExpressionAttributeValues: { ':v': { S: 'x'.repeat(KEY_BYTES) } } };
      await assert.rejects(update('a', 'SET more = :v', more), INVALID);
      assert.equal((await get('a'))?.more, undefined);
    });

    test('knows no table of another name', async () => {
      const input = { TableName: 'another-table', Key: keyOf('a') };
      await assert.rejects(send(new GetItemCommand(input)), { name: 'ResourceNotFoundException' });
    });
  });
}

const NAME_OF_ITEM = { '#item': 'item' };

function value(v: number): Item {
  return { ':v': { N: String(v) } };
}

/** With bytes as a list: they come back as one kind of array or another. */
function plain(item: Item | undefined): unknown {
  const entries = Object.entries(item ?? {}).map(([name, { B, ...rest }]) => [name, B ? { B: [...B] } : rest]);
  return Object.fromEntries(entries);
}
