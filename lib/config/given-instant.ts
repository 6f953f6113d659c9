/** Instants in what a person asks for: as a time, or as an age. */

import type { JsonObject } from '../platform/json.ts';
import type { EpochMs } from '../platform/time.ts';
import { parseStartDate, startInstant } from './start-date.ts';

/** The input cannot be obeyed, and nothing was done. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

const TIME_FORM = 'an instant such as "2026-11-21T12:00:00Z", or an age such as "-2h", "-30m" or "-3d"';

/** @throws InputError for what is no instant and no age, or lies in the future */
export function instantOf(given: JsonObject, key: string, now: EpochMs): EpochMs {
  const value = given[key];
  const parsed =
    typeof value === 'string'
      ? parseStartDate(value)
      : { reason: value === undefined ? 'it is missing' : 'it is no text' };
  if ('reason' in parsed) throw new InputError(`${key}: ${parsed.reason}; give ${TIME_FORM}. Nothing was done`);
  const instant = startInstant(parsed.start, now);
  if (instant > now) throw new InputError(`${key} lies in the future; give ${TIME_FORM}. Nothing was done`);
  return instant;
}
