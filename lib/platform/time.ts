/** Instants and ranges of time, and RFC 3339 timestamps without the guesses of `Date.parse`. */

/** Whole milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number;

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** A lease outlives its run by so much: it cannot lapse while the last save is under way. */
export const LEASE_MARGIN_MS = 5 * SECOND_MS;

/** Half-open `[start, end)`, in whole milliseconds. */
export interface TimeRange {
  readonly start: EpochMs;
  readonly end: EpochMs;
}

export function isEmpty({ start, end }: TimeRange): boolean {
  return end <= start;
}

export function isInside(at: EpochMs, { start, end }: TimeRange): boolean {
  return at >= start && at < end;
}

const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:[Zz]|([+-])([01]\d|2[0-3]):?([0-5]\d))$/;
/** `Date.UTC` moves the years before to 19xx. */
const FIRST_YEAR = 100;
/** Every month has so many days. */
const DAYS_IN_ALL_MONTHS = 28;

/**
 * Reads an RFC 3339 timestamp with any number of fractional digits, floored to the millisecond.
 * Flooring loses nothing: it is compared with whole milliseconds n, and t >= n when floor(t) >= n.
 * @returns undefined for any other text, or a day, an hour or an offset that does not exist
 */
export function parseInstant(text: unknown): EpochMs | undefined {
  const parts = typeof text === 'string' ? RFC_3339.exec(text) : null;
  if (parts === null) return undefined;
  const [, years, months, days, hours, minutes, seconds, fraction = '', sign, offsetHours, offsetMinutes] = parts;
  const [year, month, day] = [Number(years), Number(months) - 1, Number(days)];
  const [hour, minute, second] = [Number(hours), Number(minutes), Number(seconds)];
  // A leap second (60) is read as the first instant of the next minute.
  if (year < FIRST_YEAR || month > 11 || day < 1 || hour > 23 || minute > 59 || second > 60) return undefined;
  if (month < 0 || (day > DAYS_IN_ALL_MONTHS && new Date(Date.UTC(year, month, day)).getUTCDate() !== day))
    return undefined;
  const offsetMs = sign === undefined ? 0 : (60 * Number(offsetHours) + Number(offsetMinutes)) * MINUTE_MS;
  const ms = Number(fraction.slice(0, 3).padEnd(3, '0'));
  return Date.UTC(year, month, day, hour, minute, second, ms) - (sign === '-' ? -offsetMs : offsetMs);
}

/** `2026-11-21T19:18:00.000Z`: for people, logs and answers. */
export function formatInstant(ms: EpochMs): string {
  return new Date(ms).toISOString();
}

/** `2026-11-21T19:18:00Z`; `ms` must be a whole second. */
export function formatSeconds(ms: EpochMs): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** An instant further back than this has no events on any plan. */
export const LONGEST_RETENTION_DAYS = 90;
export const LONGEST_RETENTION_MS = LONGEST_RETENTION_DAYS * DAY_MS;
/** On the lowest plan. */
export const SHORTEST_RETENTION_DAYS = 15;
export const SHORTEST_RETENTION_MS = SHORTEST_RETENTION_DAYS * DAY_MS;

/** The edge moves on during a request, which asks for a second more than the window. */
const EDGE_MS = MINUTE_MS;

/**
 * From where to ask when JumpCloud refused an earlier start: by the clock that is behind, so that
 * no event that JumpCloud still has is passed over.
 */
export function oldestKept(now: EpochMs, serverNow: EpochMs = now): EpochMs {
  return Math.min(now, serverNow) - LONGEST_RETENTION_MS + EDGE_MS;
}
