/** JumpCloud's `search_term` (`and`, `or`, `not`, nested) as a test on one event. */
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/platform/json.ts';

/** What JumpCloud documents as not searchable. */
const NOT_SEARCHABLE = new Set(['changes', 'useragent', 'system_timestamp']);

/** @throws {Error} with JumpCloud's kind of message when the term is not one. */
export function compileSearchTerm(term: JsonValue): (event: JsonObject) => boolean {
  if (!isJsonObject(term)) throw new Error('search_term must be an object');
  const names = Object.keys(term);
  const name = names[0];
  if (names.length !== 1 || name === undefined || !['and', 'or', 'not'].includes(name)) {
    throw new Error('search_term must have exactly one of: and, or, not');
  }
  const conditions = compileConditions(term[name] ?? null);
  if (name === 'and') return (event) => conditions.every((holds) => holds(event));
  if (name === 'or') return (event) => conditions.some((holds) => holds(event));
  return (event) => !conditions.some((holds) => holds(event));
}

/** Conditions come as one object of fields, or as a list of such objects and nested terms. */
function compileConditions(value: JsonValue): ((event: JsonObject) => boolean)[] {
  const list = Array.isArray(value) ? value : [value];
  if (list.length === 0) throw new Error('search_term must not be empty');
  return list.flatMap((item) => {
    if (!isJsonObject(item)) throw new Error('search_term conditions must be objects');
    return Object.entries(item).map(([field, wanted]) => {
      if (field === 'and' || field === 'or' || field === 'not') return compileSearchTerm({ [field]: wanted });
      if (NOT_SEARCHABLE.has(field.split('.')[0] ?? '')) throw new Error(`search_term: ${field} is not searchable`);
      return (event: JsonObject) => matches(valueAt(event, field), wanted);
    });
  });
}

function valueAt(event: JsonObject, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = event;
  for (const name of path.split('.')) value = isJsonObject(value) ? value[name] : undefined;
  return value;
}

function matches(found: JsonValue | undefined, wanted: JsonValue): boolean {
  if (Array.isArray(wanted)) return wanted.some((one) => matches(found, one));
  if (Array.isArray(found)) return found.some((one) => matches(one, wanted));
  if (found === undefined || found === null || isJsonObject(found)) return false;
  return String(found).toLowerCase() === String(wanted).toLowerCase();
}
