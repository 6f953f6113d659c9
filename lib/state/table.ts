/** The one DynamoDB table, bound once: its keys, its client, the five commands in use. */

import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDb, DynamoDbAnswer } from '../platform/outside.ts';
import type { EpochMs } from '../platform/time.ts';
import type { Kind, Stored } from './items.ts';

/** Partition key: the stream, e.g. `live#default`. */
export const PARTITION_KEY = 'stream';
/** Sort key: the kind of item, and which one. `items.ts` has all kinds. */
export const SORT_KEY = 'item';
/** DynamoDB's time to live, in epoch seconds. */
export const EXPIRES = 'expires';

/** DynamoDB's limit for one item, 400 KB, less room for keys and attributes. */
export const LARGEST_BLOB_BYTES = 380 * 1024;

/** The SDK is the only retry layer for DynamoDB; it usually answers in under 10 ms. */
const MAX_ATTEMPTS = 6;
const CONNECT_TIMEOUT_MS = 2_000;
const REQUEST_TIMEOUT_MS = 4_000;

export function createDynamoDb(config: DynamoDBClientConfig = {}): DynamoDBClient {
  return new DynamoDBClient({
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
    ...config,
  });
}

/** Where an item lies. */
export interface Key<K extends Kind> {
  readonly kind: K;
  readonly stream: string;
  /** What follows the kind's prefix in the sort key. */
  readonly id: string;
}

/** In an expression, `#name` is the attribute `name`: many names are reserved words. */
export interface Condition {
  readonly condition: string;
  /** By placeholder, e.g. `:now`. */
  readonly values?: Readonly<Record<string, unknown>>;
}

export interface Change extends Partial<Condition> {
  /** DynamoDB's update expression. */
  readonly update: string;
}

export class Table {
  readonly name: string;
  readonly #dynamodb: DynamoDb;

  constructor(dynamodb: DynamoDb, name: string) {
    this.#dynamodb = dynamodb;
    this.name = name;
  }

  /** Reads consistently. @returns undefined where there is no such item */
  async get<K extends Kind>(key: Key<K>): Promise<Stored<K> | undefined> {
    const input = { TableName: this.name, Key: marshall(keyAttributes(key)), ConsistentRead: true };
    const { Item } = await this.#dynamodb.send(new GetItemCommand(input));
    return Item && (unmarshall(Item) as Stored<K>);
  }

  /** Replaces the whole item. @returns false where the condition does not hold */
  async put<K extends Kind>(key: Key<K>, attributes: Stored<K>, condition?: Condition): Promise<boolean> {
    const Item = marshall({ ...keyAttributes(key), ...attributes });
    const command = new PutItemCommand({ TableName: this.name, Item, ...expressions(condition) });
    return (await unlessRefused(this.#dynamodb.send(command))) !== undefined;
  }

  /**
   * Makes the item where there is none.
   * @returns the item after it; undefined where the condition does not hold
   */
  async update<K extends Kind>(key: Key<K>, { update, ...condition }: Change): Promise<Stored<K> | undefined> {
    const command = new UpdateItemCommand({
      TableName: this.name,
      Key: marshall(keyAttributes(key)),
      UpdateExpression: update,
      ReturnValues: 'ALL_NEW',
      ...expressions(condition, update),
    });
    const answer = await unlessRefused(this.#dynamodb.send(command));
    return answer && (unmarshall(answer.Attributes ?? {}) as Stored<K>);
  }

  async delete(key: Key<Kind>): Promise<void> {
    await this.#dynamodb.send(new DeleteItemCommand({ TableName: this.name, Key: marshall(keyAttributes(key)) }));
  }

  /**
   * Reads consistently, in the order of the ids; holds one page (1 MB) at a time.
   * @param to the last id; without it, those that begin with `from`. No id has a `~`.
   */
  async *query<K extends Kind>(
    kind: K,
    stream: string,
    from = '',
    to = `${from}~`,
  ): AsyncGenerator<{ id: string; attributes: Stored<K> }> {
    const { ConditionExpression, ...rest } = expressions({
      condition: '#stream = :stream AND #item BETWEEN :from AND :to',
      values: { ':stream': stream, ':from': kind.prefix + from, ':to': kind.prefix + to },
    });
    const input = { TableName: this.name, ConsistentRead: true, KeyConditionExpression: ConditionExpression, ...rest };
    let ExclusiveStartKey: DynamoDbAnswer['LastEvaluatedKey'];
    do {
      const page = await this.#dynamodb.send(new QueryCommand({ ...input, ExclusiveStartKey }));
      for (const item of page.Items ?? []) {
        const { [SORT_KEY]: sortKey, ...attributes } = unmarshall(item);
        yield { id: String(sortKey).slice(kind.prefix.length), attributes: attributes as Stored<K> };
      }
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
  }
}

/** A change that sets these attributes. */
export function setAll(attributes: Readonly<Record<string, unknown>>) {
  const sets = Object.keys(attributes).map((name) => `#${name} = :${name}`);
  const values = Object.entries(attributes).map(([name, value]) => [`:${name}`, value]);
  return { update: `SET ${sets.join(', ')}`, values: Object.fromEntries(values) as Record<string, unknown> };
}

/** For the attribute `expires`. */
export function epochSeconds(at: EpochMs): number {
  return Math.floor(at / 1000);
}

function keyAttributes({ kind, stream, id }: Key<Kind>) {
  return { [PARTITION_KEY]: stream, [SORT_KEY]: kind.prefix + id };
}

function expressions({ condition, values }: Partial<Condition> = {}, update = '') {
  const names = `${condition} ${update}`.match(/#\w+/g) ?? [];
  return {
    ...(condition !== undefined && { ConditionExpression: condition }),
    ...(names.length > 0 && {
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [name, name.slice(1)])),
    }),
    ...(values && { ExpressionAttributeValues: marshall(values) }),
  };
}

async function unlessRefused<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}
