/**
 * Fingerprints as the table stores them, and the chunks for those that outgrow the checkpoint.
 *
 * A chunk is spent, and deleted, once `settled` has passed its latest instant. A run that lost its
 * lease goes by an older `settled`, and so deletes nothing that is needed. No chunk expires by the
 * clock: a stream that stood still for weeks needs them all.
 */
import type { Random } from '../platform/outside.ts';
import { type EpochMs, MINUTE_MS } from '../platform/time.ts';
import { DELIVERED_CHUNK } from './items.ts';
import { type Key, LARGEST_BLOB_BYTES, type Table } from './table.ts';

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
  return { fingerprints, until: latestOf(events) };
}

function latestOf(events: readonly DeliveredEvent[]): EpochMs {
  return events.reduce((latest, { at }) => Math.max(latest, at), 0);
}

const MOST_IN_A_CHUNK = Math.floor(LARGEST_BLOB_BYTES / FINGERPRINT_BYTES);
/** The youngest part of a save. Each of the others is twice as long as the one after it. */
const YOUNGEST_MS = 15 * MINUTE_MS;

/**
 * `events` as chunks of places of their own. A page may be of days, and a rewind ships nothing
 * again of a chunk that is not spent: so no chunk reaches much further back than it must.
 * @param save number of the save that writes them
 */
export function toChunks(events: readonly DeliveredEvent[], save: number, random: Random): StoredChunk[] {
  const until = latestOf(events);
  const partOf = ({ at }: DeliveredEvent) => Math.ceil(Math.log2(Math.max(1, (until - at) / YOUNGEST_MS)));
  const chunks: StoredChunk[] = [];
  for (const part of Map.groupBy(events, partOf).values())
    for (let first = 0; first < part.length; first += MOST_IN_A_CHUNK)
      chunks.push({ ...toChunk(part.slice(first, first + MOST_IN_A_CHUNK)), id: random.uuid(), save });
  return chunks;
}

/** @returns all chunks of the stream, spent ones included */
export async function loadChunks(table: Table, stream: string): Promise<StoredChunk[]> {
  const chunks: StoredChunk[] = [];
  for await (const { id, attributes } of table.query(DELIVERED_CHUNK, stream)) {
    const { until = 0, save = 0, fingerprints = new Uint8Array() } = attributes;
    chunks.push({ id, until, save, fingerprints });
  }
  return chunks;
}

export async function putChunk(table: Table, stream: string, { id, ...chunk }: StoredChunk): Promise<void> {
  await table.put(keyOf(stream, id), chunk);
}

/** Deletes the chunks that are spent at `settled`. @param chunks absent: all of the stream */
export async function deleteSpent(
  table: Table,
  stream: string,
  settled: EpochMs,
  chunks?: readonly StoredChunk[],
): Promise<void> {
  for (const { id, until } of chunks ?? (await loadChunks(table, stream)))
    if (until < settled) await table.delete(keyOf(stream, id));
}

function keyOf(stream: string, id: string): Key<typeof DELIVERED_CHUNK> {
  return { kind: DELIVERED_CHUNK, stream, id };
}
