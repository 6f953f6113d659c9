/** RFC 3339 timestamps to whole milliseconds and back, without the guesses of `Date.parse`. */
import type { EpochMs } from './clock.ts';

/** Where each part stands; what follows the seconds varies. */
const RFC_3339 = { year: 0, month: 5, day: 8, hour: 11, minute: 14, second: 17, rest: 19 } as const;
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
/** `Date.UTC` moves the years before to 19xx. */
const FIRST_YEAR = 100;
const [DIGIT_0, COLON, DASH, PLUS, DOT, COMMA] = [0x30, 0x3a, 0x2d, 0x2b, 0x2e, 0x2c] as const;
const [UPPER_T, UPPER_Z] = [0x54, 0x5a] as const;
/** An index reads no more. */
const MOST_PLAIN_DIGITS = 9;
const NO_DIGITS = 100_000;
const ZULU = new Set([0x5a, 0x7a]);
const DATE_ENDS = new Set([0x54, 0x74, 0x20]);

/**
 * Reads an RFC 3339 timestamp with any number of fractional digits, floored to the millisecond.
 *
 * Flooring loses nothing where it matters: every instant this product compares with (`settled`, a window's start and end)
 * is a whole millisecond n, and t >= n exactly when floor(t) >= n.
 *
 * Called for every event, and written without a regular expression for that reason: that took a tenth of the time of all.
 *
 * @returns undefined when `text` is no such timestamp or names a day or an hour that does not exist.
 */
export function parseInstant(text: unknown): EpochMs | undefined {
  if (typeof text !== 'string' || !hasSeparators(text)) return undefined;
  const year = number(text, RFC_3339.year, 4);
  const month = number(text, RFC_3339.month, 2);
  const day = number(text, RFC_3339.day, 2);
  const hour = number(text, RFC_3339.hour, 2);
  const minute = number(text, RFC_3339.minute, 2);
  const second = number(text, RFC_3339.second, 2);
  // A leap second (60) is read as the first instant of the next minute. What is no number is NaN and fails every comparison.
  const exists = year >= FIRST_YEAR && month >= 1 && day >= 1 && hour <= 23 && minute <= 59 && second <= 60;
  if (!exists || !(day <= daysIn(month, year))) return undefined;
  const fractionEnd = endOfFraction(text);
  const offset = offsetMs(text, fractionEnd);
  if (offset === undefined) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second) + fractionMs(text, fractionEnd) - offset;
}

/** True where bytes hold a timestamp in the form in which JumpCloud sends them, `2026-11-21T19:18:00.123Z`. */
export function isPlainInstant(bytes: Uint8Array, from: number, to: number): boolean {
  const { month, day, hour, minute, second, rest } = RFC_3339;
  const end = to - 1;
  const hasForm =
    end >= from + rest &&
    bytes[end] === UPPER_Z &&
    bytes[from + month - 1] === DASH &&
    bytes[from + day - 1] === DASH &&
    bytes[from + hour - 1] === UPPER_T &&
    bytes[from + minute - 1] === COLON &&
    bytes[from + second - 1] === COLON;
  if (!hasForm) return false;
  const year = 100 * twoDigits(bytes, from) + twoDigits(bytes, from + 2);
  const months = twoDigits(bytes, from + month);
  const days = twoDigits(bytes, from + day);
  const exists =
    year >= FIRST_YEAR &&
    year < NO_DIGITS &&
    months >= 1 &&
    days >= 1 &&
    days <= daysIn(months, year) &&
    twoDigits(bytes, from + hour) <= 23 &&
    twoDigits(bytes, from + minute) <= 59 &&
    twoDigits(bytes, from + second) <= 59;
  if (!exists || end === from + rest) return exists;
  if (bytes[from + rest] !== DOT || end === from + rest + 1 || end > from + rest + 1 + MOST_PLAIN_DIGITS) return false;
  for (let at = from + rest + 1; at < end; at++) if (!isDigit(bytes[at] as number)) return false;
  return true;
}

/** @returns what `parseInstant` reads of such a timestamp; undefined where it has another form, and may be one all the same */
export function parsePlainInstant(bytes: Uint8Array, from: number, to: number): EpochMs | undefined {
  if (!isPlainInstant(bytes, from, to)) return undefined;
  const { month, day, hour, minute, second, rest } = RFC_3339;
  const year = 100 * twoDigits(bytes, from) + twoDigits(bytes, from + 2);
  let ms = 0;
  let unit = SECOND_MS / 10;
  for (let at = from + rest + 1; at < to - 1 && unit >= 1; at++) {
    ms += ((bytes[at] as number) - DIGIT_0) * unit;
    unit /= 10;
  }
  return Date.UTC(
    year,
    twoDigits(bytes, from + month) - 1,
    twoDigits(bytes, from + day),
    twoDigits(bytes, from + hour),
    twoDigits(bytes, from + minute),
    twoDigits(bytes, from + second),
    ms,
  );
}

/** More than any part of a timestamp may be, where they are none. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at] as number;
  const ones = bytes[at + 1] as number;
  return isDigit(tens) && isDigit(ones) ? 10 * (tens - DIGIT_0) + ones - DIGIT_0 : NO_DIGITS;
}

function isDigit(byte: number): boolean {
  return byte >= DIGIT_0 && byte < DIGIT_0 + 10;
}

function hasSeparators(text: string): boolean {
  return (
    text.charCodeAt(4) === DASH &&
    text.charCodeAt(7) === DASH &&
    DATE_ENDS.has(text.charCodeAt(10)) &&
    text.charCodeAt(13) === COLON &&
    text.charCodeAt(16) === COLON
  );
}

/** `count` digits at `from`; NaN where one of them is none. */
function number(text: string, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at++) {
    const digit = text.charCodeAt(at) - DIGIT_0;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = 10 * value + digit;
  }
  return value;
}

function daysIn(month: number, year: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && isLeap ? 29 : (DAYS_IN_MONTH[month - 1] ?? 0);
}

/** The place after the fraction; where there is none, or no digit in it, the place after the seconds. */
function endOfFraction(text: string): number {
  const mark = text.charCodeAt(RFC_3339.rest);
  if (mark !== DOT && mark !== COMMA) return RFC_3339.rest;
  let end = RFC_3339.rest + 1;
  while (!Number.isNaN(number(text, end, 1))) end++;
  return end === RFC_3339.rest + 1 ? RFC_3339.rest : end;
}

/** The first three digits of the fraction. */
function fractionMs(text: string, end: number): number {
  const digits = Math.min(3, end - RFC_3339.rest - 1);
  return digits <= 0 ? 0 : number(text, RFC_3339.rest + 1, digits) * (SECOND_MS / 10 ** digits);
}

/** The zone, which must be all that is left; undefined where it is none. */
function offsetMs(text: string, from: number): number | undefined {
  const sign = text.charCodeAt(from);
  if (ZULU.has(sign)) return text.length === from + 1 ? 0 : undefined;
  const minutesAt = text.charCodeAt(from + 3) === COLON ? from + 4 : from + 3;
  const offset = (60 * number(text, from + 1, 2) + number(text, minutesAt, 2)) * MINUTE_MS;
  if ((sign !== PLUS && sign !== DASH) || Number.isNaN(offset) || text.length !== minutesAt + 2) return undefined;
  return sign === DASH ? -offset : offset;
}

/** `2026-11-21T19:18:00.000Z`: for people, logs and answers. */
export function formatInstant(ms: EpochMs): string {
  return new Date(ms).toISOString();
}

/** `2026-11-21T19:18:00Z`; `ms` must be a whole second. */
export function formatSeconds(ms: EpochMs): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
