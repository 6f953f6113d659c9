/** Packs lines into bulks that Logz.io takes. */
import type { EpochMs } from '../platform/time.ts';
import type { Fingerprint } from '../state/fingerprints.ts';

/** An event as it was received; `brokenBytes` only where they are no valid UTF-8. */
export interface Received {
  readonly text: string;
  readonly brokenBytes: Buffer | undefined;
}

/** One event on its way: what it takes to record or to quarantine it. Its line is in the bulk. */
export interface EventRecord {
  readonly fingerprint: Fingerprint;
  readonly at: EpochMs;
  /** What quarantine keeps of it; of a page's event, the text is made when it is asked for. */
  readonly received: Received;
  /** Something of the event is missing in the line. */
  readonly shortened: boolean;
  /** `at` is the event's own instant, so that it counts for its hour. */
  readonly dated: boolean;
}

export interface Bulk {
  readonly records: readonly EventRecord[];
  /** A line for each of them, in their order; UTF-8, before gzip. */
  readonly body: Buffer;
  /** Where in the body each line ends, its line break included. */
  readonly ends: readonly number[];
}

/**
 * The size at which a bulk is sent: well below the 10,485,760 bytes that Logz.io takes, so that a
 * page of usual events makes two or three bulks that travel at once, and one that is lost costs
 * little to repeat.
 */
export const BULK_BYTES = 3 * 1024 * 1024;
const LINE_BREAK = 0x0a;
const SMALL_BULK_BYTES = 128 * 1024;

export class Packer {
  #records: EventRecord[] = [];
  #ends: number[] = [];
  #body = Buffer.alloc(0);
  #bytes = 0;

  /**
   * @param line a log without its line break, of at most `BULK_BYTES - 1` bytes
   * @returns a full bulk, when `line` no longer fits into it
   */
  add(record: EventRecord, line: string): Bulk | undefined {
    const size = Buffer.byteLength(line) + 1;
    const full = this.#bytes + size > BULK_BYTES ? this.flush() : undefined;
    if (this.#bytes + size > this.#body.length) this.#grow(this.#bytes + size);
    this.#bytes += this.#body.write(line, this.#bytes);
    this.#body[this.#bytes++] = LINE_BREAK;
    this.#ends.push(this.#bytes);
    this.#records.push(record);
    return full;
  }

  /** Most bulks of a usual run hold few events. */
  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(needed <= SMALL_BULK_BYTES ? SMALL_BULK_BYTES : BULK_BYTES);
    this.#body.copy(larger, 0, 0, this.#bytes);
    this.#body = larger;
  }

  /** @returns what is left, if anything */
  flush(): Bulk | undefined {
    if (this.#records.length === 0) return undefined;
    const bulk = { records: this.#records, body: this.#body.subarray(0, this.#bytes), ends: this.#ends };
    this.#records = [];
    this.#ends = [];
    this.#body = Buffer.alloc(0);
    this.#bytes = 0;
    return bulk;
  }
}

/** Two bulks of about the same number of lines; `bulk` must hold at least two. */
export function halve({ records, body, ends }: Bulk): [Bulk, Bulk] {
  const middle = Math.ceil(records.length / 2);
  const cut = ends[middle - 1] ?? 0;
  const first = { records: records.slice(0, middle), body: body.subarray(0, cut), ends: ends.slice(0, middle) };
  const second = {
    records: records.slice(middle),
    body: body.subarray(cut),
    ends: ends.slice(middle).map((end) => end - cut),
  };
  return [first, second];
}

/** The first lines of a bulk, without their line breaks. */
export function firstLines({ body, ends }: Bulk, count: number): string[] {
  return ends.slice(0, count).map((end, nth) => body.toString('utf8', ends[nth - 1] ?? 0, end - 1));
}
