/** The type rule: makes an event obey the table of known fields, whatever it holds. */
import { isJsonObject, type JsonObject, type JsonValue } from '../platform/json.ts';
import type { FieldKind, SchemaNode } from './field-kinds.ts';
import { MAX_TEXT_BYTES } from './limits.ts';
import type { Marks } from './line.ts';
import { freeName, isSafeName, MORE_FIELDS, MOVED_SUFFIX, RESERVED_PREFIX, safeName } from './names.ts';
import { memberObeys, type Seen } from './obeys.ts';
import { changesObject, searchableLists } from './object-lists.ts';
import { cutToBytes, isEmpty, isIndexableTime, plainText, toDecimal, toInteger } from './values.ts';

/** How much of an event may stay; made smaller step by step where it does not fit. */
export interface Allowance {
  readonly textBytes: number;
  readonly nameBytes: number;
  /** Fields that the table does not know; the rest go to `more_fields`. */
  readonly unknownFields: number;
}

/** An object in the making. */
interface Place {
  readonly result: JsonObject;
  readonly path: string;
  /** Members that need another name, and find it when all others have theirs. */
  readonly renamed: [name: string, value: JsonValue][];
}

export class Conform {
  readonly #allowance: Allowance;
  readonly marks: Marks;
  readonly #dropEmpty: boolean;
  readonly #onUnknownName: ((name: string) => void) | undefined;
  /** Absent where something has to be shortened: then also what obeys may have to change. */
  readonly #seen: Seen | undefined;
  #unknown = 0;
  /** Members beyond the allowance, by path. */
  readonly #more: JsonObject = Object.create(null);
  readonly #moreTried = new Map<string, number>();

  /** @param dropEmpty leave out null, empty texts, objects and lists */
  constructor(allowance: Allowance, marks: Marks, dropEmpty: boolean, onUnknownName?: (name: string) => void) {
    this.#allowance = allowance;
    this.marks = marks;
    this.#dropEmpty = dropEmpty;
    this.#onUnknownName = onUnknownName;
    const { unknownFields: mostUnknown } = allowance;
    const isWhole = allowance.textBytes === MAX_TEXT_BYTES;
    this.#seen = isWhole
      ? { members: 0, unknown: 0, mostUnknown, hasIntegers: false, allowsEmpty: !dropEmpty, onUnknownName }
      : undefined;
  }

  /** Fields written that the table does not know. */
  get unknownFields(): number {
    return this.#unknown;
  }

