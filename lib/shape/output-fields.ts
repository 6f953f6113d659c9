/** `output.fields` and `output.tags`: what a user adds to every log, under the same rule of one kind per field. */
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import type { Field, FieldTable } from './field-kinds.ts';
import { FIELD_TABLE } from './field-table.ts';
import { isSafeName } from './names.ts';

/** Bytes of all added fields and tags together, so that an event always has room beside them. */
const MAX_ADDED_BYTES = 20_000;
/** Members of all added fields together. */
const MAX_ADDED_FIELDS = 100;
/** Logz.io takes ten levels; five leave nobody wanting. */
const MAX_ADDED_LEVELS = 5;
const MAX_NAME_UNITS = 200;

/**
 * What is wrong with `output.fields` and `output.tags`, one sentence each; empty where all is well.
 * @param reserved names that the chosen shape needs for itself
 */
export function outputFaults(fields: JsonObject, tags: readonly string[], reserved: readonly string[]): string[] {
  const faults: string[] = [];
  for (const name of Object.keys(fields)) {
    if (reserved.includes(name))
      faults.push(`output.fields.${name}: the log needs this name for itself; choose another`);
    if (Object.hasOwn(FIELD_TABLE, name)) {
      faults.push(
        `output.fields.${name}: JumpCloud sends a field of this name, and it is never overwritten; choose another`,
      );
    }
  }
  const count = checkObject(fields, 'output.fields', 1, faults);
  if (count > MAX_ADDED_FIELDS)
    faults.push(`output.fields: has ${count} fields, at most ${MAX_ADDED_FIELDS} are possible`);
  const bytes = Buffer.byteLength(JSON.stringify([fields, tags]));
  if (bytes > MAX_ADDED_BYTES) {
    faults.push(
      `output.fields and output.tags: take ${bytes} bytes of every log, at most ${MAX_ADDED_BYTES} are possible`,
    );
  }
  return faults;
}

function checkObject(object: JsonObject, path: string, level: number, faults: string[]): number {
  let count = 0;
  for (const [name, value] of Object.entries(object)) {
    const at = `${path}.${name}`;
    count++;
    if (!isSafeName(name) || name.length > MAX_NAME_UNITS || name === '__proto__') {
      faults.push(
        `${at}: a name has no dot, is not blank, is not one the index keeps for itself, and has at most ${MAX_NAME_UNITS} characters`,
      );
    }
    if (typeof value === 'number' && !Number.isFinite(value)) faults.push(`${at}: is no finite number`);
    if (Array.isArray(value) && !value.every((item) => typeof item === 'string')) {
      faults.push(`${at}: a list holds texts only`);
    }
    if (isJsonObject(value)) {
      if (level === MAX_ADDED_LEVELS) faults.push(`${at}: is nested more than ${MAX_ADDED_LEVELS} levels deep`);
      else count += checkObject(value, at, level + 1, faults);
    }
  }
  return count;
}

/** The kinds of the added fields, so that what JumpCloud may one day send under such a name obeys them too. */
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
