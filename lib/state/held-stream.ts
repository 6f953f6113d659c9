/** A stream under its lease: what was loaded, and the save that moves its checkpoint. */

import type { Random } from '../platform/outside.ts';
import type { EpochMs } from '../platform/time.ts';
import { type StreamState, withUncounted } from './checkpoint.ts';
import { type CheckpointItem, checkpointKey, moveCheckpoint, type Save, stateIn } from './checkpoint-item.ts';
import { type HeldStream, LeaseLostError } from './checkpoint-store.ts';
import { deleteChunks, loadChunks, type StoredChunk, spentAt, sweepChunks, writeChunks } from './delivered-chunks.ts';
import { type DeliveredChunk, type DeliveredEvent, decodeRecent, toChunk, toChunks } from './fingerprints.ts';
import { closeHours } from './hourly-counts.ts';
import { LARGEST_BLOB_BYTES, type Table } from './table.ts';

/**
 * Fingerprints kept in the checkpoint item: 11 KB at most, so that the two writes of a quiet run
 * cost little. It is enough for a stream of 40,000 events a day to need no chunk within the default
 * allowed lateness.
 */
const MOST_RECENT = 512;

interface LoadedState extends Save {
  readonly chunks: readonly StoredChunk[];
  readonly delivered: readonly DeliveredChunk[];
}

/** What `item` and its stream's chunks say together. */
export async function loadState(table: Table, stream: string, item: CheckpointItem): Promise<LoadedState> {
  const { checkpoint, hourlyCounts, quarantined } = stateIn(item);
  const { settled } = checkpoint;
  const { saves = 0, chunksUntil = 0 } = item;
  const recent = decodeRecent(item.recent ?? new Uint8Array());
  const chunks = chunksUntil < settled ? [] : await loadChunks(table, stream);
  const needed = chunks.filter(({ until }) => until >= settled);
  // From a save that was interrupted after its chunks: nobody counted their events.
  const end = Math.max(settled, ...needed.filter(({ save }) => save > saves).map(({ until }) => until + 1));
  return {
    checkpoint: withUncounted(checkpoint, { start: settled, end }),
    hourlyCounts,
    quarantined,
    recent,
    chunks,
    chunksUntil: Math.max(0, ...needed.map(({ until }) => until)),
    save: saves,
    delivered: [toChunk(recent), ...needed],
  };
}

/** The lease's part of a held stream. */
export interface Holder {
  readonly table: Table;
  readonly stream: string;
  readonly owner: string;
  readonly random: Random;
}

/** @param item as taking the lease left it */
export async function loadHeld(holder: Holder, item: CheckpointItem): Promise<HeldStream> {
  const { table, stream } = holder;
  const state = await loadState(table, stream, item);
  const { checkpoint, hourlyCounts, quarantined, delivered } = state;
  const saver = new Saver(holder, state);
  const save: HeldStream['save'] = (next, added, leaseUntil) => saver.save(next, added, leaseUntil);
  return { checkpoint, hourlyCounts, quarantined, delivered, isNew: item.runs === 1, save };
}

/** Remembers what the last save left in the table. A save that fails changes nothing here. */
class Saver {
  readonly #holder: Holder;
  #recent: readonly DeliveredEvent[];
  #chunks: readonly StoredChunk[];
  #chunksUntil: EpochMs;
  #settled: EpochMs;
  #saves: number;
  #chunksWritten = 0;

  constructor(holder: Holder, { recent, chunks, chunksUntil, checkpoint, save }: LoadedState) {
    this.#holder = holder;
    this.#recent = recent;
    this.#chunks = chunks;
    this.#chunksUntil = chunksUntil;
    this.#settled = checkpoint.settled;
    this.#saves = save;
  }

  async save(next: StreamState, added: readonly DeliveredEvent[], leaseUntil: EpochMs): Promise<void> {
    const { table, stream, owner, random } = this.#holder;
    const { settled } = next.checkpoint;
    const settledBefore = this.#settled;
    const isRewind = settled < settledBefore;
    const young = [...this.#recent, ...added].filter(({ at }) => at >= settled);
    // By the saved `settled`: should this save fail, everything after it is needed again.
    const spent = spentAt(this.#chunks, settledBefore);
    // A rewind ships settled events again, which their chunks would prevent.
    if (isRewind) await sweepChunks(table, stream, settledBefore);
    const save = this.#saves + 1;
    const written = await writeChunks(table, stream, random, {
      chunks: young.length > MOST_RECENT ? toChunks(young, LARGEST_BLOB_BYTES) : [],
      spent,
      settled: settledBefore,
      save,
    });
    const recent = written.length > 0 ? [] : young;
    const chunksUntil = Math.max(this.#chunksUntil, ...written.map(({ until }) => until));
    const hourlyCounts = await closeHours(table, stream, next.hourlyCounts, settled);
    const change = moveCheckpoint({ owner, until: leaseUntil }, { ...next, hourlyCounts, recent, chunksUntil, save });
    if (!(await table.update(checkpointKey(stream), change))) throw new LeaseLostError(stream);
    [this.#recent, this.#chunksUntil, this.#settled, this.#saves] = [recent, chunksUntil, settled, save];
    this.#chunksWritten += written.length;
    const gone = new Set([...written, ...(isRewind ? spent : [])].map(({ id }) => id));
    this.#chunks = [...this.#chunks.filter(({ id }) => !gone.has(id)), ...written];
    await this.#deleteSurplus();
  }

  /** The next run will write about as many chunks as this one: it finds so many places. */
  async #deleteSurplus(): Promise<void> {
    const { table, stream } = this.#holder;
    const surplus = spentAt(this.#chunks, this.#settled).slice(Math.max(1, this.#chunksWritten));
    // All is saved. What cannot be deleted now, the next audit deletes.
    await deleteChunks(table, stream, surplus, this.#settled).catch(() => undefined);
    this.#chunks = this.#chunks.filter((chunk) => !surplus.includes(chunk));
  }
}
