/**
 * Writes docs/sigma/pipelines/: under which names a Sigma rule in JumpCloud's words finds its
 * fields, by shape.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import type { FieldTable } from '../lib/shape/field-kinds.ts';
import { FIELD_TABLE } from '../lib/shape/field-table.ts';
import { fieldIn, SHAPES, type ShapeName } from './views/terms.ts';

const HEAD = '# Written by docs/sigma.ts from the tables in lib/shape/: edit them there.\n';

/** @returns each generated file's path within docs/sigma/ and its text */
export function sigmaFiles(): Map<string, string> {
  return new Map(SHAPES.map((shape) => [`pipelines/${shape}.yml`, HEAD + stringify(pipelineFor(shape))]));
}

/** A processing pipeline as pySigma reads it. */
function pipelineFor(shape: ShapeName): object {
  const rule_conditions = [{ type: 'logsource', product: 'jumpcloud' }];
  const ours = { id: 'only_our_logs', type: 'add_condition', conditions: { type: 'jumpcloud' }, rule_conditions };
  const names = Object.fromEntries(
    pathsOf(FIELD_TABLE)
      .map((path): [string, string] => [path, fieldIn(shape, path)])
      .filter(([path, name]) => path !== name),
  );
  const renamed = { id: 'names_of_this_shape', type: 'field_name_mapping', mapping: names };
  return {
    name: `JumpCloud events in shape ${shape}`,
    priority: 20,
    transformations: Object.keys(names).length === 0 ? [ours] : [renamed, ours],
  };
}

function pathsOf(table: FieldTable, prefix = ''): string[] {
  return Object.entries(table).flatMap(([name, { fields }]) =>
    fields === undefined ? [prefix + name] : pathsOf(fields, `${prefix}${name}.`),
  );
}

if (import.meta.main) {
  for (const [path, text] of sigmaFiles()) {
    const file = join(import.meta.dirname, 'sigma', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
