/**
 * `output.fields` and `output.tags`: what a user adds to every log, under the same rule of one kind
 * per field.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../platform/json.ts';
import { Conform, WHOLE } from './conform.ts';
import { compileSchema, type Field, type FieldTable } from './field-kinds.ts';
import { FIELD_TABLE } from './field-table.ts';
import { RESERVED_NAMES, safeName } from './names.ts';
import type { ShapeOptions } from './shape.ts';
import { looksLikeDate, MAX_NAME_BYTES } from './values.ts';

/** Bytes of all added fields and tags together, so that an event always has room beside them. */
const MAX_ADDED_BYTES = 20_000;
/** Members of all added fields together. */
const MAX_ADDED_FIELDS = 100;
/** Logz.io takes ten levels; five leave nobody wanting. */
const MAX_ADDED_LEVELS = 5;
const MAX_ADDED_NAME_UNITS = 200;

/** What is wrong with `output.fields` and `output.tags`, a sentence each, if anything. */
export function outputFaults({ fields, tags }: Pick<ShapeOptions, 'fields' | 'tags'>): string[] {
  const faults = Object.keys(fields)
    .filter((name) => RESERVED_NAMES.includes(name))
    .map((name) => `output.fields.${name}: the log needs this name for itself; choose another`);
  for (const tag of tags) {
    if (looksLikeDate(tag))
      faults.push(`output.tags: "${tag}" looks like a date, so an index would treat all tags as dates`);
  }
  const count = checkObject(fields, 'output.fields', 1, faults);
  if (count > MAX_ADDED_FIELDS) {
    faults.push(`output.fields: has ${count} fields; at most ${MAX_ADDED_FIELDS} are possible`);
  }
  const bytes = Buffer.byteLength(JSON.stringify([fields, tags]));
  if (bytes > MAX_ADDED_BYTES) {
    faults.push(
      `output.fields and output.tags: take ${bytes} bytes of every log; at most ${MAX_ADDED_BYTES} are possible`,
    );
  }
  return faults;
}

function checkObject(object: JsonObject, path: string, level: number, faults: string[]): number {
  let count = 0;
  for (const [name, value] of Object.entries(object)) {
    const at = `${path}.${name}`;
    count++;
    if (safeName(name, MAX_NAME_BYTES).name !== name || name.length > MAX_ADDED_NAME_UNITS) {
      faults.push(
        `${at}: this name cannot be used. A name has no dot, is not blank, and has at most ${MAX_ADDED_NAME_UNITS} characters. Names that the index reserves, such as _id, are not possible`,
      );
    }
    if (!isJsonObject(value)) continue;
    if (level === MAX_ADDED_LEVELS) faults.push(`${at}: is nested more than ${MAX_ADDED_LEVELS} levels deep`);
    else count += checkObject(value, at, level + 1, faults);
  }
  return count;
}

/**
 * The fields to add, obeying the type rule themselves, and the same in both shapes: the kinds of
 * JumpCloud's fields come before those of the added values.
 */
export function addedFields(fields: JsonObject): JsonObject {
  return new Conform(WHOLE, false).object(fields, compileSchema({ ...tableOf(fields), ...FIELD_TABLE }));
}

/** The object, with the members it lacks taken from `defaults`; none of its own is touched. */
export function withDefaults(object: JsonObject, defaults: JsonObject): JsonObject {
  const lacking = Object.entries(defaults).filter(([name]) => !Object.hasOwn(object, name));
  return lacking.length === 0 ? object : { ...Object.fromEntries<JsonValue>(lacking), ...object };
}

/** The kinds of the added fields: what JumpCloud may one day send under a name obeys them too. */
export function tableOf(fields: JsonObject): FieldTable {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, fieldOf(value)]));
}

function fieldOf(value: JsonValue): Field {
  const about = 'from output.fields';
  if (typeof value === 'boolean') return { kind: 'boolean', about };
  if (typeof value === 'number') return { kind: Number.isSafeInteger(value) ? 'integer' : 'decimal', about };
  if (Array.isArray(value)) return { kind: 'texts', about };
  if (isJsonObject(value)) return { kind: 'object', about, fields: tableOf(value) };
  return { kind: 'text', about };
}
