/** The kinds a field can have, the language of the table of known fields, and how it is read. */
import { isJsonObject, type JsonObject, type JsonValue } from '../platform/json.ts';

/**
 * What a field holds in every log, always (`null` aside, which an index maps to nothing):
 * - `text`: text; a number or a boolean becomes its text, an object or a list its JSON text.
 * - `json`: the same, for fields that are objects or lists where JumpCloud sends them: expect JSON
 * text.
 * - `changes`: one JSON text of an object, by Logz.io's compatibility contract, and texts beside it
 * (see object-lists.ts).
 * - `policies`: JSON text, and texts beside it (see object-lists.ts).
 * - `boolean`: true or false; the texts "true" and "false" are converted.
 * - `integer`: a whole number of at most 64 bits with its sign; its text is converted.
 * - `decimal`: a number that always shows a fraction (`51.0`), because an index that first meets
 * `51` cuts every later `51.5` to 51; its text is converted.
 * - `time`: an RFC 3339 timestamp as text, which an index takes for a date.
 * - `texts`: a list of texts; a single value becomes a list of one.
 * - `object`: an object with fields of its own.
 * A value that its field's kind cannot hold moves, as text, to `<name>_text`. A text that
 * an index would take for a date is put in quotes (see values.ts).
 */
export type FieldKind =
  | 'text'
  | 'json'
  | 'changes'
  | 'policies'
  | 'boolean'
  | 'integer'
  | 'decimal'
  | 'time'
  | 'texts'
  | 'object';

export interface Field {
  readonly kind: FieldKind;
  /** One line for the user who meets the field in Logz.io. */
  readonly about: string;
  /** Only for the kind `object`; members that are not listed are text. */
  readonly fields?: FieldTable;
}

export interface FieldTable {
  readonly [name: string]: Field;
}

const scalar = (kind: FieldKind) => (about: string) => ({ kind, about });

export const text = scalar('text');
export const json = scalar('json');
export const changes = scalar('changes');
export const policies = scalar('policies');
export const boolean = scalar('boolean');
export const integer = scalar('integer');
export const decimal = scalar('decimal');
export const time = scalar('time');
export const texts = scalar('texts');
export const object = (about: string, fields: FieldTable = {}): Field => ({ kind: 'object', about, fields });

export interface SchemaNode {
  /** `reserved`: a name the log needs for itself. */
  readonly kind: FieldKind | 'reserved';
  readonly fields: ReadonlyMap<string, SchemaNode>;
}

const NO_FIELDS: ReadonlyMap<string, SchemaNode> = new Map();
const RESERVED: SchemaNode = { kind: 'reserved', fields: NO_FIELDS };

/**
 * @param table what is known at this level
 * @param reserved names of the log's own at this level; they win over the table
 */
export function compileSchema(table: FieldTable, reserved: readonly string[] = []): SchemaNode {
  const fields = new Map<string, SchemaNode>();
  for (const [name, field] of Object.entries(table)) {
    fields.set(name, { kind: field.kind, fields: field.fields ? compileSchema(field.fields).fields : NO_FIELDS });
  }
  for (const name of reserved) fields.set(name, RESERVED);
  return { kind: 'object', fields };
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
