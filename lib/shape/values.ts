/**
 * What every index takes: so much of a log; texts, none of which looks like a date; times and
 * numbers.
 */

import { isIP } from 'node:net';
import type { JsonValue } from '../platform/json.ts';
import { formatInstant, parseInstant } from '../platform/time.ts';

// Source of each number: Logz.io's documentation, 2026-06.

/** Bytes of a line without its break; longer ones are counted as `oversizedLines` and dropped. */
export const MAX_LINE_BYTES = 500_000;

/**
 * Bytes (UTF-8) of one text. Logz.io documents 32,700 *characters*; the index below it refuses a
 * keyword of more than 32,766 *bytes*, and with it the whole log. Counting the documented number in
 * bytes satisfies both: a text never has more characters than bytes.
 */
export const MAX_TEXT_BYTES = 32_700;

/** Bytes of one field name: as above, less room for what a rename or a path puts around it. */
export const MAX_NAME_BYTES = 32_000;

/** Fields of one log, objects and their members all counted. */
export const MAX_FIELDS = 1000;

/**
 * Fields of one event that the table does not know. An index takes 1,000 names by default, and
 * counts a text twice where it is analysed and a keyword: one event must not use up what is left
 * for all others of the day.
 */
export const MAX_UNKNOWN_FIELDS = 100;

/** The longest beginning of `text` of at most `maxBytes` in UTF-8, in whole characters. */
export function cutToBytes(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text;
  const bytes = Buffer.from(text).subarray(0, maxBytes);
  // As of a stream: what is left of a character at the end waits for the rest of it.
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream: true });
}

/** True for `null`, an empty text, and objects and lists that hold nothing else. */
export function isEmpty(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (typeof value !== 'object' || JSON.isRawJSON(value)) return false;
  if (Array.isArray(value)) return value.every(isEmpty);
  for (const name in value) if (!isEmpty(value[name])) return false;
  return true;
}

/**
 * All that the two dynamic date formats of OpenSearch and Elasticsearch take
 * (`strict_date_optional_time` and `yyyy/MM/dd HH:mm:ss||yyyy/MM/dd`; their documentation adds a
 * zone to the second), and a little more. They take `2026-13` too, and then cannot index it.
 */
const TAKEN = /^[+-]?\d{4,}(?:-\d\d(?:-\d\d)?(?:T(?:\d\d.*)?)?|T(?:\d\d.*)?)$|^\+?\d{4,}\/\d\d\/\d\d(?: .*)?$/s;

/** Units of a text: year, nine fractional digits and the longest name of a time zone have 70. */
const LONGEST_DATE = 100;

/** True where date detection takes the text for a date, or may. */
export function looksLikeDate(text: string): boolean {
  // Signs and digits are before the colon; most texts begin behind it.
  return text < ':' && text.length <= LONGEST_DATE && TAKEN.test(text);
}

/** Text that no index takes for a date: where it would, in quotes, as its JSON text. */
export function plainText(text: string): string {
  return looksLikeDate(text) ? JSON.stringify(text) : text;
}

/** An address with a zone (`fe80::1%eth0`) is none to an index. */
export function isAddress(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && isIP(value) !== 0 && !value.includes('%');
}

/** RFC 3339 as an index reads it: capital T and Z, no leap second, offsets up to 14 hours. */
const INDEXABLE =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/;
/** The first day of a month that not every month has. */
const FIRST_DAY_NOT_IN_ALL = '29';
const DAY_AT = 8;
/** Years of four digits; a leap second or an offset may lead out of them. */
const FIRST_MS = Date.parse('0000-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** True where an index reads the value as a date just as it is. */
export function isIndexableTime(value: JsonValue | undefined): value is string {
  return (
    typeof value === 'string' &&
    INDEXABLE.test(value) &&
    (value.slice(DAY_AT, DAY_AT + 2) < FIRST_DAY_NOT_IN_ALL || parseInstant(value) !== undefined)
  );
}

/**
 * The event's timestamp for `@timestamp`: as it came where an index reads it so, else the same
 * instant to the millisecond.
 * @throws RangeError where it is no timestamp: such events must not reach a shape.
 */
export function toIndexableTime(value: JsonValue | undefined): string {
  if (isIndexableTime(value)) return value;
  const instant = parseInstant(value);
  if (instant === undefined) {
    throw new RangeError('the event has no readable timestamp: it belongs into quarantine, not into a shape');
  }
  return formatInstant(Math.min(Math.max(instant, FIRST_MS), LAST_MS));
}

const INTEGER_TEXT = /^(?:0|-?[1-9]\d{0,18})$/;
const NUMBER_TEXT = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Largest `decimal`: an index keeps it in 32 bits and refuses a log with a larger one. */
const MAX_DECIMAL = 3.4e38;

/** The number as it came, or the number a text is; undefined where it is neither. */
function sourceOf(value: JsonValue): string | undefined {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return value;
  return JSON.isRawJSON(value) ? value.rawJSON : undefined;
}

/** @returns the whole number with all its digits; undefined where there is none in 64 bits */
export function toInteger(value: JsonValue): JsonValue | undefined {
  if (Number.isSafeInteger(value)) return value;
  // Below 10^21 a double is written without an exponent: an integer is its digits.
  const source = sourceOf(value);
  if (source === undefined || !INTEGER_TEXT.test(source)) return undefined;
  if (BigInt.asIntN(64, BigInt(source)) !== BigInt(source)) return undefined;
  const number = Number(source);
  return Number.isSafeInteger(number) ? number : raw(source);
}

/** @returns the number with a fraction or an exponent; undefined where the value is none */
export function toDecimal(value: JsonValue): JsonValue | undefined {
  if (typeof value === 'number' && Number.isFinite(value) && !Number.isInteger(value)) return value;
  const source = sourceOf(value);
  if (source === undefined || !NUMBER_TEXT.test(source)) return undefined;
  const number = Number(source);
  if (Math.abs(number) > MAX_DECIMAL) return undefined;
  return Number.isInteger(number) ? raw(number.toFixed(1)) : number;
}

function raw(source: string): JsonValue {
  return JSON.rawJSON(source) as unknown as JsonValue;
}
