/** What makes two answers of JumpCloud the same event, and two equal events two. */

import { type BinaryToTextEncoding, hash } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue } from '../platform/json.ts';
import type { EpochMs } from '../platform/time.ts';
import { parseExactly } from '../shape/parse-event.ts';
import { FINGERPRINT_BYTES, FINGERPRINT_UNITS, type Fingerprint } from '../state/fingerprints.ts';

export interface Identity {
  readonly fingerprint: Fingerprint;
  /** JumpCloud's id; without one, the hash of the canonical JSON and its occurrence number. */
  readonly eventId: string;
  /** 2 for the second of two events without an id that are equal in everything, and so on. */
  readonly occurrence: number;
  /** Another event of this pass has this id and timestamp; the fingerprint is the content's. */
  readonly isClash: boolean;
}

/** An event, parsed, beside the text it was parsed from. */
export interface ParsedEvent {
  readonly text: string;
  /** Undefined where the text is no JSON object: the text itself is then the content. */
  readonly value: JsonObject | undefined;
}

/** Identifies the events of one pass over a stream, in the order in which they come. */
export class Identities {
  readonly #textOf = new Recent<Fingerprint, string>();
  readonly #countOf = new Recent<string, number>();

  /**
   * By id and timestamp where the event has an id; otherwise by its content.
   * @param at the event's instant
   */
  identify(event: ParsedEvent & { readonly value: JsonObject }, at: EpochMs): Identity {
    const { value, text } = event;
    const id = idOf(value);
    if (id === undefined) return this.byContent(event, at);
    const fingerprint = fingerprintOf([id, value.timestamp ?? null]);
    const eventId = String(id);
    const before = this.#textOf.get(fingerprint);
    if (before === undefined) this.#textOf.set(fingerprint, text, at, text.length);
    if (before === undefined || before === text || haveSameContent(before, text))
      return { fingerprint, eventId, occurrence: 1, isClash: false };
    return { fingerprint: fingerprintOf([contentHash(event)]), eventId, occurrence: 1, isClash: true };
  }

  /** @param at the event's instant; without a readable one, what it is filed under */
  byContent(event: ParsedEvent, at: EpochMs): Identity {
    const content = contentHash(event);
    const occurrence = (this.#countOf.get(content) ?? 0) + 1;
    this.#countOf.set(content, occurrence, at, 0);
    const eventId = `${content}-${occurrence}`;
    return { fingerprint: fingerprintOf([eventId]), eventId, occurrence, isClash: false };
  }
}

/**
 * A map that remembers what was set a short time ago, by the events' own clock, and stays small
 * over a long pass.
 *
 * Equal events have equal timestamps and pages ascend, so they are at most a rounding server's
 * second apart: two generations of two seconds are enough.
 */
class Recent<Key, Value> {
  static readonly #GENERATION_MS = 2000;
  /** Of one generation, so that pages of events of one instant do not fill the memory. */
  static readonly #MOST_CHARACTERS = 8 * 1024 * 1024;
  #since: EpochMs = Number.NEGATIVE_INFINITY;
  #characters = 0;
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();

  get(key: Key): Value | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  /** @param characters what the value takes of the room; 0: it need not make way for others */
  set(key: Key, value: Value, at: EpochMs, characters: number): void {
    if (at - this.#since >= Recent.#GENERATION_MS || this.#characters >= Recent.#MOST_CHARACTERS) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#since = at;
      this.#characters = 0;
    }
    this.#characters += characters;
    this.#young.set(key, value);
  }
}

/**
 * The id in the log of an event that was changed after it was identified: by what is left of its
 * content, where it has no id of its own.
 */
export function contentEventId(event: ParsedEvent & { readonly value: JsonObject }, eventId: string): string {
  return idOf(event.value) === undefined ? contentHash(event) + eventId.slice(2 * FINGERPRINT_BYTES) : eventId;
}

/** Node writes a hash in every encoding that it has; its types know some of them. */
const UTF_16 = 'utf16le' as BinaryToTextEncoding;

/** JSON tells an id `1` from `"1"`, and where an id ends. */
function fingerprintOf(parts: readonly JsonValue[]): Fingerprint {
  return hash('sha256', JSON.stringify(parts), UTF_16).slice(0, FINGERPRINT_UNITS);
}

/** What stands where there is no id: nothing, zeros (also as a UUID), or the name of nothing. */
const PLACEHOLDER = /^(?:[\s0-]*|null|undefined)$/i;

function idOf({ id }: JsonObject): string | number | undefined {
  if (typeof id === 'string') return PLACEHOLDER.test(id) ? undefined : id;
  // A longer number has lost digits when it was parsed, and could be another event's.
  return typeof id === 'number' && Number.isSafeInteger(id) && id !== 0 ? id : undefined;
}

/** Two JSON texts that differ in nothing but blanks and the order of their members. */
function haveSameContent(one: string, other: string): boolean {
  const canonical = (text: string) => canonicalOr(text, () => parseExactly(text) as JsonObject);
  return canonical(one) === canonical(other);
}

/** Of the canonical form; of the text where there is none, or with thousands of levels. */
function contentHash({ text, value }: ParsedEvent): string {
  return hash('sha256', value === undefined ? text : canonicalOr(text, () => value)).slice(0, 2 * FINGERPRINT_BYTES);
}

function canonicalOr(text: string, read: () => JsonObject): string {
  try {
    return canonicalJson(read());
  } catch (error) {
    if (error instanceof RangeError) return text;
    throw error;
  }
}

/** JSON with every object's members ordered by name: a server's order does not matter. */
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
