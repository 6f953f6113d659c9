/**
 * Made-up histories of any length that cost no memory: a block of real-looking events, repeated
 * with new ids and instants.
 */
import type { EpochMs } from '../lib/platform/time.ts';
import { makeEvents } from '../simulators/make-events.ts';
import { sampleDay } from '../simulators/sample-day.ts';

/** What the events of a history look like. */
export type Kind = 'sample day' | 'plain' | 'large';

export interface HistoryOptions {
  readonly kind: Kind;
  readonly count: number;
  /** The instant of the first event. */
  readonly from: EpochMs;
  /** Whole milliseconds from one event to the next. */
  readonly stepMs: number;
}

/** Events of a block; a block is repeated as often as a history is long. */
const BLOCK_EVENTS = 10_000;
const LARGE_BLOCK_EVENTS = 100;
const LARGE_EVENT_BYTES = 30_000;
/**
 * The few events of a sample day that carry certificates are left out: they have a row of their
 * own.
 */
const LARGEST_SAMPLE_BYTES = 4000;
const SAMPLE_SPARE = 1.1;
const SIMULATED_INSTANT = '2026-01-01T00:00:00.000Z';
/** Both kinds of JumpCloud's ids end in so many hex digits. */
const ID_DIGITS = 12;

/**
 * Where in a block an event lies, and where in the block what changes from repetition to
 * repetition.
 */
interface Slot {
  readonly start: number;
  readonly end: number;
  readonly timestamp: number;
  /** -1 for an event without an id. */
  readonly id: number;
}

export class History {
  readonly count: number;
  readonly #from: EpochMs;
  readonly #stepMs: number;
  readonly #block: Buffer;
  readonly #slots: readonly Slot[];

  constructor({ kind, count, from, stepMs }: HistoryOptions) {
    this.count = count;
    this.#from = from;
    this.#stepMs = stepMs;
    const texts = textsOf(kind);
    this.#block = Buffer.from(texts.map((text) => `${text},`).join(''));
    let start = 0;
    this.#slots = texts.map((text) => {
      const end = start + Buffer.byteLength(text);
      const slot = {
        start,
        end,
        timestamp: start + text.indexOf('"timestamp":"') + '"timestamp":"'.length,
        id: text.startsWith('{"id":"') ? start + text.indexOf('"', '{"id":"'.length) - ID_DIGITS : -1,
      };
      start = end + 1;
      return slot;
    });
  }

  /** The mean length of an event's text. */
  get eventBytes(): number {
    return this.#block.length / this.#slots.length - 1;
  }

  instantOf(index: number): EpochMs {
    return this.#from + index * this.#stepMs;
  }

  /** @returns the number of the first event at or after `instant` */
  firstAt(instant: EpochMs): number {
    return Math.min(this.count, Math.max(0, Math.ceil((instant - this.#from) / this.#stepMs)));
  }

  /** The events `[first, end)` as a JSON array, in pieces. */
  *page(first: number, end: number): Generator<Buffer> {
    yield Buffer.from('[');
    for (let from = first; from < end; ) {
      const slot = from % this.#slots.length;
      const count = Math.min(end - from, this.#slots.length - slot);
      yield this.#piece(slot, from, count, from + count === end);
      from += count;
    }
    yield Buffer.from(']');
  }

  #piece(firstSlot: number, firstIndex: number, count: number, isLast: boolean): Buffer {
    const slots = this.#slots.slice(firstSlot, firstSlot + count);
    const start = slots[0]?.start ?? 0;
    const end = slots.at(-1)?.end ?? 0;
    const piece = Buffer.from(this.#block.subarray(start, isLast ? end : end + 1));
    slots.forEach((slot, nth) => {
      const index = firstIndex + nth;
      piece.write(new Date(this.instantOf(index)).toISOString(), slot.timestamp - start, 'latin1');
      if (slot.id >= 0) piece.write(index.toString(16).padStart(ID_DIGITS, '0'), slot.id - start, 'latin1');
    });
    return piece;
  }
}

function textsOf(kind: Kind): string[] {
  const end = Date.parse(SIMULATED_INSTANT);
  if (kind === 'large') return Array.from({ length: LARGE_BLOCK_EVENTS }, (_, n) => largeEvent(n));
  const made =
    kind === 'plain'
      ? [...makeEvents({ count: BLOCK_EVENTS, seed: 1, from: end, to: end + 1 })]
      : sampleDay({ end, count: SAMPLE_SPARE * BLOCK_EVENTS });
  return made
    .map(({ text, timestamp = '' }) => text.replace(timestamp, SIMULATED_INSTANT))
    .filter((text) => text.length < LARGEST_SAMPLE_BYTES)
    .slice(0, BLOCK_EVENTS);
}

/** Like the MDM events that carry a device's certificates. */
function largeEvent(n: number): string {
  const certificate = Buffer.from(
    Array.from({ length: (LARGE_EVENT_BYTES * 3) / 4 }, (_, at) => (at * at * 31 + n * 7919 + at * n) % 256),
  ).toString('base64');
  return JSON.stringify({
    id: '66a1b2c3d4e5000000000000',
    timestamp: SIMULATED_INSTANT,
    service: 'mdm',
    event_type: 'mdm_command_result',
    success: true,
    profile_list: [{ identifier: `profile-${n}`, certificate }],
  });
}
