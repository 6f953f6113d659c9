/** Members of nested objects by path, e.g. `source.user.name`. */
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';

export type Path = readonly string[];

export const toPath = (dotted: string): Path => dotted.split('.');

export function getPath(object: JsonObject, path: Path): JsonValue | undefined {
  let value: JsonValue | undefined = object;
  for (const name of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** Sets a member, making the objects on the way; whatever stands on the way must be an object. */
export function setPath(object: JsonObject, path: Path, value: JsonValue): void {
  let inner = object;
  for (const [depth, name] of path.entries()) {
    if (depth === path.length - 1) {
      inner[name] = value;
      return;
    }
    inner[name] ??= {};
    const next = inner[name];
    if (!isJsonObject(next)) throw new TypeError(`${path.join('.')}: ${name} is no object`);
    inner = next;
  }
}

/** A copy without the members at these paths, and without objects that hold nothing else. */
export function withoutPaths(object: JsonObject, paths: readonly Path[]): JsonObject {
  const names = new Set(paths.filter((path) => path.length === 1).map(([name]) => name));
  const parents = new Set(paths.filter((path) => path.length > 1).map(([name]) => name));
  const left: [string, JsonValue][] = [];
  for (const name of Object.keys(object)) {
    if (names.has(name)) continue;
    const value = object[name] as JsonValue;
    if (!parents.has(name) || !isJsonObject(value)) {
      left.push([name, value]);
      continue;
    }
    const inner = withoutPaths(
      value,
      paths.filter((path) => path[0] === name).map((path) => path.slice(1)),
    );
    if (Object.keys(inner).length > 0) left.push([name, inner]);
  }
  // Own members only, also of one named __proto__.
  return Object.fromEntries(left);
}
