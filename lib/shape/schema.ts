/** The table of known fields, made ready for look-ups by name. */
import type { FieldKind, FieldTable } from './field-kinds.ts';

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
