/** Numbers with all their digits, where a JavaScript number cannot hold them. */
import type { JsonObject, JsonValue } from '../platform/json.ts';
import { MAX_DECIMAL } from './limits.ts';

/** What a double may not hold: 16 digits or more (15 are exact), a three-digit exponent. */
const MAYBE_INEXACT = /[:,[\s]-?(?:[\d.]{16}|[\d.]+[eE][+-]?\d{3})/;
const EXACT_DIGITS = 15;
const INTEGER_TEXT = /^(?:0|-?[1-9]\d{0,18})$/;
const NUMBER_TEXT = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/**
 * The event with every number that may have lost digits as a `JSON.rawJSON` object, which
 * `JSON.stringify` writes as it came. That reads the text again, at seven times the cost, and only
 * where such a number may be in it.
 * @throws RangeError where the event is nested too deeply to be read this way
 */
export function withLongNumbers(value: JsonObject, text: string): JsonObject {
  if (!MAYBE_INEXACT.test(text)) return value;
  return parseWithSource(text, (_name, member, { source }) =>
    typeof member === 'number' && source !== undefined && hasLost(member, source) ? JSON.rawJSON(source) : member,
  ) as JsonObject;
}

/** `JSON.parse` as Node 24 has it: its types do not know the third argument yet. */
const parseWithSource = JSON.parse as (
  text: string,
  reviver: (name: string, member: unknown, context: { readonly source?: string }) => unknown,
) => unknown;

function hasLost(number: number, source: string): boolean {
  if (!Number.isFinite(number)) return true;
  if (number === 0) return /^-?[0.]*[1-9]/.test(source);
  return source.length > EXACT_DIGITS && String(number) !== source;
}

/** Reads JSON so that `JSON.stringify` writes every number as it stands, digit for digit. */
export function parseExactly(json: string): unknown {
  return parseWithSource(json, (_name, member, { source }) =>
    typeof member === 'number' && source !== undefined && String(member) !== source ? JSON.rawJSON(source) : member,
  );
}

/** The number as it came, or the number a text is; undefined where it is neither. */
function sourceOf(value: JsonValue): string | undefined {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return value;
  return JSON.isRawJSON(value) ? value.rawJSON : undefined;
}

/** @returns the whole number with all its digits; undefined where there is none in 64 bits */
export function toInteger(value: JsonValue): JsonValue | undefined {
  // Below 10^21 a double is written without an exponent: an integer is its digits.
  const source = sourceOf(value);
  if (source === undefined || !INTEGER_TEXT.test(source)) return undefined;
  const exact = BigInt(source);
  if (exact < MIN_INT64 || exact > MAX_INT64) return undefined;
  const number = Number(source);
  return Number.isSafeInteger(number) ? number : raw(source);
}

/** @returns the number with a fraction or an exponent; undefined where the value is none */
export function toDecimal(value: JsonValue): JsonValue | undefined {
  const source = sourceOf(value);
  if (source === undefined || !NUMBER_TEXT.test(source)) return undefined;
  const number = Number(source);
  if (Math.abs(number) > MAX_DECIMAL) return undefined;
  return Number.isInteger(number) ? raw(number.toFixed(1)) : number;
}

function raw(source: string): JsonValue {
  return JSON.rawJSON(source) as unknown as JsonValue;
}
