/**
 * Lists of objects, which Logz.io keeps as one text: the text of `changes`, and lists of texts
 * beside it that can be searched.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../platform/json.ts';
import type { FieldKind } from './field-kinds.ts';

/**
 * Turns JumpCloud's list of `{field, from?, to?}` into `{"<field>_changed_to": to, "<field>_was":
 * from}`, or `{"<field>": null}` where a change has neither: Logz.io's compatibility contract.
 *
 * Beyond the contract nothing is lost: a further member `m` of a change becomes `<field>_m`; a
 * second change of the same field is written as one of `<field>_2`, a third as `<field>_3`; an
 * element that is no such change becomes `change_<n>`, n counted from 1.
 */
export function changesObject(list: readonly JsonValue[]): JsonObject {
  // Without a prototype, so that a field named __proto__ is a member like any other.
  const result: JsonObject = Object.create(null);
  const changesOf = new Map<string, number>();
  list.forEach((change, index) => {
    const members = membersOf(change, index);
    const field = members[0]?.[0] ?? '';
    let n = changesOf.get(field) ?? 0;
    let numbered: string;
    do {
      n++;
      numbered = n === 1 ? field : `${field}_${n}`;
    } while (members.some(([, tail]) => numbered + tail in result));
    changesOf.set(field, n);
    for (const [, tail, value] of members) result[numbered + tail] = value;
  });
  return result;
}

/** What a change contributes: the field, what follows it in the name, and the value. */
function membersOf(change: JsonValue, index: number): [field: string, tail: string, value: JsonValue][] {
  if (!isJsonObject(change) || typeof change.field !== 'string') return [[`change_${index + 1}`, '', change]];
  const { field } = change;
  const members: [string, string, JsonValue][] = [];
  if (change.to !== undefined) members.push([field, '_changed_to', change.to]);
  if (change.from !== undefined) members.push([field, '_was', change.from]);
  if (members.length === 0) members.push([field, '', null]);
  for (const [name, value] of Object.entries(change)) {
    if (name !== 'field' && name !== 'to' && name !== 'from') members.push([field, `_${name}`, value]);
  }
  return members;
}

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
