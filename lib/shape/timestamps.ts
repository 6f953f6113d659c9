/** Timestamps in the form that every index reads as a date. */

import type { JsonValue } from '../platform/json.ts';
import { formatInstant, parseInstant } from '../platform/time.ts';

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
