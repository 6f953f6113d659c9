/**
 * DynamoDB in memory, as far as this program uses it: five commands on one table with a partition
 * and a sort key.
 *
 * `apply` is synchronous: the simulation decides when a command is applied and whether its answer
 * arrives. `test/state/dynamodb-conformance.ts` holds it to what dynalite and MiniStack do.
 */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  ProvisionedThroughputExceededException,
  PutItemCommand,
  type QueryCommand,
  ResourceNotFoundException,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDb, DynamoDbAnswer } from '../../lib/platform/outside.ts';
import { PARTITION_KEY, SORT_KEY } from '../../lib/state/table.ts';
import { type Context, checkAllUsed, conditionHolds, type Item, invalid, update } from './dynamodb-expressions.ts';

export type TableCommand = Parameters<DynamoDb['send']>[0];

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const LARGEST_ITEM_BYTES = 400 * 1024;
const LARGEST_PAGE_BYTES = 1024 * 1024;
const NESTED_OVERHEAD_BYTES = 3;

interface Partition {
  readonly items: Map<string, Item>;
  /** Sort keys in order; undefined after a key came or went. */
  order: string[] | undefined;
}

export class SimulatedDynamoDb {
  readonly #table: string;
  readonly #partitions = new Map<string, Partition>();
  /** What an eventually consistent read may still see: the item before its latest write. */
  readonly #before = new Map<string, Item | undefined>();

  constructor(table: string) {
    this.#table = table;
  }

  /** As a client's `send` without a network: applied at once, and never lost. */
  readonly send = async (command: TableCommand): Promise<DynamoDbAnswer> => this.apply(command);

  /**
   * @param isStale whether reads that are not consistent see each item as it was before its latest
   * write
   * @throws the SDK's own errors
   */
  apply(command: TableCommand, isStale = false): DynamoDbAnswer {
    // The table shares nothing with a command. Its items never change, so that answers may share
    // them.
    const input = structuredClone(command.input);
    if (input.TableName !== this.#table) throw notFound(input.TableName);
    checkAllUsed({ ...input });
    if (command instanceof GetItemCommand) return this.#get(input as GetItemCommand['input'], isStale);
    if (command instanceof PutItemCommand) return this.#put(input as PutItemCommand['input']);
    if (command instanceof UpdateItemCommand) return this.#update(input as UpdateItemCommand['input']);
    if (command instanceof DeleteItemCommand) return this.#delete(input as DeleteItemCommand['input']);
    return this.#query(input as QueryCommand['input'], isStale);
  }

  /** Every item, by partition and sort key: for a judge, who must not change them. */
  *items(): Generator<Item> {
    for (const name of [...this.#partitions.keys()].sort(byBytes)) {
      const partition = this.#partitions.get(name) as Partition;
      for (const key of sorted(partition)) yield partition.items.get(key) as Item;
    }
  }

  at(key: Item): Item | undefined {
    const [stream, sortKey] = textsOf(key);
    return this.#partitions.get(stream)?.items.get(sortKey);
  }

  /** Puts an item there; `undefined` removes what is under its key, as time to live does. */
  set(key: Item, item: Item | undefined): void {
    const [stream, sortKey] = textsOf(key);
    this.#before.set(`${stream}\n${sortKey}`, this.at(key));
    const partition = this.#partitions.get(stream) ?? { items: new Map(), order: [] };
    this.#partitions.set(stream, partition);
    if (partition.items.has(sortKey) !== (item !== undefined)) partition.order = undefined;
    if (item) partition.items.set(sortKey, item);
    else partition.items.delete(sortKey);
  }

  #get(input: GetItemCommand['input'], isStale: boolean): DynamoDbAnswer {
    const key = keyOf(input.Key);
    const item = isStale && !input.ConsistentRead ? this.#stale(key) : this.at(key);
    return item ? { Item: item } : {};
  }

  #put(input: PutItemCommand['input']): DynamoDbAnswer {
    const item = input.Item ?? {};
    const key = keyOf({ [PARTITION_KEY]: item[PARTITION_KEY], [SORT_KEY]: item[SORT_KEY] } as Item);
    this.#check(key, input);
    limitSize(item, 'Item size has exceeded the maximum allowed size');
    this.set(key, item);
    return {};
  }

