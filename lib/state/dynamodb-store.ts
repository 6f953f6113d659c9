/**
 * The checkpoint in DynamoDB: acquired under a lease, saved under the owner's token.
 *
 * A stream has one item `checkpoint` and any number of items `delivered#…`. The youngest few hundred fingerprints live in
 * the checkpoint itself, so that a quiet stream costs two requests a run; more go into chunks, written before the one
 * conditional write that moves the checkpoint. Recording a delivered event is right whoever does it, so a run that lost its
 * lease does no harm by having written one.
 */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { EpochMs } from '../platform/clock.ts';
import type { Random } from '../platform/outside.ts';
import { CHECKPOINT_VERSION } from '../ship/checkpoint.ts';
import {
  acquireCommand,
  checkpointKey,
  type Item,
  numberOf,
  recentIn,
  saveCommand,
  stateIn,
} from './checkpoint-item.ts';
import {
  type Acquisition,
  type CheckpointStore,
  CheckpointVersionError,
  type DeliveredChunk,
  type DeliveredEvent,
  type HeldStream,
  LeaseLostError,
  type StreamState,
} from './checkpoint-store.ts';
import { deleteChunks, loadChunks, type StoredChunk, toChunk, toChunks, writeChunks } from './delivered-chunks.ts';
import { closeTallies } from './hourly-counts.ts';
import { EXPIRES } from './table.ts';

/**
 * Fingerprints kept in the checkpoint item: 11 KB at most, so that the two writes of a quiet run cost little, and yet enough
 * for a stream of 40,000 events a day to need no chunk within the default allowed lateness.
 */
const MOST_RECENT = 512;

export function createDynamoDbStore(dynamodb: DynamoDBClient, table: string, random: Random): CheckpointStore {
  return {
    async acquire(stream, start, now, leaseUntil): Promise<Acquisition> {
      const owner = random.uuid();
      try {
        const { Attributes } = await dynamodb.send(acquireCommand(table, stream, owner, start, now, leaseUntil));
        return { held: await load(dynamodb, table, stream, owner, Attributes ?? {}, random) };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return { heldUntil: await whyRefused(dynamodb, table, stream, now) };
      }
    },
  };
}

export interface PeekedStream extends StreamState {
  readonly delivered: readonly DeliveredChunk[];
  readonly leaseUntil: EpochMs;
  /** When a run last took the lease, whatever became of it; 0 where an older program was the last. */
  readonly ranAt: EpochMs;
}

/** The state of a stream as it lies there, without taking the lease. @returns undefined for a stream that never ran */
export async function peek(dynamodb: DynamoDBClient, table: string, stream: string): Promise<PeekedStream | undefined> {
  const { Item: item } = await dynamodb.send(
    new GetItemCommand({ TableName: table, Key: checkpointKey(stream), ConsistentRead: true }),
  );
  if (!item) return undefined;
  const state = await loadState(dynamodb, table, stream, item);
  return { ...state, leaseUntil: numberOf(item, 'leaseUntil'), ranAt: numberOf(item, 'ranAt') };
}

/** Where a stream began and how far it has come. @returns undefined for a stream that never ran */
export async function readMarks(
  dynamodb: DynamoDBClient,
  table: string,
  stream: string,
): Promise<{ readonly began: EpochMs; readonly watermark: EpochMs } | undefined> {
  const { Item: item } = await dynamodb.send(
    new GetItemCommand({
      TableName: table,
      Key: checkpointKey(stream),
      ProjectionExpression: 'began, watermark',
      ConsistentRead: true,
    }),
  );
  return item && { began: numberOf(item, 'began'), watermark: numberOf(item, 'watermark') };
}

/** Lets a finished stream's checkpoint go some time later, without a lease: whoever still runs it finds it as it is. */
export async function letExpire(dynamodb: DynamoDBClient, table: string, stream: string, at: EpochMs): Promise<void> {
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: table,
      Key: checkpointKey(stream),
      UpdateExpression: 'SET #expires = :expires',
      ExpressionAttributeNames: { '#expires': EXPIRES },
      ExpressionAttributeValues: { ':expires': { N: String(Math.floor(at / 1000)) } },
    }),
  );
}