  /** What did not fit among the fields, as one JSON text; undefined where all did. */
  moreFields(): string | undefined {
    if (this.#moreTried.size === 0) return undefined;
    this.marks.add(MORE_FIELDS);
    return this.text(this.#more, MORE_FIELDS);
  }

  /**
   * A copy of `source` in which every field has its kind. Members that keep their names come first,
   * so that a member that has to be renamed never takes the name of another.
   * @param path where the object is, ending in a dot; empty at the top
   */
  object(source: JsonObject, schema: SchemaNode, path = ''): JsonObject {
    const place: Place = { result: {}, path, renamed: [] };
    const { result, renamed } = place;
    for (const name in source) {
      const value = source[name] as JsonValue;
      if (this.#dropEmpty && isEmpty(value)) continue;
      if (this.#obeys(name, value, schema)) {
        set(result, name, value);
        continue;
      }
      const field = schema.fields.get(name);
      if (field?.kind === 'reserved') renamed.push([RESERVED_PREFIX + name, value]);
      else if (field) this.#known(place, name, value, field);
      else if (isSafeName(name) && name.length * 3 <= this.#allowance.nameBytes) this.#other(place, name, value);
      else renamed.push([this.#safeName(name, path), value]);
    }
    const tried = new Map<string, number>();
    // More may join the list on the way: a renamed member may meet a known field.
    for (const [wanted, value] of renamed) {
      const isReserved = schema.fields.get(wanted)?.kind === 'reserved';
      const name = freeName(
        isReserved ? RESERVED_PREFIX + wanted : wanted,
        (taken) => Object.hasOwn(result, taken),
        tried,
      );
      const field = schema.fields.get(name);
      if (field) this.#known(place, name, value, field);
      else this.#other(place, name, value);
    }
    return result;
  }

  /** Any value as text within the allowance, and as none that an index takes for a date. */
  text(value: JsonValue, path: string): string {
    let whole: string;
    if (typeof value === 'string') {
      whole = value;
      if (!value.isWellFormed()) {
        // Half a surrogate pair is no character: it cannot be written as UTF-8.
        whole = value.toWellFormed();
        this.marks.add(path);
      }
    } else whole = JSON.stringify(value);
    const text = cutToBytes(whole, this.#allowance.textBytes);
    if (text.length < whole.length) this.marks.add(path);
    return plainText(text);
  }

  /** The value can stay as it is, with all that is in it. */
  #obeys(name: string, value: JsonValue, schema: SchemaNode): boolean {
    const seen = this.#seen;
    if (!seen) return false;
    seen.unknown = this.#unknown;
    if (!memberObeys(name, value, schema, seen)) return false;
    this.#unknown = seen.unknown;
    return true;
  }

  #known({ result, path, renamed }: Place, name: string, value: JsonValue, field: SchemaNode): void {
    if (value === null) {
      set(result, name, null);
    } else if (field.kind === 'object') {
      if (!isJsonObject(value) || JSON.isRawJSON(value)) renamed.push([name + MOVED_SUFFIX, value]);
      else set(result, name, this.object(value, field, `${path}${name}.`));
    } else {
      const converted = this.#convert(value, field.kind as FieldKind, path + name);
      if (converted === undefined) renamed.push([name + MOVED_SUFFIX, value]);
      else set(result, name, converted);
      if (!Array.isArray(value)) return;
      for (const [beside, list] of Object.entries(searchableLists(field.kind, value))) {
        if (list.length > 0) renamed.push([beside, [...list]]);
      }
    }
  }

  #other({ result, path }: Place, name: string, value: JsonValue): void {
    if (this.#unknown >= this.#allowance.unknownFields) {
      this.#more[freeName(path + name, (taken) => taken in this.#more, this.#moreTried)] = value;
      return;
    }
    this.#unknown++;
    this.#onUnknownName?.(name);
    set(result, name, value === null ? null : this.text(value, path + name));
  }

  /** @returns the value in the kind asked for; undefined where it cannot be had without loss. */
  #convert(value: JsonValue, kind: FieldKind, path: string): JsonValue | undefined {
    switch (kind) {
      case 'boolean':
        if (typeof value === 'boolean') return value;
        return value === 'true' ? true : value === 'false' ? false : undefined;
      case 'integer':
        return toInteger(value);
      case 'decimal':
        return toDecimal(value);
      case 'time':
        return isIndexableTime(value) ? value : undefined;
      case 'texts':
        return this.#texts(Array.isArray(value) ? value : [value], path);
      case 'changes':
        return this.text(Array.isArray(value) ? changesObject(value) : value, path);
      default:
        return this.text(value, path);
    }
  }

  /** All of them together within what one text may take. */
  #texts(list: readonly JsonValue[], path: string): JsonValue[] {
    const result: JsonValue[] = [];
    let left = this.#allowance.textBytes;
    for (const item of list) {
      if (this.#dropEmpty && isEmpty(item)) continue;
      const text = item === null ? null : this.text(item, path);
      left -= text === null ? 1 : Buffer.byteLength(text) + 1;
      if (left < 0) {
        this.marks.add(path);
        break;
      }
      result.push(text);
    }
    return result;
  }

  #safeName(name: string, path: string): string {
    const safe = safeName(name, this.#allowance.nameBytes);
    if (safe.cut) this.marks.add(path + safe.name);
    return safe.name;
  }
}

/** An own member in any case: plain assignment to `__proto__` would set the prototype. */
function set(object: JsonObject, name: string, value: JsonValue): void {
  if (name === '__proto__') {
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[name] = value;
  }
}
