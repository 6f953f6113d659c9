/** Settings whose value is JSON of the user's own making. */
import * as v from 'valibot';
import { isJsonObject, type JsonObject, type JsonValue } from '../platform/json.ts';

/** Names the logs' own contract has taken, and names Logz.io cannot index. */
const RESERVED_FIELDS = new Set(['@timestamp', 'type', 'tags']);

const jsonObject = v.pipe(
  v.custom<JsonObject>(isJsonObject),
  v.check(
    (value) => isJson(value),
    'values that JSON knows: texts, finite numbers, true, false, null, lists and mappings of these',
  ),
);

/** Fields for every log: see the invalid-log rules of Logz.io for the dots. */
export const extraFields = v.pipe(
  jsonObject,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const name of Object.keys(dataset.value)) {
      if (RESERVED_FIELDS.has(name))
        addIssue({ message: `fields without "${name}", which has a setting of its own or comes from the event` });
      else if (/^\.|\.$|^\s*$/.test(name))
        addIssue({ message: 'field names that neither are empty nor start or end with a dot' });
    }
  }),
);

/** JumpCloud's filter holds one of `and`, `or`, `not`; what they hold is JumpCloud's to judge. */
export const searchTerm = v.pipe(
  jsonObject,
  v.check((term) => {
    const keys = Object.keys(term);
    return keys.length === 0 || (keys.length === 1 && /^(and|or|not)$/.test(keys[0] ?? ''));
  }, 'one of and, or, not at its top'),
  v.transform((term) => (Object.keys(term).length === 0 ? undefined : term)),
);

function isJson(value: unknown): value is JsonValue {
  if (typeof value === 'number') return Number.isFinite(value);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (Array.isArray(value)) return value.every(isJson);
  return typeof value === 'object' && !(value instanceof Date) && Object.values(value).every(isJson);
}
