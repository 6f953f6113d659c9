/** The type rule: makes an event obey the table of known fields, whatever it holds. */
import { isJsonObject, type JsonObject, type JsonValue } from '../platform/json.ts';
import { compileSchema, type FieldKind, type SchemaNode, tableOf } from './field-kinds.ts';
import { FIELD_TABLE } from './field-table.ts';
import { freeName, Marks, MORE_FIELDS, MOVED_SUFFIX, RESERVED_PREFIX, safeName } from './names.ts';
import { changesObject, searchableLists } from './object-lists.ts';
import {
  cutToBytes,
  isEmpty,
  isIndexableTime,
  MAX_NAME_BYTES,
  MAX_TEXT_BYTES,
  MAX_UNKNOWN_FIELDS,
  plainText,
  toDecimal,
  toInteger,
} from './values.ts';

/** How much of an event may stay; made smaller step by step where it does not fit. */
export interface Allowance {
  readonly textBytes: number;
  readonly nameBytes: number;
  /** Fields that the table does not know; the rest go to `more_fields`. */
  readonly unknownFields: number;
}

/** As much as Logz.io takes. */
export const WHOLE: Allowance = {
  textBytes: MAX_TEXT_BYTES,
  nameBytes: MAX_NAME_BYTES,
  unknownFields: MAX_UNKNOWN_FIELDS,
};

/** The object whose members are looked at. */
interface Place {
  /** Ends in a dot; empty at the top. */
  readonly path: string;
  /** Members that need another name, and find it when all others have theirs. */
  readonly renamed: [name: string, value: JsonValue][];
}

export class Conform {
  readonly marks = new Marks();
  /** Members that stay fields although the table does not know them. */
  unknownFields = 0;
  /** A whole number was met: only the text shows whether it is written `1.0`. */
  hasIntegers = false;
  readonly #allowance: Allowance;
  readonly #dropEmpty: boolean;
  readonly #onUnknownName: ((name: string) => void) | undefined;
  /** Members beyond the allowance, by path. */
  readonly #more: [path: string, value: JsonValue][] = [];

  /** @param dropEmpty leave out null, empty texts, objects and lists */
  constructor(allowance: Allowance, dropEmpty: boolean, onUnknownName?: (name: string) => void) {
    this.#allowance = allowance;
    this.#dropEmpty = dropEmpty;
    this.#onUnknownName = onUnknownName;
  }

