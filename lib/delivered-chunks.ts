/**
 * The fingerprints that outgrow the checkpoint, in items of their own: `delivered#<latest instant in it>#<unique>`.
 *
 * Written once and never changed; found by their key's instant, and deleted once `settled` has passed it. None of them
 * expires by the clock: a stream that stood still for weeks needs them all.
 */
import { randomUUID } from 'node:crypto';
import {
  BatchWriteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  paginateQuery,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import type { DeliveredChunk, DeliveredEvent } from './checkpoint-store.ts';
import type { EpochMs } from './clock.ts';
import { FINGERPRINT_BYTES } from './fingerprint.ts';
import { LARGEST_BLOB_BYTES, PARTITION_KEY, SORT_KEY } from './table.ts';

export interface StoredChunk extends DeliveredChunk {
  /** Sort key. */
  readonly item: string;
}

const PREFIX = 'delivered#';
/** Digits of an instant in a key: enough for 30,000 years, and equal widths sort like numbers. */
const INSTANT_DIGITS = 15;
const MOST_IN_A_CHUNK = Math.floor(LARGEST_BLOB_BYTES / FINGERPRINT_BYTES);
/** DynamoDB's limit for one BatchWriteItem. */
const BATCH_SIZE = 25;

/** `chunk` and `added` in one. */
export function concatenated(chunk: DeliveredChunk, added: readonly DeliveredEvent[]): DeliveredChunk {
  const fingerprints = Buffer.concat([chunk.fingerprints, ...added.map(({ fingerprint }) => fingerprint)]);
  return { fingerprints, until: added.reduce((latest, { at }) => Math.max(latest, at), chunk.until) };
}

/** @returns the chunks whose latest instant `settled` has not passed, read consistently */
export async function loadChunks(
  dynamodb: DynamoDBClient,
  table: string,
  stream: string,
  settled: EpochMs,
): Promise<StoredChunk[]> {
  return await queryChunks(dynamodb, table, stream, keyPrefix(settled), `${PREFIX}~`);
}

/** Deletes what an interrupted run left behind: chunks that `settled` has long passed. */
export async function sweepChunks(
  dynamodb: DynamoDBClient,
  table: string,
  stream: string,
  settled: EpochMs,
): Promise<void> {
  await deleteChunks(dynamodb, table, stream, await queryChunks(dynamodb, table, stream, PREFIX, keyPrefix(settled)));
}

async function queryChunks(
  dynamodb: DynamoDBClient,
  table: string,
  stream: string,
  from: string,
  to: string,
): Promise<StoredChunk[]> {
  const pages = paginateQuery(
    { client: dynamodb },
    {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: '#stream = :stream AND #item BETWEEN :from AND :to',
      ExpressionAttributeNames: { '#stream': PARTITION_KEY, '#item': SORT_KEY },
      ExpressionAttributeValues: { ':stream': { S: stream }, ':from': { S: from }, ':to': { S: to } },
    },
  );
  const chunks: StoredChunk[] = [];
  for await (const page of pages) {
    for (const item of page.Items ?? []) {
      const key = item[SORT_KEY]?.S ?? '';
      chunks.push({
        item: key,
        until: Number(key.split('#')[1]),
        fingerprints: item.fingerprints?.B ?? new Uint8Array(),
      });
    }
  }
  return chunks;
}

/** @returns the chunks written: `recent` in one, `added` in as many as it needs */
export async function writeChunks(
  dynamodb: DynamoDBClient,
  table: string,
  stream: string,
  recent: DeliveredChunk,
  added: readonly DeliveredEvent[],
): Promise<StoredChunk[]> {
  const chunks: StoredChunk[] = [];
  for (let first = 0; first < added.length; first += MOST_IN_A_CHUNK) {
    const base = first === 0 && recent.fingerprints.length > 0 ? [recent] : [];
    const part = concatenated(
      { fingerprints: new Uint8Array(), until: 0 },
      added.slice(first, first + MOST_IN_A_CHUNK),
    );
    for (const chunk of [...base, part]) chunks.push({ ...chunk, item: `${keyPrefix(chunk.until)}#${randomUUID()}` });
  }
  for (const { item, fingerprints } of chunks) {
    await dynamodb.send(
      new PutItemCommand({
        TableName: table,
        Item: { [PARTITION_KEY]: { S: stream }, [SORT_KEY]: { S: item }, fingerprints: { B: fingerprints } },
      }),
    );
  }
  return chunks;
}

export async function deleteChunks(
  dynamodb: DynamoDBClient,
  table: string,
  stream: string,
  chunks: readonly StoredChunk[],
): Promise<void> {
  const requests = chunks.map(
    ({ item }): WriteRequest => ({
      DeleteRequest: { Key: { [PARTITION_KEY]: { S: stream }, [SORT_KEY]: { S: item } } },
    }),
  );
  for (let first = 0; first < requests.length; first += BATCH_SIZE) {
    // What DynamoDB leaves unprocessed under load stays for the next sweep.
    await dynamodb.send(
      new BatchWriteItemCommand({ RequestItems: { [table]: requests.slice(first, first + BATCH_SIZE) } }),
    );
  }
}

function keyPrefix(instant: EpochMs): string {
  return PREFIX + String(Math.max(0, instant)).padStart(INSTANT_DIGITS, '0');
}
