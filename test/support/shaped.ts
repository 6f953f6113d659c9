/** One event through a shape, its log judged by the validator, for the tests of the shapes. */
import assert from 'node:assert/strict';
import type { JsonObject } from '../../lib/platform/json.ts';
import { parseEvent } from '../../lib/shape/parse-event.ts';
import type { ShapedLog, ShapeOptions } from '../../lib/shape/shape.ts';
import { createShape } from '../../lib/shape/shape.ts';
import { faultsOf } from './log-validator.ts';

export const OPTIONS: ShapeOptions = {
  shape: 'logzio',
  type: 'jumpcloud',
  fields: {},
  tags: [],
  preserveOriginalEvent: false,
  preserveDuplicateCustomFields: false,
};
export const AT = '"timestamp":"2026-06-15T16:00:00Z"';

/** @param members of the event as JSON text, without the timestamp */
export function shaped(members: string, options: Partial<ShapeOptions> = {}, eventId = 'e-1'): ShapedLog {
  const text = members === '' ? `{${AT}}` : `{${members},${AT}}`;
  const value = parseEvent(text);
  assert(value);
  const log = createShape({ ...OPTIONS, ...options })({ text, value, eventId, isBroken: false });
  assert.deepEqual(faultsOf(log.line), []);
  return log;
}

export function logOf(members: string, options: Partial<ShapeOptions> = {}): JsonObject {
  return JSON.parse(shaped(members, options).line);
}
