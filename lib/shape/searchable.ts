/** Lists of objects, which Logz.io keeps as one text: lists of texts beside them are searchable. */
import { isJsonObject, type JsonValue } from '../platform/json.ts';
import type { FieldKind } from './field-kinds.ts';

type Lists = Readonly<Record<string, readonly string[]>>;

/** @returns the fields to add beside the list, by name, if any */
export function searchableLists(kind: FieldKind | 'reserved', list: readonly JsonValue[]): Lists {
  if (kind === 'changes') return changedLists(list);
  return kind === 'policies' ? policyLists(list) : {};
}

/** `field=value` is one form for all fields: a name for each would fill the index with names. */
function changedLists(list: readonly JsonValue[]): Lists {
  const [fields, before, after]: [Set<string>, string[], string[]] = [new Set(), [], []];
  for (const change of list) {
    if (!isJsonObject(change) || typeof change.field !== 'string') continue;
    fields.add(change.field);
    if (isScalar(change.from)) before.push(`${change.field}=${scalarText(change.from)}`);
    if (isScalar(change.to)) after.push(`${change.field}=${scalarText(change.to)}`);
  }
  return { changed_fields: [...fields], changed_from: before, changed_to: after };
}

function policyLists(list: readonly JsonValue[]): Lists {
  const [ids, actions]: [string[], Set<string>] = [[], new Set()];
  for (const policy of list) {
    if (!isJsonObject(policy)) continue;
    if (typeof policy.id === 'string' && policy.id !== '') ids.push(policy.id);
    const action = isJsonObject(policy.metadata) ? policy.metadata.action : policy.action;
    if (typeof action === 'string' && action !== '') actions.add(action);
  }
  return { policy_ids: ids, policy_actions: [...actions] };
}

function isScalar(value: JsonValue | undefined): value is string | number | boolean {
  return value !== undefined && value !== null && (typeof value !== 'object' || JSON.isRawJSON(value));
}

function scalarText(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
