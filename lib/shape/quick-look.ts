/** The quick way through the type rule: for events that obey it, but for values that can be put right one by one. */
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import { changesObject } from './changes.ts';
import { countMembers, countMembersAtMost } from './duplicates.ts';
import { SURELY_FEW_MEMBERS, SURELY_SHORT_UNITS } from './limits.ts';
import { isSafeName } from './names.ts';
import { toDecimal, toInteger } from './numbers.ts';
import { MOVED_SUFFIX, RESERVED_PREFIX } from './reserved.ts';
import type { SchemaNode } from './schema.ts';
import type { SourceEvent } from './shape.ts';
import { isEmpty, jsonText } from './text.ts';
import { isIndexableTime } from './timestamps.ts';

/** A number whose text may say more than its value: 16 characters or more, or an exponent. */
const UNUSUAL_NUMBER = /[:,[\s]-?(?:[\d.]{16}|[\d.]+[eE])/;
const [DIGIT_0, DIGIT_9] = [48, 57];
/** `null`, or a pair of quotes, braces or brackets. */
const [NULL_UNITS, PAIR_UNITS] = [4, 2];
/** Quotes, colon, and the comma or brace that follows the value. */
const MEMBER_UNITS = 4;

/** What a quick look found. */
export interface Looked {
  /** What the type rule makes of the event: itself where nothing has to change. What is left out is there, as undefined. */
  readonly value: JsonObject;
  /** The event's text is its JSON, character by character. */
  readonly isShortest: boolean;
}

/**
 * @param dropEmpty leave out null, empty texts, objects and lists
 * @returns what the thorough way would make of the event; undefined where that is not cheap to find out
 */
export function lookQuickly(event: SourceEvent, schema: SchemaNode, dropEmpty: boolean): Looked | undefined {
  const { text, value } = event;
  const look = new QuickLook(dropEmpty);
  const fitting = look.object(value, schema);
  if (fitting === undefined || look.members > SURELY_FEW_MEMBERS) return undefined;
  if (!event.numbersAreUsual && look.hasUnusualNumbers(text)) return undefined;
  const isShortest = look.isWrittenShortest(text);
  // Fewer members in the value than in the text: one was named twice.
  return isShortest || look.members === countMembersAtMost(text) ? { value: fitting, isShortest } : undefined;
}

/** Looks at the values; what they alone cannot tell, the event's text must prove. */
class QuickLook {
  readonly #dropEmpty: boolean;
  #members = 0;
  /** How long the value is as JSON without blanks and escapes. */
  #units = 0;
  #hasNumbers = false;

  constructor(dropEmpty: boolean) {
    this.#dropEmpty = dropEmpty;
  }

  /** Members met, those of objects in them included. */
  get members(): number {
    return this.#members;
  }

  /**
   * @returns what the type rule makes of the object: itself where nothing has to change, else a copy; undefined for "no"
   */
  object(source: JsonObject, schema: SchemaNode): JsonObject | undefined {
    let result = source;
    let renamed: [name: string, newName: string][] | undefined;
    const before = this.#members;
    this.#units++;
    for (const name in source) {
      const value = source[name] as JsonValue;
      const field = schema.fields.get(name);
      this.#members++;
      this.#units += name.length + MEMBER_UNITS;
      if (this.#dropEmpty && isEmpty(value)) {
        if (this.#text(value) === undefined) return undefined;
        result = withMember(result, source, name, undefined);
        continue;
      }
      const newName = newNameFor(name, value, field);
      if (newName === '' || (newName !== name && (schema.fields.has(newName) || Object.hasOwn(source, newName)))) {
        return undefined;
      }
      const fitting = newName === name ? this.#value(value, field) : this.#text(value);
      if (fitting === undefined) return undefined;
      if (newName !== name) {
        renamed ??= [];
        renamed.push([name, newName]);
      }
      if (fitting !== value) result = withMember(result, source, name, fitting);
    }
    if (this.#members === before) this.#units++;
    return renamed ? withNewNames(result, renamed) : result;
  }

  /**
   * True where the event's text is exactly the value's JSON, character by character. Nothing can make a JSON text shorter
   * than what was counted, provided that it has no unusual number; blanks, escapes, needless zeros and members that are named
   * twice make it longer. Equal length leaves no room for any of them.
   */
  isWrittenShortest(text: string): boolean {
    return this.#units === text.length && text.isWellFormed();
  }

  /** True where some number may have lost digits by being read, or is not in the form in which it would be written. */
  hasUnusualNumbers(text: string): boolean {
    return this.#hasNumbers && UNUSUAL_NUMBER.test(text);
  }

  #value(value: JsonValue, field: SchemaNode | undefined): JsonValue | undefined {
    if (value === null) {
      this.#units += NULL_UNITS;
      return null;
    }
    switch (field?.kind) {
      case 'boolean':
        if (!this.#isScalar(value)) return undefined;
        return typeof value === 'boolean' ? value : value === 'true' ? true : value === 'false' ? false : undefined;
      case 'integer':
        if (!this.#isScalar(value)) return undefined;
        return Number.isSafeInteger(value) ? value : toInteger(value);
      case 'decimal':
        return this.#isScalar(value) ? toDecimal(value) : undefined;
      case 'time':
        return isIndexableTime(value) ? this.#text(value) : undefined;
      case 'object':
        return this.object(value as JsonObject, field);
      case 'texts':
        return Array.isArray(value) ? this.#texts(value) : undefined;
      case 'changes':
        return Array.isArray(value) ? this.#changes(value) : this.#text(value);
      default:
        return this.#text(value);
    }
  }

  /** Counts the value where it is no object and no list. */
  #isScalar(value: JsonValue): boolean {
    if (typeof value === 'object') return false;
    this.#hasNumbers ||= typeof value === 'number';
    this.#units += typeof value === 'string' ? value.length + PAIR_UNITS : String(value).length;
    return true;
  }

  #text(value: JsonValue): JsonValue | undefined {
    if (value === null) return this.#value(value, undefined);
    if (typeof value === 'string') {
      this.#units += value.length + PAIR_UNITS;
      return value.length <= SURELY_SHORT_UNITS ? value : undefined;
    }
    const { text: json, cut } = jsonText(value);
    if (cut) return undefined;
    this.#units += json.length;
    this.#members += countMembers(value);
    this.#hasNumbers ||= typeof value !== 'boolean';
    return json.length <= SURELY_SHORT_UNITS ? json : undefined;
  }

  #texts(list: readonly JsonValue[]): JsonValue | undefined {
    let units = 0;
    for (const item of list) {
      if (typeof item !== 'string' || (this.#dropEmpty && item === '')) return undefined;
      units += item.length + PAIR_UNITS + 1;
    }
    this.#units += Math.max(PAIR_UNITS, units + 1);
    return units <= SURELY_SHORT_UNITS ? (list as JsonValue) : undefined;
  }

  #changes(list: readonly JsonValue[]): JsonValue | undefined {
    if (this.#text(list as JsonValue) === undefined) return undefined;
    const changes = JSON.stringify(changesObject(list));
    return changes.length <= SURELY_SHORT_UNITS ? changes : undefined;
  }
}

/** The name the member has in the log; empty where that is not cheap to find. */
function newNameFor(name: string, value: JsonValue, field: SchemaNode | undefined): string {
  if (field === undefined) {
    const first = name.charCodeAt(0);
    // JavaScript puts a name that is a number before all others.
    return (first >= DIGIT_0 && first <= DIGIT_9) || !isSafeName(name) ? '' : name;
  }
  if (field.kind === 'reserved') return RESERVED_PREFIX + name;
  return field.kind === 'object' && value !== null && !isJsonObject(value) ? name + MOVED_SUFFIX : name;
}

/**
 * Sets a member of `result`, of which a copy is made while it still is `source`. Undefined leaves the member out when the
 * object is written; deleting it would make writing the object three times as slow.
 */
function withMember(result: JsonObject, source: JsonObject, name: string, value: JsonValue | undefined): JsonObject {
  const copy = result === source ? { ...source } : result;
  copy[name] = value as JsonValue;
  return copy;
}

/** Renamed members come last, as the thorough way has them. */
function withNewNames(object: JsonObject, renamed: readonly [name: string, newName: string][]): JsonObject {
  const result = { ...object };
  for (const [name, newName] of renamed) {
    result[newName] = result[name] as JsonValue;
    result[name] = undefined as unknown as JsonValue;
  }
  return result;
}
