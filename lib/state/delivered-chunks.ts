/**
 * The fingerprints that outgrew the checkpoint: items of their own, each with its latest instant.
 *
 * A chunk is spent once `settled` has passed that instant. A new chunk overwrites a spent one where
 * there is one: DynamoDB charges a deletion like a write. Every write and deletion has the
 * condition that what it removes is spent. So even a run that lost its lease, with an older
 * `settled`, removes nothing that is needed. No chunk expires by the clock: a stream that stood
 * still for weeks needs them all.
 */

import type { Random } from '../platform/outside.ts';
import type { EpochMs } from '../platform/time.ts';
import type { DeliveredChunk } from './fingerprints.ts';
import { DELIVERED_CHUNK } from './items.ts';
import type { Condition, Key, Table } from './table.ts';

export interface StoredChunk extends DeliveredChunk {
  /** Its place: the rest of its sort key. */
  readonly id: string;
  /** Number of the save that wrote it. One that the checkpoint does not know did not end. */
  readonly save: number;
}

const IS_SPENT = '#until < :settled';

/** @returns all chunks of the stream, spent ones included */
export async function loadChunks(table: Table, stream: string): Promise<StoredChunk[]> {
  const chunks: StoredChunk[] = [];
  for await (const { id, attributes } of table.query(DELIVERED_CHUNK, stream, { beginWith: '' })) {
    const { until = 0, save = 0, fingerprints = new Uint8Array() } = attributes;
    chunks.push({ id, until, save, fingerprints });
  }
  return chunks;
}

/** Deletes the spent chunks that runs have left behind. */
export async function sweepChunks(table: Table, stream: string, settled: EpochMs): Promise<void> {
  const chunks = await loadChunks(table, stream);
  await deleteChunks(table, stream, spentAt(chunks, settled), settled);
}

export function spentAt(chunks: readonly StoredChunk[], settled: EpochMs): StoredChunk[] {
  return chunks.filter(({ until }) => until < settled);
}

/** Deletes those of `chunks` that are spent at `settled`, and leaves the others. */
export async function deleteChunks(
  table: Table,
  stream: string,
  chunks: readonly StoredChunk[],
  settled: EpochMs,
): Promise<void> {
  for (const { id } of chunks) {
    await table.delete(keyOf(stream, id), { condition: IS_SPENT, values: { ':settled': settled } });
  }
}

/** The chunks of one save. */
export interface NewChunks {
  readonly chunks: readonly DeliveredChunk[];
  /** Places that they may take. */
  readonly spent: readonly StoredChunk[];
  /** What lies before it is spent: as it is saved, not as it will be. */
  readonly settled: EpochMs;
  readonly save: number;
}

export async function writeChunks(
  table: Table,
  stream: string,
  random: Random,
  added: NewChunks,
): Promise<StoredChunk[]> {
  const { chunks, spent, settled, save } = added;
  const condition: Condition = {
    condition: `attribute_not_exists(#until) OR ${IS_SPENT}`,
    values: { ':settled': settled },
  };
  const written: StoredChunk[] = [];
  for (const [nth, { until, fingerprints }] of chunks.entries()) {
    const put = (id: string) => table.put(keyOf(stream, id), { until, save, fingerprints }, condition);
    let id = spent[nth]?.id ?? random.uuid();
    if (!(await put(id))) {
      // Another run took this place, or an earlier attempt of the SDK did.
      id = random.uuid();
      await put(id);
    }
    written.push({ id, until, save, fingerprints });
  }
  return written;
}

function keyOf(stream: string, id: string): Key<typeof DELIVERED_CHUNK> {
  return { kind: DELIVERED_CHUNK, stream, id };
}
