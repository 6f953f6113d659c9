/** `changes` as Logz.io's users know it: one JSON text of an object. */
import { isJsonObject, type JsonObject, type JsonValue } from '../platform/json.ts';

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
