/**
 * The checkpoint in DynamoDB: acquired under a lease, saved under the owner's token.
 *
 * A stream has one item `checkpoint` and any number of items `delivered#…`. The youngest few
 * hundred fingerprints live in the checkpoint itself, so that a quiet stream costs two requests a
 * run. More go into chunks, written before the one conditional write that moves the checkpoint. A
 * chunk is true whichever run wrote it: one of a run that lost its lease does no harm.
 */

import type { Random } from '../platform/outside.ts';
import type { EpochMs } from '../platform/time.ts';
import { CHECKPOINT_VERSION, type StreamState } from './checkpoint.ts';
import { checkpointKey, takeLease } from './checkpoint-item.ts';
import { type CheckpointStore, CheckpointVersionError } from './checkpoint-store.ts';
import type { DeliveredChunk } from './fingerprints.ts';
import { loadHeld, loadState } from './held-stream.ts';
import { STREAM_NAME } from './items.ts';
import { epochSeconds, type Key, type Table } from './table.ts';

/** @param isScheduled the schedule asks for the run, and not a person */
export function createDynamoDbStore(table: Table, random: Random, isScheduled = false): CheckpointStore {
  return {
    async acquire(stream, start, now, leaseUntil) {
      const owner = random.uuid();
      const lease = takeLease({ owner, until: leaseUntil, isScheduled }, start, now);
      const item = await table.updateAndRead(checkpointKey(stream), lease);
      if (item) return { held: await loadHeld({ table, stream, owner, random }, item) };
      return { heldUntil: await whyRefused(table, stream, now) };
    },
  };
}

/** @returns until when another run holds the lease. @throws CheckpointVersionError */
async function whyRefused(table: Table, stream: string, now: EpochMs): Promise<EpochMs> {
  const { version = 0, leaseUntil = 0 } = (await table.get(checkpointKey(stream))) ?? {};
  if (version > CHECKPOINT_VERSION) throw new CheckpointVersionError(stream, version, CHECKPOINT_VERSION);
  return Math.max(now, leaseUntil);
}

export interface PeekedStream extends StreamState {
  readonly delivered: readonly DeliveredChunk[];
  readonly leaseUntil: EpochMs;
  /** When a run of the schedule last took the lease; 0 where none has noted it. */
  readonly scheduledAt: EpochMs;
}

/**
 * The stored state of a stream, without taking the lease.
 * @returns undefined for a stream that never ran
 */
export async function peek(table: Table, stream: string): Promise<PeekedStream | undefined> {
  const item = await table.get(checkpointKey(stream));
  if (!item) return undefined;
  const { checkpoint, hourlyCounts, quarantined, delivered } = await loadState(table, stream, item);
  const { leaseUntil = 0, scheduledAt = 0 } = item;
  return { checkpoint, hourlyCounts, quarantined, delivered, leaseUntil, scheduledAt };
}

/** Where a stream began and how far it has come. @returns undefined for a stream that never ran */
export async function readMarks(
  table: Table,
  stream: string,
): Promise<{ readonly began: EpochMs; readonly settled: EpochMs; readonly watermark: EpochMs } | undefined> {
  const item = await table.get(checkpointKey(stream));
  return item && { began: item.began ?? 0, settled: item.settled ?? 0, watermark: item.watermark ?? 0 };
}

const nameKey = (stream: string): Key<typeof STREAM_NAME> => ({ kind: STREAM_NAME, stream, id: '' });

/** @returns the stream that goes on in place of this one, if there is one */
export async function readMove(table: Table, stream: string): Promise<string | undefined> {
  return (await table.get(nameKey(stream)))?.movedTo;
}

/** @param to goes on in place of `from`; `from` itself: it goes on under its own name */
export async function noteMove(table: Table, from: string, to: string): Promise<void> {
  await table.put(nameKey(from), { movedTo: to });
}

/** Lets a finished stream's checkpoint expire at `at`. Needs no lease: it changes nothing else. */
export async function letExpire(table: Table, stream: string, at: EpochMs): Promise<void> {
  await table.update(checkpointKey(stream), { update: 'SET #expires = :at', values: { ':at': epochSeconds(at) } });
}
