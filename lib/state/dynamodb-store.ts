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
import {
  CHECKPOINT_VERSION,
  type Checkpoint,
  type CheckpointStore,
  CheckpointVersionError,
  type HeldStream,
  LeaseLostError,
  withUncounted,
} from './checkpoint.ts';
import { type CheckpointItem, checkpointKey, moveCheckpoint, stateIn, takeLease } from './checkpoint-item.ts';
import { deleteSpent, loadChunks, putChunk, toChunk, toChunks } from './fingerprints.ts';
import { closeHours } from './hourly-counts.ts';
import { epochSeconds, setAll, type Table } from './table.ts';

/**
 * Fingerprints kept in the checkpoint item: 11 KB at most, so that the two writes of a quiet run
 * cost little. It is enough for a stream of 40,000 events a day to need no chunk within the default
 * allowed lateness.
 */
const MOST_RECENT = 512;

/** @param isScheduled the schedule asks for the run, and not a person */
export function createDynamoDbStore(table: Table, random: Random, isScheduled = false): CheckpointStore {
  return {
    async acquire(stream, start, now, leaseUntil) {
      const key = checkpointKey(stream);
      const lease = { owner: random.uuid(), until: leaseUntil, isScheduled };
      const item = await table.update(key, takeLease(lease, start, now));
      if (item) return { held: await loadHeld(table, stream, random, item) };
      const { version = 0, leaseUntil: heldUntil = 0 } = (await table.get(key)) ?? {};
      if (version > CHECKPOINT_VERSION) throw new CheckpointVersionError(stream, version);
      return { heldUntil: Math.max(now, heldUntil) };
    },
  };
}

/** What `item` and its stream's chunks say together. */
async function loadState(table: Table, stream: string, item: CheckpointItem) {
  const { checkpoint, chunksUntil, saves, ...state } = stateIn(item);
  const { settled } = checkpoint;
  const chunks = chunksUntil < settled ? [] : await loadChunks(table, stream);
  const needed = chunks.filter(({ until }) => until >= settled);
  // From a save that was interrupted after its chunks: nobody counted their events.
  const end = Math.max(settled, ...needed.filter(({ save }) => save > saves).map(({ until }) => until + 1));
  return {
    ...state,
    checkpoint: withUncounted(checkpoint, { start: settled, end }),
    chunks,
    chunksUntil: Math.max(0, ...needed.map(({ until }) => until)),
    saves,
    delivered: [toChunk(state.recent), ...needed],
  };
}

/** @param item as taking the lease left it */
async function loadHeld(table: Table, stream: string, random: Random, item: CheckpointItem): Promise<HeldStream> {
  const { checkpoint, hourlyCounts, quarantined, delivered, ...loaded } = await loadState(table, stream, item);
  // What the last save left in the table. A save that fails changes nothing here but the number: it
  // may still arrive.
  let { recent, chunks, chunksUntil, saves } = loaded;
  let settledBefore = checkpoint.settled;
  const { owner = '', runs } = item;

  const save: HeldStream['save'] = async (next, added, leaseUntil) => {
    const { settled } = next.checkpoint;
    // A rewind ships settled events again, which their chunks would prevent.
    if (settled < settledBefore) await deleteSpent(table, stream, settledBefore);
    const young = [...recent, ...added].filter(({ at }) => at >= settled);
    saves++;
    const written = young.length > MOST_RECENT ? toChunks(young, saves, random) : [];
    for (const chunk of written) await putChunk(table, stream, chunk);
    const saved = {
      ...next,
      hourlyCounts: await closeHours(table, stream, next.hourlyCounts, settled),
      recent: written.length > 0 ? [] : young,
      chunksUntil: Math.max(chunksUntil, ...written.map(({ until }) => until)),
      saves,
    };
    const change = moveCheckpoint(owner, leaseUntil, saved);
    if (!(await table.update(checkpointKey(stream), change))) throw new LeaseLostError(stream);
    ({ recent, chunksUntil } = saved);
    settledBefore = settled;
    // All is saved. What cannot be deleted now, the next audit deletes.
    await deleteSpent(table, stream, settled, chunks).catch(() => undefined);
    chunks = [...chunks, ...written].filter(({ until }) => until >= settled);
  };
  return { checkpoint, hourlyCounts, quarantined, delivered, isNew: runs === 1, save };
}

export type PeekedStream = NonNullable<Awaited<ReturnType<typeof peek>>>;

/**
 * The stored state of a stream, without taking the lease.
 * @returns undefined for a stream that never ran; `scheduledAt` is 0 where no run has noted it
 */
export async function peek(table: Table, stream: string) {
  const item = await table.get(checkpointKey(stream));
  if (!item) return undefined;
  const { leaseUntil = 0, scheduledAt = 0 } = item;
  return { ...(await loadState(table, stream, item)), leaseUntil, scheduledAt };
}

/** As `peek`, of the checkpoint alone: one request, however much was delivered. */
export async function readMarks(table: Table, stream: string): Promise<Checkpoint | undefined> {
  const item = await table.get(checkpointKey(stream));
  return item && stateIn(item).checkpoint;
}

/**
 * Events were quarantined beside the stream's own runs: the next one asks how many wait. A run that
 * saves just now may pass over it; the daily audit asks anyway.
 */
export async function noteQuarantined(table: Table, stream: string, events: number): Promise<void> {
  if (events === 0) return;
  await table.update(checkpointKey(stream), {
    update: 'SET #quarantined = if_not_exists(#quarantined, :zero) + :events',
    condition: 'attribute_exists(#item)',
    values: { ':zero': 0, ':events': events },
  });
}

/** Lets a finished stream's checkpoint expire at `at`. Needs no lease: it changes nothing else. */
export async function letExpire(table: Table, stream: string, at: EpochMs): Promise<void> {
  await table.update(checkpointKey(stream), setAll({ expires: epochSeconds(at) }));
}
