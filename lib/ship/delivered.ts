/** The fingerprints of the events that need no further sending: up to a million of them. */
import type { EpochMs } from '../platform/time.ts';
import { type DeliveredChunk, type Fingerprint, fingerprintsIn } from '../state/fingerprints.ts';

const FIRST_PRUNE = 1024;

/** A set of fingerprints, each with its event's instant, that can forget by time. */
export class Delivered {
  readonly #instants = new Map<Fingerprint, EpochMs>();
  #settled: EpochMs = Number.NEGATIVE_INFINITY;
  #pruneAt = FIRST_PRUNE;

  /** @param chunks what earlier runs delivered */
  constructor(chunks: readonly DeliveredChunk[] = []) {
    for (const { fingerprints, until } of chunks)
      for (const fingerprint of fingerprintsIn(fingerprints)) this.add(fingerprint, until);
  }

  /** Fingerprints in memory, forgotten ones that were not pruned yet among them. */
  get size(): number {
    return this.#instants.size;
  }

  has(fingerprint: Fingerprint): boolean {
    return this.#instants.has(fingerprint);
  }

  /**
   * @param at the event's instant: the fingerprint may be forgotten once `settled` has passed it.
   * @returns false when it was there already
   */
  add(fingerprint: Fingerprint, at: EpochMs): boolean {
    if (this.#instants.has(fingerprint)) return false;
    this.#instants.set(fingerprint, at);
    if (this.#instants.size >= this.#pruneAt) this.#prune();
    return true;
  }

  /** Lets go of fingerprints before `settled`; they leave memory once there are twice as many. */
  forgetBefore(settled: EpochMs): void {
    this.#settled = Math.max(this.#settled, settled);
  }

  /** Not for every page: with a million entries, a pass over them costs more than the page. */
  #prune(): void {
    for (const [fingerprint, at] of this.#instants) if (at < this.#settled) this.#instants.delete(fingerprint);
    this.#pruneAt = Math.max(FIRST_PRUNE, 2 * this.#instants.size);
  }
}
