/** The quick look at an event: most obey the type rule already and need no copy. */
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import { MAX_DECIMAL, SURELY_SHORT_UNITS } from './limits.ts';
import { isSafeName } from './names.ts';
import type { SchemaNode } from './schema.ts';
import { isIndexableTime } from './timestamps.ts';

const IRREGULAR = -1;

/** What a look has met on its way. */
export interface Seen {
  /** Whole numbers: JSON may write one as `1.0` or `1e3`, which an index takes for another type. */
  integers: boolean;
}

/**
 * Looks whether the type rule would leave the object as it is, but for turning its `changes` into text. One pass, nothing
 * allocated; where the answer is not cheap to find, it is "no".
 * @param seen is filled
 * @returns how many members the object has, those of objects in it included; -1 for "no"
 */
export function countIfRegular(source: JsonObject, schema: SchemaNode, seen: Seen): number {
  let members = 0;
  for (const name in source) {
    const value = source[name] as JsonValue;
    const field = schema.fields.get(name);
    members++;
    if (field === undefined) {
      if (value !== null && (typeof value !== 'string' || value.length > SURELY_SHORT_UNITS)) return IRREGULAR;
      if (!isSafeName(name)) return IRREGULAR;
      continue;
    }
    const inside = value === null && field.kind !== 'reserved' ? 0 : countInside(value, field, seen);
    if (inside === IRREGULAR) return IRREGULAR;
    members += inside;
  }
  return members;
}

/** @returns the members in a value that has its field's kind; -1 where it has not. */
function countInside(value: JsonValue, field: SchemaNode, seen: Seen): number {
  switch (field.kind) {
    case 'text':
    case 'json':
      return typeof value === 'string' && value.length <= SURELY_SHORT_UNITS ? 0 : IRREGULAR;
    case 'boolean':
      return typeof value === 'boolean' ? 0 : IRREGULAR;
    case 'integer':
      seen.integers = true;
      return Number.isSafeInteger(value) ? 0 : IRREGULAR;
    case 'decimal':
      return typeof value === 'number' && !Number.isInteger(value) && Math.abs(value) <= MAX_DECIMAL ? 0 : IRREGULAR;
    case 'time':
      return isIndexableTime(value) ? 0 : IRREGULAR;
    case 'object':
      return isJsonObject(value) ? countIfRegular(value, field, seen) : IRREGULAR;
    case 'changes':
      return Array.isArray(value) ? countInChanges(value) : IRREGULAR;
    default:
      return IRREGULAR;
  }
}

function countInChanges(list: readonly JsonValue[]): number {
  let members = 0;
  for (const change of list) {
    if (!isJsonObject(change)) return IRREGULAR;
    for (const name in change) {
      const value = change[name];
      // An object or a list may hold a long number: that is for the thorough way to find out.
      if (typeof value === 'object' && value !== null) return IRREGULAR;
      if (typeof value === 'number' && !Number.isSafeInteger(value)) return IRREGULAR;
      members++;
    }
  }
  return members;
}
