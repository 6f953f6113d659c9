/** Fingerprints as the table stores them: 16 bytes each, and an instant for one or many. */
import type { EpochMs } from '../platform/time.ts';

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

/** The checkpoint keeps an instant with each fingerprint, so that each is forgotten in time. */
const INSTANT_BYTES = 6;
const RECENT_BYTES = FINGERPRINT_BYTES + INSTANT_BYTES;

export function encodeRecent(events: readonly DeliveredEvent[]): Buffer {
  const bytes = Buffer.alloc(events.length * RECENT_BYTES);
  for (const [nth, { fingerprint, at }] of events.entries()) {
    bytes.write(fingerprint, nth * RECENT_BYTES, 'utf16le');
    bytes.writeUIntBE(Math.max(0, at), nth * RECENT_BYTES + FINGERPRINT_BYTES, INSTANT_BYTES);
  }
  return bytes;
}

export function decodeRecent(recent: Uint8Array): DeliveredEvent[] {
  const bytes = Buffer.from(recent);
  return Array.from({ length: bytes.length / RECENT_BYTES }, (_, nth) => {
    const start = nth * RECENT_BYTES;
    const end = start + FINGERPRINT_BYTES;
    return { fingerprint: bytes.toString('utf16le', start, end), at: bytes.readUIntBE(end, INSTANT_BYTES) };
  });
}
