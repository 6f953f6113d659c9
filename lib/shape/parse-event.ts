/** One event's JSON text, read; with all that JSON.parse loses in silence where it matters. */

import { isJsonObject, type JsonObject, type JsonValue } from '../platform/json.ts';
import type { SourceEvent } from './shape.ts';

/**
 * Reads one event.
 * @returns the event's members; `undefined` where the text is no JSON or its value is no object.
 * Numbers are plain JavaScript numbers here: a shape looks at the text again where one of them
 * cannot hold all its digits.
 */
export function parseEvent(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

type Parsed = Pick<SourceEvent, 'value' | 'text' | 'membersInText'>;

/** @throws RangeError for one that is nested too deeply or has the same field twice */
export function readExactly(event: Parsed): JsonObject {
  membersOf(event);
  return withLongNumbers(event.value, event.text);
}

/**
 * How many members the event has, those of everything in it included.
 * @throws RangeError where one name is there twice: JSON.parse keeps the last, no writer makes them
 */
export function membersOf({ value, text, membersInText }: Parsed): number {
  const members = countMembers(value);
  if (members !== (membersInText ?? countMembersInText(text))) throw new RangeError('it has the same field twice');
  return members;
}

/** A text, which may hold colons of its own. */
const TEXT = /"(?:[^"\\]+|\\.)*"/g;

/** All members of all objects in a JSON text, each counted as often as it is written. */
export function countMembersInText(text: string): number {
  return text.replace(TEXT, '').split(':').length - 1;
}

/** How many members the value and everything in it have. */
export function countMembers(value: JsonValue): number {
  if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return 0;
  let members = 0;
  if (Array.isArray(value)) for (const item of value) members += countMembers(item);
  else {
    for (const name in value) {
      const member = value[name];
      if (member !== undefined) members += typeof member === 'object' ? 1 + countMembers(member) : 1;
    }
  }
  return members;
}

/** What a double may not hold: 16 digits or more (15 are exact), a three-digit exponent. */
const MAYBE_INEXACT = /[:,[]\s*-?(?:[\d.]{16}|[\d.]+[eE][+-]?\d{3})/;
const EXACT_DIGITS = 15;

/**
 * The event with every number that may have lost digits as a `JSON.rawJSON` object, which
 * `JSON.stringify` writes as it came. That reads the text again, at seven times the cost, and only
 * where such a number may be in it.
 * @throws RangeError where the event is nested too deeply to be read this way
 */
export function withLongNumbers(value: JsonObject, text: string): JsonObject {
  return MAYBE_INEXACT.test(text) ? (parseKeeping(text, hasLost) as JsonObject) : value;
}

function hasLost(number: number, source: string): boolean {
  if (!Number.isFinite(number)) return true;
  if (number === 0) return /^-?[0.]*[1-9]/.test(source);
  return source.length > EXACT_DIGITS && String(number) !== source;
}

/** Reads JSON so that `JSON.stringify` writes every number as it stands, digit for digit. */
export function parseExactly(json: string): unknown {
  return parseKeeping(json, (number, source) => String(number) !== source);
}

function parseKeeping(json: string, isKept: (number: number, source: string) => boolean): unknown {
  return parseWithSource(json, (_name, member, { source }) =>
    typeof member === 'number' && source !== undefined && isKept(member, source) ? JSON.rawJSON(source) : member,
  );
}

/** `JSON.parse` as Node 24 has it: its types do not know the third argument yet. */
const parseWithSource = JSON.parse as (
  text: string,
  reviver: (name: string, member: unknown, context: { readonly source?: string }) => unknown,
) => unknown;
