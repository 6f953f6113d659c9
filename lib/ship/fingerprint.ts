/** The identity of an event: what makes two answers of JumpCloud the same event, and two equal events two. */
import { hash } from 'node:crypto';
import type { EpochMs } from '../platform/clock.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../platform/json.ts';
import { shortHash } from '../short-hash.ts';
import { FINGERPRINT_BYTES, type Fingerprint } from '../state/fingerprints.ts';

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
 * @param text the event as it was received
 * @param at the event's instant, or for an event without a readable one the instant it is filed under
 * @param occurrences of the current pass over the stream; asked only for events without an id
 */
export function identify(event: JsonValue, text: string, at: EpochMs, occurrences: Occurrences): Identity {
  const id = isJsonObject(event) ? idOf(event) : undefined;
  if (id !== undefined && isJsonObject(event)) {
    const { timestamp } = event;
    // An object may have a member `toString`, of which no text can be made, and a list may be too deep for one.
    const isNoText = typeof timestamp === 'object' && timestamp !== null;
    const when = isNoText ? canonicalOr(text, timestamp) : String(timestamp);
    return { fingerprint: shortHash(`${id}\n${when}`), eventId: id };
  }
  return identifyByContent(canonicalOr(text, event), at, occurrences);
}

/** @param content the canonical JSON of an event without an id, as text or in UTF-8 */
export function identifyByContent(content: string | Buffer, at: EpochMs, occurrences: Occurrences): Identity {
  const contentHash = hash('sha256', content).slice(0, 2 * FINGERPRINT_BYTES);
  const eventId = `${contentHash}-${occurrences.next(contentHash, at)}`;
  return { fingerprint: shortHash(eventId), eventId };
}

function idOf(event: JsonObject): string | undefined {
  const id = event.id;
  if (typeof id === 'string') return id === '' ? undefined : id;
  // A longer number has lost digits when it was parsed, and could be another event's.
  return Number.isSafeInteger(id) ? String(id) : undefined;
}

/** The canonical form; for an event nested too deep for it, tens of thousands of levels, the text itself. */
function canonicalOr(text: string, event: JsonValue): string {
  try {
    return canonicalJson(event);
  } catch (error) {
    if (error instanceof RangeError) return text;
    throw error;
  }
}

/** JSON with the members of every object in the order of their names, so that a server's key order does not matter. */
export function canonicalJson(value: JsonValue): string {
  if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return JSON.stringify(value);
  let inside = '';
  if (!isJsonObject(value)) {
    for (const item of value) inside += `,${canonicalJson(item)}`;
    return `[${inside.slice(1)}]`;
  }
  for (const name of Object.keys(value).sort()) {
    inside += `,${JSON.stringify(name)}:${canonicalJson(value[name] as JsonValue)}`;
  }
  return `{${inside.slice(1)}}`;
}
