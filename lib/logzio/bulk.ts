/** Packs lines into bulks that Logz.io takes. */
import type { EpochMs } from '../clock.ts';
import type { Fingerprint } from '../fingerprint.ts';

/** One event on its way: the line that Logz.io receives, and what is needed to record or to quarantine it. */
export interface Parcel {
  readonly line: string;
  readonly fingerprint: Fingerprint;
  readonly at: EpochMs;
  /** The event as JumpCloud sent it. */
  readonly original: string;
  /** The line had to be cut to Logz.io's limits. */
  readonly shortened: boolean;
  /** `at` is the event's own instant, so that it counts for its hour. */
  readonly dated: boolean;
}

export interface Bulk {
  readonly parcels: readonly Parcel[];
  /** UTF-8 bytes of the body, before gzip. */
  readonly bytes: number;
}

/**
 * The size at which a bulk is sent: well below the 10,485,760 bytes that Logz.io takes, so that a page of usual events makes
 * two or three bulks that travel at once, and one that is lost costs little to repeat.
 */
export const BULK_BYTES = 3 * 1024 * 1024;
const LINE_BREAK_BYTES = 1;

export class Packer {
  #parcels: Parcel[] = [];
  #bytes = 0;

  /** @returns a full bulk, when `parcel` no longer fits into it */
  add(parcel: Parcel): Bulk | undefined {
    const bytes = Buffer.byteLength(parcel.line) + LINE_BREAK_BYTES;
    const full = this.#bytes + bytes > BULK_BYTES ? this.flush() : undefined;
    this.#parcels.push(parcel);
    this.#bytes += bytes;
    return full;
  }

  /** @returns what is left, if anything */
  flush(): Bulk | undefined {
    if (this.#parcels.length === 0) return undefined;
    const bulk = { parcels: this.#parcels, bytes: this.#bytes };
    this.#parcels = [];
    this.#bytes = 0;
    return bulk;
  }
}

/** Two bulks of about the same number of lines; `bulk` must hold at least two. */
export function halve(bulk: Bulk): [Bulk, Bulk] {
  const middle = Math.ceil(bulk.parcels.length / 2);
  return [sized(bulk.parcels.slice(0, middle)), sized(bulk.parcels.slice(middle))];
}

function sized(parcels: readonly Parcel[]): Bulk {
  return { parcels, bytes: parcels.reduce((sum, { line }) => sum + Buffer.byteLength(line) + LINE_BREAK_BYTES, 0) };
}

export function bodyOf(bulk: Bulk): string {
  return `${bulk.parcels.map(({ line }) => line).join('\n')}\n`;
}
