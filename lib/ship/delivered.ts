/** The fingerprints of the events that need no further sending: up to a million of them, in 24 bytes each and no objects. */
import type { EpochMs } from '../platform/clock.ts';
import { FINGERPRINT_BYTES, type Fingerprint } from '../state/fingerprints.ts';

const WORDS = FINGERPRINT_BYTES / 4;
const SMALLEST_CAPACITY = 1024;
/** Linear probing stays short while at most this share of the places is taken. */
const LARGEST_LOAD = 0.6;
const FREE = Number.NEGATIVE_INFINITY;

/** A set of fingerprints, each with its event's instant, that can forget by time. */
export class Delivered {
  #capacity = SMALLEST_CAPACITY;
  #words = new Int32Array(SMALLEST_CAPACITY * WORDS);
  #instants = new Float64Array(SMALLEST_CAPACITY).fill(FREE);
  #taken = 0;
  #forgottenBefore: EpochMs = FREE;

  has(fingerprint: Fingerprint): boolean {
    return this.#instants[this.#place(fingerprint)] !== FREE;
  }

  /**
   * @param at the event's instant: the fingerprint may be forgotten once `settled` has passed it.
   * @returns false when it was there already
   */
  add(fingerprint: Fingerprint, at: EpochMs): boolean {
    const place = this.#place(fingerprint);
    if (this.#instants[place] !== FREE) return false;
    for (let word = 0; word < WORDS; word++) this.#words[place * WORDS + word] = wordOf(fingerprint, word);
    this.#instants[place] = at;
    if (++this.#taken > this.#capacity * LARGEST_LOAD) this.#rebuild();
    return true;
  }

  /** Lets go of fingerprints before `settled`; they leave memory when room is next needed. */
  forgetBefore(settled: EpochMs): void {
    this.#forgottenBefore = Math.max(this.#forgottenBefore, settled);
  }

  #place(fingerprint: Fingerprint): number {
    const mask = this.#capacity - 1;
    let place = wordOf(fingerprint, 0) & mask;
    while (this.#instants[place] !== FREE && !this.#holds(place, fingerprint)) place = (place + 1) & mask;
    return place;
  }

  #holds(place: number, fingerprint: Fingerprint): boolean {
    for (let word = 0; word < WORDS; word++) {
      if (this.#words[place * WORDS + word] !== wordOf(fingerprint, word)) return false;
    }
    return true;
  }

  /** Moves what is still remembered to tables of the size that it needs. */
  #rebuild(): void {
    const [words, instants, capacity] = [this.#words, this.#instants, this.#capacity];
    let kept = 0;
    for (const at of instants) if (at !== FREE && at >= this.#forgottenBefore) kept++;
    this.#capacity = SMALLEST_CAPACITY;
    while (this.#capacity * LARGEST_LOAD < 2 * kept) this.#capacity *= 2;
    this.#words = new Int32Array(this.#capacity * WORDS);
    this.#instants = new Float64Array(this.#capacity).fill(FREE);
    this.#taken = kept;
    const mask = this.#capacity - 1;
    for (let from = 0; from < capacity; from++) {
      const at = instants[from] as number;
      if (at === FREE || at < this.#forgottenBefore) continue;
      let to = (words[from * WORDS] as number) & mask;
      while (this.#instants[to] !== FREE) to = (to + 1) & mask;
      for (let word = 0; word < WORDS; word++) this.#words[to * WORDS + word] = words[from * WORDS + word] as number;
      this.#instants[to] = at;
    }
  }
}

function wordOf(fingerprint: Fingerprint, word: number): number {
  const at = 4 * word;
  return (
    fingerprint.charCodeAt(at) |
    (fingerprint.charCodeAt(at + 1) << 8) |
    (fingerprint.charCodeAt(at + 2) << 16) |
    (fingerprint.charCodeAt(at + 3) << 24)
  );
}
