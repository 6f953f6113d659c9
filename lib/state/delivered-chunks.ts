/**
 * The fingerprints that outgrow the checkpoint, in items of their own: `delivered#<unique>`, each with the latest instant in it.
 *
 * A chunk is spent once `settled` has passed that instant. A new chunk takes the place of a spent one where there is one,
 * because DynamoDB charges a deletion like a write; every write and deletion has the condition that what it removes is
 * spent, so that not even a run that lost its lease, whose `settled` is an older one, can remove what is needed. None
 * expires by the clock: a stream that stood still for weeks needs them all.
 */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { EpochMs } from '../platform/clock.ts';
import type { Random } from '../platform/outside.ts';
import { bytesOf, FINGERPRINT_BYTES } from '../ship/fingerprint.ts';
import type { DeliveredChunk, DeliveredEvent } from './checkpoint-store.ts';
import { itemsOf } from './items.ts';
import { LARGEST_BLOB_BYTES, PARTITION_KEY, SORT_KEY } from './table.ts';

export interface StoredChunk extends DeliveredChunk {
  /** Sort key. */
  readonly item: string;
  /** Which save of its stream wrote it: one that the checkpoint does not know of was interrupted. */
  readonly save: number;
}

const PREFIX = 'delivered#';
const MOST_IN_A_CHUNK = Math.floor(LARGEST_BLOB_BYTES / FINGERPRINT_BYTES);
const NAMES = { '#until': 'until' };
const IS_SPENT = '#until < :settled';

/** `events` as one chunk. */
export function toChunk(events: readonly DeliveredEvent[]): DeliveredChunk {
  const fingerprints = bytesOf(events.map(({ fingerprint }) => fingerprint));
  return { fingerprints, until: events.reduce((latest, { at }) => Math.max(latest, at), 0) };
}

/** @returns all chunks of the stream, spent ones among them, read consistently */
export async function loadChunks(dynamodb: DynamoDBClient, table: string, stream: string): Promise<StoredChunk[]> {
  const items = await itemsOf(dynamodb, table, stream, PREFIX);
  return items.map(({ [SORT_KEY]: key, until, save, fingerprints }) => ({
    item: key?.S ?? '',
    until: Number(until?.N),
    save: Number(save?.N ?? 0),
    fingerprints: fingerprints?.B ?? new Uint8Array(),
  }));
}

/** Deletes the spent chunks that runs have left behind. */
export async function sweepChunks(
  dynamodb: DynamoDBClient,
  table: string,
  stream: string,
  settled: EpochMs,
): Promise<void> {
  const chunks = await loadChunks(dynamodb, table, stream);
  const spent = chunks.filter(({ until }) => until < settled);
  await deleteChunks(dynamodb, table, stream, spent, settled);
}

/**
 * @param chunks what is to be written
 * @param spent chunks whose places may be taken
 * @param settled as it is saved: what lies before it is spent
 * @param save the number of the save that they belong to
 * @returns the chunks written: as many as DynamoDB's largest item demands
 */
export async function writeChunks(
  dynamodb: DynamoDBClient,
  table: string,
  stream: string,
  chunks: readonly DeliveredChunk[],
  spent: readonly StoredChunk[],
  settled: EpochMs,
  save: number,
  random: Random,
): Promise<StoredChunk[]> {
  const written: StoredChunk[] = [];
  for (const [nth, chunk] of chunks.entries()) {
    const place = spent[nth]?.item ?? newPlace(random);
    const put = (item: string) => dynamodb.send(putCommand(table, stream, { ...chunk, item, save }, settled));
    try {
      await put(place);
      written.push({ ...chunk, item: place, save });
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      // Somebody, or our own client's earlier attempt, was there first.
      const item = newPlace(random);
      await put(item);
      written.push({ ...chunk, item, save });
    }
  }
  return written;
}

/** Cuts `added` into chunks that fit into an item each. */
export function toChunks(added: readonly DeliveredEvent[]): DeliveredChunk[] {
  const chunks: DeliveredChunk[] = [];
  for (let first = 0; first < added.length; first += MOST_IN_A_CHUNK) {
    const part = added.slice(first, first + MOST_IN_A_CHUNK);
    chunks.push(toChunk(part));
  }
  return chunks;
}

function newPlace(random: Random): string {
  return PREFIX + random.uuid();
}

function putCommand(table: string, stream: string, chunk: StoredChunk, settled: EpochMs) {
  const { item, until, save, fingerprints } = chunk;
  return new PutItemCommand({
    TableName: table,
    Item: {
      [PARTITION_KEY]: { S: stream },
      [SORT_KEY]: { S: item },
      until: { N: String(until) },
      save: { N: String(save) },
      fingerprints: { B: fingerprints },
    },
    ConditionExpression: `attribute_not_exists(#until) OR ${IS_SPENT}`,
    ExpressionAttributeNames: NAMES,
    ExpressionAttributeValues: { ':settled': { N: String(settled) } },
  });
}

/** Deletes those of `chunks` that are spent at `settled`, and leaves the others. */
export async function deleteChunks(
  dynamodb: DynamoDBClient,
  table: string,
  stream: string,
  chunks: readonly StoredChunk[],
  settled: EpochMs,
): Promise<void> {
  for (const { item } of chunks) {
    const command = new DeleteItemCommand({
      TableName: table,
      Key: { [PARTITION_KEY]: { S: stream }, [SORT_KEY]: { S: item } },
      ConditionExpression: IS_SPENT,
      ExpressionAttributeNames: NAMES,
      ExpressionAttributeValues: { ':settled': { N: String(settled) } },
    });
    try {
      await dynamodb.send(command);
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}
