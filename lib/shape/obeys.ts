/** Tells whether an event obeys the type rule as it stands, so that its own text can be the log. */
import { isJsonObject, type JsonObject, type JsonValue } from '../platform/json.ts';
import type { SchemaNode } from './field-kinds.ts';
import { MAX_TEXT_BYTES, MAX_UNKNOWN_FIELDS } from './limits.ts';
import { isSafeName } from './names.ts';
import { isEmpty, isIndexableTime, looksLikeDate } from './values.ts';

/** No UTF-16 unit takes more bytes in UTF-8. */
const LARGEST_UNIT_BYTES = 3;
/** A whole number with a fraction or an exponent (`1.0`, `1e3`), as a member of an object. */
const UNUSUAL_INTEGER = /":\s*-?\d+(?:\.0+(?!\d)|(?:\.\d+)?[eE])/;

/** What was found on the way through an event. */
export interface Seen {
  members: number;
  /** Those that the table does not know. */
  unknown: number;
  /** More of them make the event one that has to change. */
  readonly mostUnknown: number;
  hasIntegers: boolean;
  /** Null, empty texts, objects and lists may stay. */
  readonly allowsEmpty: boolean;
  readonly onUnknownName: ((name: string) => void) | undefined;
}

/**
 * @param text of the event
 * @returns how many members the event and its objects have; undefined where something in it has to
 * change
 */
export function countObeying(
  event: JsonObject,
  text: string,
  schema: SchemaNode,
  onUnknownName?: (name: string) => void,
): number | undefined {
  const most = { mostUnknown: MAX_UNKNOWN_FIELDS, allowsEmpty: true };
  const seen: Seen = { members: 0, unknown: 0, hasIntegers: false, ...most, onUnknownName };
  if (!objectObeys(event, schema, seen)) return undefined;
  return seen.hasIntegers && UNUSUAL_INTEGER.test(text) ? undefined : seen.members;
}

function objectObeys(object: JsonObject, schema: SchemaNode, seen: Seen): boolean {
  for (const name in object) if (!memberObeys(name, object[name] as JsonValue, schema, seen)) return false;
  return true;
}

/** @param schema of the object whose member it is */
export function memberObeys(name: string, value: JsonValue, schema: SchemaNode, seen: Seen): boolean {
  seen.members++;
  const field = schema.fields.get(name);
  if (field === undefined) {
    if (seen.unknown >= seen.mostUnknown || !isSafeName(name)) return false;
    seen.unknown++;
    seen.onUnknownName?.(name);
  }
  if (!seen.allowsEmpty && isEmpty(value)) return false;
  if (value === null) return field?.kind !== 'reserved';
  switch (field?.kind) {
    case 'reserved':
      return false;
    case 'object':
      return isJsonObject(value) && !JSON.isRawJSON(value) && objectObeys(value, field, seen);
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
      seen.hasIntegers = true;
      return Number.isSafeInteger(value);
    case 'decimal':
      // A whole number needs its fraction shown, and a large one may be more than an index keeps.
      return typeof value === 'number' && !Number.isInteger(value) && Number.isFinite(value);
    case 'time':
      return isIndexableTime(value);
    case 'texts':
      return Array.isArray(value) && textsObey(value) && (seen.allowsEmpty || !value.some(isEmpty));
    default:
      return textObeys(value);
  }
}

function textsObey(list: readonly JsonValue[]): boolean {
  let units = 0;
  for (const item of list) {
    if (!textObeys(item)) return false;
    units += (item as string).length + 1;
  }
  return units * LARGEST_UNIT_BYTES <= MAX_TEXT_BYTES;
}

export function textObeys(value: JsonValue): value is string {
  return (
    typeof value === 'string' &&
    value.length * LARGEST_UNIT_BYTES <= MAX_TEXT_BYTES &&
    value.isWellFormed() &&
    !looksLikeDate(value)
  );
}