  #update(input: UpdateItemCommand['input']): DynamoDbAnswer {
    const key = keyOf(input.Key);
    this.#check(key, input);
    const item = update(this.at(key) ?? key, input);
    limitSize(item, 'Item size to update has exceeded the maximum allowed size');
    this.set(key, item);
    return input.ReturnValues === 'ALL_NEW' ? { Attributes: item } : {};
  }

  #delete(input: DeleteItemCommand['input']): DynamoDbAnswer {
    const key = keyOf(input.Key);
    this.#check(key, input);
    this.set(key, undefined);
    return {};
  }

  /** Only as this program asks: a partition key, and a condition on the sort key or none. */
  #query(input: QueryCommand['input'], isStale: boolean): DynamoDbAnswer {
    const conditions = input.KeyConditionExpression ?? '';
    const equals = /^\s*(#?\w+)\s*=\s*(:\w+)/.exec(conditions);
    const [, name = '', value = ''] = equals ?? [];
    const stream = input.ExpressionAttributeValues?.[value]?.S;
    if ((input.ExpressionAttributeNames?.[name] ?? name) !== PARTITION_KEY || stream === undefined)
      throw invalid('Query condition missed key schema element');
    conditionHolds(conditions, { [SORT_KEY]: { S: '' } }, input);
    const partition = this.#partitions.get(stream) ?? { items: new Map<string, Item>(), order: [] };
    const after = input.ExclusiveStartKey && textsOf(keyOf(input.ExclusiveStartKey))[1];
    const found: Item[] = [];
    let bytes = 0;
    for (const sortKey of sorted(partition)) {
      if (after !== undefined && byBytes(sortKey, after) <= 0) continue;
      const key = { [PARTITION_KEY]: { S: stream }, [SORT_KEY]: { S: sortKey } };
      if (!conditionHolds(conditions, key, input)) continue;
      const item = isStale && !input.ConsistentRead ? this.#stale(key) : this.at(key);
      if (!item) continue;
      found.push(item);
      bytes += sizeOf(item);
      const isFull = bytes > LARGEST_PAGE_BYTES || found.length === input.Limit;
      if (isFull) return { Items: found, LastEvaluatedKey: key };
    }
    return { Items: found };
  }

  #stale(key: Item): Item | undefined {
    const name = textsOf(key).join('\n');
    return this.#before.has(name) ? this.#before.get(name) : this.at(key);
  }

  #check(key: Item, input: Context & { ConditionExpression?: string | undefined }): void {
    const { ConditionExpression: condition } = input;
    if (condition === undefined || conditionHolds(condition, this.at(key) ?? {}, input)) return;
    throw new ConditionalCheckFailedException({ ...REFUSED, message: 'The conditional request failed' });
  }
}

/** What a throttled table answers. */
export function throttled(): ProvisionedThroughputExceededException {
  return new ProvisionedThroughputExceededException({
    ...REFUSED,
    message: 'The level of configured provisioned throughput for the table was exceeded',
  });
}

const REFUSED = { $metadata: { httpStatusCode: 400 } };

function notFound(table: string | undefined): ResourceNotFoundException {
  return new ResourceNotFoundException({ ...REFUSED, message: `Requested resource not found: ${table}` });
}

function keyOf(given: Item | undefined): Item {
  const key = given ?? {};
  const isWhole = key[PARTITION_KEY]?.S && key[SORT_KEY]?.S && Object.keys(key).length === 2;
  if (!isWhole) throw invalid('The provided key element does not match the schema');
  return key;
}

function textsOf(key: Item): [stream: string, sortKey: string] {
  return [key[PARTITION_KEY]?.S ?? '', key[SORT_KEY]?.S ?? ''];
}

function sorted(partition: Partition): readonly string[] {
  partition.order ??= [...partition.items.keys()].sort(byBytes);
  return partition.order;
}

/** DynamoDB orders texts by their UTF-8. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function limitSize(item: Item, message: string): void {
  if (sizeOf(item) > LARGEST_ITEM_BYTES) throw invalid(message);
}

/**
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
function sizeOf(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueSize(value), 0);
}

function valueSize(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return Math.ceil(value.N.replace(/[-.]/g, '').length / 2) + 1;
  if (value.B !== undefined) return value.B.length;
  if (value.M) return NESTED_OVERHEAD_BYTES + Object.keys(value.M).length + sizeOf(value.M);
  return 1;
}
