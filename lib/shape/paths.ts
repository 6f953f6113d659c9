/** Members of nested objects by path, e.g. `source.user.name`. */
import { isJsonObject, type JsonObject, type JsonValue } from '../platform/json.ts';

export type Path = readonly string[];

export const toPath = (dotted: string): Path => dotted.split('.');

/** @param path of names that no object inherits */
export function getPath(object: JsonObject, path: Path): JsonValue | undefined {
  let value: JsonValue | undefined = object;
  for (const name of path) {
    if (!isJsonObject(value)) return undefined;
    value = value[name];
  }
  return value;
}

/** Sets a member, making the objects on the way; whatever stands on the way must be an object. */
export function setPath(object: JsonObject, path: Path, value: JsonValue): void {
  let inner = object;
  const last = path.length - 1;
  for (let depth = 0; depth < last; depth++) {
    const name = path[depth] as string;
    inner[name] ??= {};
    const next = inner[name];
    if (!isJsonObject(next)) throw new TypeError(`${path.join('.')}: ${name} is no object`);
    inner = next;
  }
  inner[path[last] as string] = value;
}

/** A copy in which the members at these paths, and objects of nothing else, are undefined. */
export function withoutPaths(object: JsonObject, paths: readonly Path[]): JsonObject {
  const result = { ...object };
  const inside = new Map<string, Path[]>();
  for (const [name = '', ...rest] of paths) {
    if (rest.length === 0) leaveOut(result, name);
    else if (isJsonObject(result[name])) inside.set(name, [...(inside.get(name) ?? []), rest]);
  }
  for (const [name, rest] of inside) {
    const value = result[name];
    if (!isJsonObject(value)) continue;
    const left = withoutPaths(value, rest);
    if (hasMembers(left)) result[name] = left;
    else leaveOut(result, name);
  }
  return result;
}

/** True where there is a member to be written. */
export function hasMembers(object: JsonObject): boolean {
  for (const name in object) if (object[name] !== undefined) return true;
  return false;
}

/** Undefined is not written; deleting the member would make writing three times as slow. */
function leaveOut(object: JsonObject, name: string): void {
  if (Object.hasOwn(object, name)) object[name] = undefined as unknown as JsonValue;
}