/** @returns until when another run holds the lease. @throws CheckpointVersionError */
async function whyRefused(dynamodb: DynamoDBClient, table: string, stream: string, now: EpochMs): Promise<EpochMs> {
  const { Item: item = {} } = await dynamodb.send(
    new GetItemCommand({ TableName: table, Key: checkpointKey(stream), ConsistentRead: true }),
  );
  const version = numberOf(item, 'version');
  if (version > CHECKPOINT_VERSION) throw new CheckpointVersionError(stream, version, CHECKPOINT_VERSION);
  return Math.max(now, numberOf(item, 'leaseUntil'));
}

interface LoadedState extends StreamState {
  readonly recent: readonly DeliveredEvent[];
  readonly chunks: readonly StoredChunk[];
  readonly chunksUntil: EpochMs;
  readonly saves: number;
  readonly delivered: readonly DeliveredChunk[];
}

async function loadState(dynamodb: DynamoDBClient, table: string, stream: string, item: Item): Promise<LoadedState> {
  const { checkpoint, tallies, quarantined } = stateIn(item);
  const { settled } = checkpoint;
  const recent = recentIn(item);
  const knownUntil = numberOf(item, 'chunksUntil');
  const saves = numberOf(item, 'saves');
  const chunks = knownUntil < settled ? [] : await loadChunks(dynamodb, table, stream);
  const needed = chunks.filter(({ until }) => until >= settled);
  // A save that was interrupted after its chunks: what they say is true, but nobody counted their events.
  const uncounted = needed.filter(({ save }) => save > saves).map(({ until }) => until);
  return {
    checkpoint: { ...checkpoint, countedFrom: Math.max(checkpoint.countedFrom, ...uncounted) },
    tallies,
    quarantined,
    recent,
    chunks,
    chunksUntil: Math.max(knownUntil, ...needed.map(({ until }) => until)),
    saves,
    delivered: [toChunk(recent), ...needed],
  };
}

async function load(
  dynamodb: DynamoDBClient,
  table: string,
  stream: string,
  owner: string,
  item: Item,
  random: Random,
): Promise<HeldStream> {
  const state = await loadState(dynamodb, table, stream, item);
  let { recent, chunks, chunksUntil, saves } = state;
  let saved = state.checkpoint.settled;
  let chunksWritten = 0;
  return {
    checkpoint: state.checkpoint,
    tallies: state.tallies,
    quarantined: state.quarantined,
    delivered: state.delivered,
    isNew: numberOf(item, 'runs') === 1,
    async save(next, added, leaseUntil) {
      const { settled } = next.checkpoint;
      const isRewind = settled < saved;
      // After a rewind only what was not settled before it is not repeated: nothing older may come back to memory.
      const neededFrom = Math.max(settled, saved);
      const young = [...recent.filter(({ at }) => at >= neededFrom), ...added.filter(({ at }) => at >= settled)];
      const newChunks = young.length > MOST_RECENT ? toChunks(young) : [];
      // Spent is what the saved `settled` has passed: should this save fail, all the rest is needed again.
      const spent = chunks.filter(({ until }) => until < saved);
      if (isRewind) await deleteChunks(dynamodb, table, stream, spent, saved);
      const places = isRewind ? [] : spent;
      const written = await writeChunks(dynamodb, table, stream, newChunks, places, saved, saves + 1, random);
      const nextRecent = written.length > 0 ? [] : young;
      const nextChunksUntil = Math.max(chunksUntil, ...written.map(({ until }) => until));
      const tallies = await closeTallies(dynamodb, table, stream, next.tallies, settled);
      const state = { ...next, tallies };
      try {
        await dynamodb.send(
          saveCommand(table, stream, owner, state, nextRecent, nextChunksUntil, saves + 1, leaseUntil),
        );
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) throw new LeaseLostError(stream, error);
        throw error;
      }
      const gone = new Set([...written, ...(isRewind ? spent : [])].map(({ item }) => item));
      chunks = [...chunks.filter(({ item }) => !gone.has(item)), ...written];
      [recent, chunksUntil, saved, saves] = [nextRecent, nextChunksUntil, settled, saves + 1];
      chunksWritten += written.length;
      // The next run will write about as many chunks as this one, and finds so many places.
      const surplus = chunks.filter(({ until }) => until < settled).slice(Math.max(1, chunksWritten));
      // All is saved: what cannot be cleared away now is swept by the next audit.
      await deleteChunks(dynamodb, table, stream, surplus, settled).catch(() => undefined);
      chunks = chunks.filter((chunk) => !surplus.includes(chunk));
    },
  };
}
