/**
 * Fingerprints as the table stores them, and the chunks for those that outgrow the checkpoint.
 *
 * A chunk is spent once `settled` has passed its latest instant. A new one overwrites a spent one
 * where it can: DynamoDB charges a deletion like a write. Every write and deletion has the
 * condition that what it removes is spent. So even a run that lost its lease removes nothing that
 * is needed. No chunk expires by the clock: a stream that stood still for weeks needs them all.
 */
import type { Random } from '../platform/outside.ts';
import type { EpochMs } from '../platform/time.ts';
import { DELIVERED_CHUNK } from './items.ts';
import type { Key, Table } from './table.ts';

/**
 * 16 bytes as 8 UTF-16 units. V8 copies a slice that short; one of 13 units or more would keep the
 * text that it was cut from in memory.
 */
export type Fingerprint = string;
export const FINGERPRINT_BYTES = 16;
export const FINGERPRINT_UNITS = 8;

export interface DeliveredEvent {
  readonly fingerprint: Fingerprint;
  readonly at: EpochMs;
}

/** Fingerprints that were stored together. None of their events is later than `until`. */
export interface DeliveredChunk {
  readonly fingerprints: Uint8Array;
  readonly until: EpochMs;
}

export interface StoredChunk extends DeliveredChunk {
  /** Its place: the rest of its sort key. */
  readonly id: string;
  /** Number of the save that wrote it. One that the checkpoint does not know did not end. */
  readonly save: number;
}

export function bytesOf(fingerprints: readonly Fingerprint[]): Buffer {
  return Buffer.from(fingerprints.join(''), 'utf16le');
}

/** @param bytes of any number of fingerprints */
export function fingerprintsIn(bytes: Uint8Array): Fingerprint[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf16le');
  return Array.from({ length: text.length / FINGERPRINT_UNITS }, (_, nth) =>
    text.slice(nth * FINGERPRINT_UNITS, (nth + 1) * FINGERPRINT_UNITS),
  );
}

/** `events` as one chunk. */
export function toChunk(events: readonly DeliveredEvent[]): DeliveredChunk {
  const fingerprints = bytesOf(events.map(({ fingerprint }) => fingerprint));
  return { fingerprints, until: events.reduce((latest, { at }) => Math.max(latest, at), 0) };
}

/** `events` as chunks of at most `bytes` each. */
export function toChunks(events: readonly DeliveredEvent[], bytes: number): DeliveredChunk[] {
  const size = Math.floor(bytes / FINGERPRINT_BYTES);
  const chunks: DeliveredChunk[] = [];
  for (let first = 0; first < events.length; first += size) chunks.push(toChunk(events.slice(first, first + size)));
  return chunks;
}

const IS_SPENT = '#until < :settled';

/** @returns all chunks of the stream, spent ones included */
export async function loadChunks(table: Table, stream: string): Promise<StoredChunk[]> {
  const chunks: StoredChunk[] = [];
  for await (const { id, attributes } of table.query(DELIVERED_CHUNK, stream)) {
    const { until = 0, save = 0, fingerprints = new Uint8Array() } = attributes;
    chunks.push({ id, until, save, fingerprints });
  }
  return chunks;
}

export function spentAt<Chunk extends DeliveredChunk>(chunks: readonly Chunk[], settled: EpochMs): Chunk[] {
  return chunks.filter(({ until }) => until < settled);
}

/** Deletes the chunks that are spent at `settled`. @param chunks absent: all of the stream */
export async function deleteSpent(
  table: Table,
  stream: string,
  settled: EpochMs,
  chunks?: readonly StoredChunk[],
): Promise<void> {
  for (const { id } of chunks ?? spentAt(await loadChunks(table, stream), settled)) {
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

export async function writeChunks(table: Table, stream: string, random: Random, added: NewChunks) {
  const { chunks, spent, settled, save } = added;
  const condition = { condition: `attribute_not_exists(#until) OR ${IS_SPENT}`, values: { ':settled': settled } };
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
