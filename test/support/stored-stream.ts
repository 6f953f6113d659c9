/** Short ways to say what a stream stores, for tests of the checkpoint store. */
import type { StreamState } from '../../lib/state/checkpoint.ts';
import { type DeliveredChunk, type DeliveredEvent, FINGERPRINT_BYTES } from '../../lib/state/fingerprints.ts';

export const LEASE_MS = 60_000;

/** The state of `held` with its checkpoint at `settled`. */
export function at(held: StreamState, settled: number): StreamState {
  const { checkpoint, hourlyCounts, quarantined } = held;
  return { checkpoint: { ...checkpoint, settled, watermark: settled }, hourlyCounts, quarantined };
}

/** Fingerprints that say their own number. */
export function events(first: number, count: number, instant: number): DeliveredEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const bytes = Buffer.alloc(FINGERPRINT_BYTES);
    bytes.writeUInt32BE(first + index, 12);
    return { fingerprint: bytes.toString('utf16le'), at: instant };
  });
}

export function numbersIn(chunks: readonly DeliveredChunk[]): number[] {
  return chunks
    .flatMap(({ fingerprints }) => {
      const bytes = Buffer.from(fingerprints);
      return Array.from({ length: bytes.length / FINGERPRINT_BYTES }, (_, index) =>
        bytes.readUInt32BE(index * FINGERPRINT_BYTES + 12),
      );
    })
    .sort((a, b) => a - b);
}
