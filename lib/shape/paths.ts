/** Members of nested objects by path, e.g. `source.user.name`. */
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';

export function getPath(object: JsonObject, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = object;
  for (const name of path.split('.')) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** Sets a member, making the objects on the way; whatever stands on the way must be an object. */
export function setPath(object: JsonObject, path: string, value: JsonValue): void {
  const names = path.split('.');
  const last = names.pop() ?? path;
  let inner = object;
  for (const name of names) {
    inner[name] ??= {};
    const next = inner[name];
    if (!isJsonObject(next)) throw new TypeError(`${path}: ${name} is no object`);
    inner = next;
  }
  inner[last] = value;
}

/** Removes a member, and every object on the way that is empty then. */
export function deletePath(object: JsonObject, path: string): void {
  const [name = path, ...rest] = path.split('.');
  const value = object[name];
  if (rest.length > 0 && isJsonObject(value)) {
    deletePath(value, rest.join('.'));
    if (Object.keys(value).length > 0) return;
  }
  delete object[name];
}
