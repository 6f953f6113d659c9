/** Packs lines into bulks that Logz.io takes. */

import type { LineBytes } from '../line-writer.ts';
import { takeMemory } from '../memory.ts';
import type { EpochMs } from '../platform/clock.ts';
import type { Fingerprint } from '../state/fingerprints.ts';

/** One event on its way: what is needed to record it or to put it aside. Its line lies in its bulk's body. */
export interface Parcel {
  readonly fingerprint: Fingerprint;
  readonly at: EpochMs;
  /** The bytes among which the event lies as JumpCloud sent it, and where: no text of its own, since hardly any is ever asked for. */
  readonly page: Buffer;
  readonly start: number;
  readonly end: number;
  /** The line had to be cut to Logz.io's limits. */
  readonly shortened: boolean;
  /** `at` is the event's own instant, so that it counts for its hour. */
  readonly dated: boolean;
}

/** The event as JumpCloud sent it. */
export function originalOf({ page, start, end }: Pick<Parcel, 'page' | 'start' | 'end'>): string {
  return page.toString('utf8', start, end);
}

export interface Bulk {
  readonly parcels: readonly Parcel[];
  /** A line for each of them, in their order; UTF-8, before gzip. */
  readonly body: Buffer;
  /** Where in the body each line ends, its line break included. */
  readonly ends: readonly number[];
}

/**
 * The size at which a bulk is sent: well below the 10,485,760 bytes that Logz.io takes, so that a page of usual events makes
 * two or three bulks that travel at once, and one that is lost costs little to repeat.
 */
export const BULK_BYTES = 3 * 1024 * 1024;
/** Logz.io's limit for a line. Shapes stay below it; a line that does not is put aside, because there it would be lost. */
export const LARGEST_LINE_BYTES = 500_000;
const LINE_BREAK = 0x0a;
/** No UTF-16 unit takes more. */
const LARGEST_UNIT_BYTES = 3;

/** A log's line without its line break. */
export type Line = string | LineBytes;

export class Packer {
  #parcels: Parcel[] = [];
  #ends: number[] = [];
  #body = Buffer.alloc(0);
  #bytes = 0;

  /**
   * @param line of at most `BULK_BYTES - 1` bytes
   * @returns a full bulk, when `line` no longer fits into it
   */
  add(parcel: Parcel, line: Line): Bulk | undefined {
    const room = this.#body.length - this.#bytes - 1;
    const isText = typeof line === 'string';
    const fits = isText
      ? line.length * LARGEST_UNIT_BYTES <= room || Buffer.byteLength(line) <= room
      : line.length <= room;
    const full = fits ? undefined : this.flush();
    // Written here and now, so that no line outlives this call: gzip needs bytes, and memory stays small.
    if (!fits) this.#body = takeMemory(BULK_BYTES);
    this.#bytes += isText
      ? this.#body.write(line, this.#bytes)
      : line.bytes.copy(this.#body, this.#bytes, 0, line.length);
    this.#body[this.#bytes++] = LINE_BREAK;
    this.#ends.push(this.#bytes);
    this.#parcels.push(parcel);
    return full;
  }

  /** @returns what is left, if anything */
  flush(): Bulk | undefined {
    if (this.#parcels.length === 0) return undefined;
    const bulk = { parcels: this.#parcels, body: this.#body.subarray(0, this.#bytes), ends: this.#ends };
    this.#parcels = [];
    this.#ends = [];
    this.#body = Buffer.alloc(0);
    this.#bytes = 0;
    return bulk;
  }
}

/** Two bulks of about the same number of lines; `bulk` must hold at least two. */
export function halve({ parcels, body, ends }: Bulk): [Bulk, Bulk] {
  const middle = Math.ceil(parcels.length / 2);
  const cut = ends[middle - 1] ?? 0;
  const first = { parcels: parcels.slice(0, middle), body: body.subarray(0, cut), ends: ends.slice(0, middle) };
  const second = {
    parcels: parcels.slice(middle),
    body: body.subarray(cut),
    ends: ends.slice(middle).map((end) => end - cut),
  };
  return [first, second];
}

/** The first lines of a bulk, without their line breaks. */
export function firstLines({ body, ends }: Bulk, count: number): string[] {
  return ends.slice(0, count).map((end, nth) => body.toString('utf8', ends[nth - 1] ?? 0, end - 1));
}