  /** What did not fit among the fields, as one JSON text; undefined where all did. */
  moreFields(): string | undefined {
    if (this.#more.length === 0) return undefined;
    this.marks.add(MORE_FIELDS);
    const more = new Map<string, JsonValue>();
    const isTaken = (name: string) => more.has(name);
    for (const [path, value] of this.#more) more.set(freeName(path, isTaken), value);
    return this.text(Object.fromEntries(more), MORE_FIELDS);
  }

  /**
   * Every field in its kind. Members that keep their names come first, so that a member that has to
   * be renamed never takes the name of another.
   * @param path where the object is, ending in a dot; empty at the top
   * @returns `source` itself where nothing in it has to change
   */
  object(source: JsonObject, schema: SchemaNode, path = ''): JsonObject {
    const place: Place = { path, renamed: [] };
    let result: JsonObject | undefined;
    for (const name in source) {
      const value = source[name] as JsonValue;
      const kept = this.#member(place, name, value, schema);
      if (kept !== value) result ??= membersBefore(name, source);
      if (result !== undefined && kept !== undefined) set(result, name, kept);
    }
    if (result === undefined) return source;
    this.#rename(place, result, schema);
    return result;
  }

  /** Any value as text within the allowance, and as none that an index takes for a date. */
  text(value: JsonValue, path: string, name = ''): string {
    const given = typeof value === 'string' ? value : JSON.stringify(value);
    // Half a surrogate pair is no character: it cannot be written as UTF-8.
    const text = cutToBytes(given.toWellFormed(), this.#allowance.textBytes);
    if (text !== given) this.marks.add(path + name);
    return plainText(text);
  }

  /** @returns what stays under this name; undefined where nothing does */
  #member(place: Place, name: string, value: JsonValue, schema: SchemaNode): JsonValue | undefined {
    const field = schema.fields.get(name);
    if (this.#dropEmpty && isEmpty(value)) return undefined;
    if (field && field.kind !== 'reserved') return this.#known(place, name, value, field);
    const safe = field ? { name: RESERVED_PREFIX + name, cut: false } : safeName(name, this.#allowance.nameBytes);
    if (safe.name === name) return this.#other(place, name, value);
    if (safe.cut) this.marks.add(place.path + safe.name);
    place.renamed.push([safe.name, value]);
    return undefined;
  }

  #known({ path, renamed }: Place, name: string, value: JsonValue, field: SchemaNode): JsonValue | undefined {
    if (value === null) return null;
    if (hasFields(value, field)) return this.object(value, field, `${path}${name}.`);
    const converted = field.kind === 'object' ? undefined : this.#convert(value, field.kind as FieldKind, path, name);
    if (converted === undefined) renamed.push([name + MOVED_SUFFIX, value]);
    if (!Array.isArray(value)) return converted;
    for (const [beside, list] of Object.entries(searchableLists(field.kind, value))) {
      if (list.length > 0) renamed.push([beside, [...list]]);
    }
    return converted;
  }

  #other({ path }: Place, name: string, value: JsonValue): JsonValue | undefined {
    if (this.unknownFields >= this.#allowance.unknownFields) {
      this.#more.push([path + name, value]);
      return undefined;
    }
    this.unknownFields++;
    this.#onUnknownName?.(name);
    return value === null ? null : this.text(value, path, name);
  }

  #rename({ path, renamed }: Place, result: JsonObject, schema: SchemaNode): void {
    const tried = new Map<string, number>();
    // More may join the list on the way: a renamed member may meet a known field.
    for (const [wanted, value] of renamed) {
      const isReserved = schema.fields.get(wanted)?.kind === 'reserved';
      const isTaken = (taken: string) => Object.hasOwn(result, taken);
      const name = freeName(isReserved ? RESERVED_PREFIX + wanted : wanted, isTaken, tried);
      const field = schema.fields.get(name);
      const kept = field
        ? this.#known({ path, renamed }, name, value, field)
        : this.#other({ path, renamed }, name, value);
      if (kept !== undefined) set(result, name, kept);
    }
  }

  /** @returns the value in the kind asked for; undefined where it cannot be had without loss. */
  #convert(value: JsonValue, kind: FieldKind, path: string, name: string): JsonValue | undefined {
    switch (kind) {
      case 'boolean':
        if (typeof value === 'boolean') return value;
        return value === 'true' ? true : value === 'false' ? false : undefined;
      case 'integer':
        this.hasIntegers = true;
        return toInteger(value);
      case 'decimal':
        return toDecimal(value);
      case 'time':
        return isIndexableTime(value) ? value : undefined;
      case 'texts':
        return this.#texts(Array.isArray(value) ? value : [value], path, name);
      case 'changes':
        return this.text(Array.isArray(value) ? changesObject(value) : value, path, name);
      default:
        return this.text(value, path, name);
    }
  }

  /**
   * All of them together within what one text may take.
   * @returns `list` where all stay as they are
   */
  #texts(list: JsonValue[], path: string, name: string): JsonValue[] {
    const result: JsonValue[] = [];
    let left = this.#allowance.textBytes;
    for (const item of list) {
      if (this.#dropEmpty && isEmpty(item)) continue;
      const text = item === null ? null : this.text(item, path, name);
      left -= text === null ? 1 : Buffer.byteLength(text) + 1;
      if (left < 0) {
        this.marks.add(path + name);
        break;
      }
      result.push(text);
    }
    return result.length === list.length && result.every((text, nth) => text === list[nth]) ? list : result;
  }
}

function hasFields(value: JsonValue, field: SchemaNode | undefined): value is JsonObject {
  return field?.kind === 'object' && isJsonObject(value) && !JSON.isRawJSON(value);
}

function membersBefore(end: string, source: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const name in source) {
    if (name === end) break;
    set(result, name, source[name] as JsonValue);
  }
  return result;
}

/** An own member in any case: plain assignment to `__proto__` would set the prototype. */
function set(object: JsonObject, name: string, value: JsonValue): void {
  if (name === '__proto__') {
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[name] = value;
  }
}

/**
 * The fields that a user adds. They obey the type rule themselves, the same in both shapes: the
 * kinds of JumpCloud's fields come before those of the added values.
 */
export function addedFields(fields: JsonObject): JsonObject {
  return new Conform(WHOLE, false).object(fields, compileSchema({ ...tableOf(fields), ...FIELD_TABLE }));
}

/** The object, with the members it lacks taken from `defaults`; none of its own is touched. */
export function withDefaults(object: JsonObject, defaults: JsonObject): JsonObject {
  const lacking = Object.entries(defaults).filter(([name]) => !Object.hasOwn(object, name));
  return lacking.length === 0 ? object : { ...Object.fromEntries<JsonValue>(lacking), ...object };
}
