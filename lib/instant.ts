/** RFC 3339 timestamps to whole milliseconds and back, without the guesses of `Date.parse`. */
import type { EpochMs } from './clock.ts';

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:[Zz]|([+-])(\d\d):?(\d\d))$/;
const DAYS_IN_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const MINUTE_MS = 60_000;

/**
 * Reads an RFC 3339 timestamp with any number of fractional digits, floored to the millisecond.
 *
 * Flooring loses nothing where it matters: every instant this product compares with (`settled`, a window's start and end)
 * is a whole millisecond n, and t >= n exactly when floor(t) >= n.
 *
 * @returns undefined when `text` is no such timestamp or names a day or an hour that does not exist.
 */
export function parseInstant(text: unknown): EpochMs | undefined {
  if (typeof text !== 'string') return undefined;
  const match = RFC_3339.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12 || day < 1 || day > (DAYS_IN_MONTH[month - 1] ?? 0)) return undefined;
  // A leap second (60) is read as the first instant of the next minute.
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const wholeSeconds = Date.UTC(year, month - 1, day, hour, minute, second);
  // 29 February of a common year, and years below 100 (which Date.UTC moves to 19xx), do not survive the round trip.
  const date = new Date(wholeSeconds);
  if (second < 60 && (date.getUTCDate() !== day || date.getUTCFullYear() !== year)) return undefined;
  const fractionMs = match[7] ? Number(match[7].slice(0, 3).padEnd(3, '0')) : 0;
  return wholeSeconds + fractionMs - offsetMs(match[8], match[9], match[10]);
}

function offsetMs(sign?: string, hours?: string, minutes?: string): number {
  if (!sign) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
}

/** `2026-11-21T19:18:00.000Z`: for people, logs and answers. */
export function formatInstant(ms: EpochMs): string {
  return new Date(ms).toISOString();
}

/** `2026-11-21T19:18:00Z`; `ms` must be a whole second. */
export function formatSeconds(ms: EpochMs): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
