/** `start_date`: an instant, an age such as `-15d`, or `now`. */

import { type EpochMs, parseInstant } from '../platform/time.ts';
import type { StartDate } from './config.ts';

const AGE = /^-(\d{1,6})([dhm])$/;
const MS_PER_UNIT: Record<string, number> = { d: 86_400_000, h: 3_600_000, m: 60_000 };
const DATE_ALONE = /^\d{4}-\d\d-\d\d$/;

/**
 * @param text an RFC 3339 instant (rounded down to the millisecond, so that nothing at or after it
 * is left out), a date alone (midnight UTC), an age in days, hours or minutes, or `now`.
 * @returns the start, or what is wrong with the text in a few words.
 */
export function parseStartDate(text: string): { start: StartDate } | { reason: string } {
  const written = text.trim();
  if (written === 'now') return { start: 'now' };
  const [, amount, unit] = AGE.exec(written) ?? [];
  if (amount !== undefined && unit !== undefined) {
    return { start: { ageMs: Number(amount) * (MS_PER_UNIT[unit] ?? 0) } };
  }
  const at = parseInstant(DATE_ALONE.test(written) ? `${written}T00:00:00Z` : written);
  return at === undefined ? { reason: reason(written) } : { start: { at } };
}

function reason(written: string): string {
  if (/^\+?\d+[dhm]$/.test(written)) return `an age has a minus, as in -${written.replace('+', '')}`;
  if (parseInstant(`${written}Z`) !== undefined)
    return 'without a time zone nobody knows which instant it is; add a Z for UTC';
  return /^\d{4}-\d\d-\d\d/.test(written) ? 'there is no such date or time' : 'it cannot be read';
}

export function startInstant(startDate: StartDate, now: EpochMs): EpochMs {
  if (startDate === 'now') return now;
  return 'at' in startDate ? startDate.at : now - startDate.ageMs;
}
