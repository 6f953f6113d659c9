/** `start_date`, and the instants that a person gives with a command: as a time, or as an age. */
import type { JsonObject } from '../platform/json.ts';
import { DAY_MS, type EpochMs, HOUR_MS, MINUTE_MS, parseInstant } from '../platform/time.ts';

/** Where a new stream begins; `ageMs` is counted back from the first run. */
export type StartDate = { readonly at: EpochMs } | { readonly ageMs: number } | 'now';

const AGE = /^-(\d{1,6})([dhm])$/;
const MS_PER_UNIT: Readonly<Record<string, number>> = { d: DAY_MS, h: HOUR_MS, m: MINUTE_MS };
const DATE_ALONE = /^\d{4}-\d\d-\d\d$/;

/**
 * @param text an RFC 3339 instant (rounded down to the millisecond, so that nothing at or after it
 * is left out), a date alone (midnight UTC), an age in days, hours or minutes, or `now`.
 * @returns the start, or what is wrong with the text in a few words.
 */
export function parseStartDate(text: string): { start: StartDate } | { reason: string } {
  const written = text.trim();
  if (written === 'now') return { start: 'now' };
  const [, amount, unit = ''] = AGE.exec(written) ?? [];
  if (amount !== undefined) return { start: { ageMs: Number(amount) * (MS_PER_UNIT[unit] ?? 0) } };
  const at = parseInstant(DATE_ALONE.test(written) ? `${written}T00:00:00Z` : written);
  return at === undefined ? { reason: reason(written) } : { start: { at } };
}

function reason(written: string): string {
  if (/^\+?\d+[dhm]$/.test(written)) return `an age has a minus, as in -${written.replace('+', '')}`;
  if (parseInstant(`${written}Z`) !== undefined) return 'the time zone is missing; add a Z for UTC';
  return /^\d{4}-\d\d-\d\d/.test(written) ? 'there is no such date or time' : 'it cannot be read';
}

export function startInstant(startDate: StartDate, now: EpochMs): EpochMs {
  if (startDate === 'now') return now;
  return 'at' in startDate ? startDate.at : now - startDate.ageMs;
}

/** The input of a command cannot be obeyed, and nothing was done. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** @throws InputError for what is no instant and no age, or lies in the future */
export function instantOf(given: JsonObject, key: string, now: EpochMs): EpochMs {
  const value = given[key];
  const noText = { reason: value === undefined ? 'it is missing' : 'it is not text' };
  const parsed = typeof value === 'string' ? parseStartDate(value) : noText;
  const instant = 'start' in parsed ? startInstant(parsed.start, now) : undefined;
  if (instant !== undefined && instant <= now) return instant;
  throw new InputError(
    `${key}: ${'reason' in parsed ? parsed.reason : 'it is in the future'}; give a time such as "2026-11-21T12:00:00Z", or an age such as "-2h", "-30m" or "-3d". Nothing was done`,
  );
}
