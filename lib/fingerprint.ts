/** The identity of an event: what makes two answers of JumpCloud the same event, and two equal events two. */
import { hash } from 'node:crypto';
import type { EpochMs } from './clock.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts';

/**
 * 16 bytes: the first half of a SHA-256. With a million delivered fingerprints the chance that a new event is mistaken for
 * an old one is below 1 in 10^32.
 */
export type Fingerprint = Buffer;
export const FINGERPRINT_BYTES = 16;

export interface Identity {
  readonly fingerprint: Fingerprint;
  /** JumpCloud's id, or for an event without one the hash of its canonical JSON and its occurrence number. */
  readonly eventId: string;
}

/**
 * Numbers the occurrences of events that carry no id and are equal in everything.
 *
 * Equal events have equal timestamps and pages ascend, so an occurrence is at most a rounding server's second away from its
 * equals: two generations of two seconds remember enough, and memory stays flat over a long pass.
 */
export class Occurrences {
  static readonly #GENERATION_MS = 2000;
  #since: EpochMs = Number.NEGATIVE_INFINITY;
  #young = new Map<string, number>();
  #old = new Map<string, number>();

  /** @returns 1 for the first occurrence of `contentHash` in this pass, 2 for the next, … */
  next(contentHash: string, at: EpochMs): number {
    if (at - this.#since >= Occurrences.#GENERATION_MS) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#since = at;
    }
    const count = (this.#young.get(contentHash) ?? this.#old.get(contentHash) ?? 0) + 1;
    this.#young.set(contentHash, count);
    return count;
  }
}

/**
 * @param at the event's instant, or for an event without a readable one the instant it is filed under
 * @param occurrences of the current pass over the stream; asked only for events without an id
 */
export function identify(event: JsonValue, at: EpochMs, occurrences: Occurrences): Identity {
  const id = isJsonObject(event) ? idOf(event) : undefined;
  if (id !== undefined && isJsonObject(event)) {
    return { fingerprint: digest(`${id}\n${String(event.timestamp)}`), eventId: id };
  }
  const contentHash = hash('sha256', canonicalJson(event)).slice(0, 2 * FINGERPRINT_BYTES);
  const eventId = `${contentHash}-${occurrences.next(contentHash, at)}`;
  return { fingerprint: digest(eventId), eventId };
}

function digest(text: string): Fingerprint {
  return hash('sha256', text, 'buffer').subarray(0, FINGERPRINT_BYTES);
}

function idOf(event: JsonObject): string | undefined {
  const id = event.id;
  if (typeof id === 'string') return id === '' ? undefined : id;
  return typeof id === 'number' ? String(id) : undefined;
}

/** JSON with the members of every object in the order of their names, so that a server's key order does not matter. */
export function canonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isJsonObject(value) || JSON.isRawJSON(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name] as JsonValue)}`);
  return `{${members.join(',')}}`;
}
