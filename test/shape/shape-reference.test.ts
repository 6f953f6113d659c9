/** `docs/fields.md` and the tables the shapes work by say the same. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { it } from 'node:test';
import { fieldsReference } from '../../docs/fields.ts';
import { ECS_FIELDS, LOGZIO_OWN_FIELDS } from '../../docs/own-fields.ts';
import { isJsonObject, type JsonObject } from '../../lib/platform/json.ts';
import { RESERVED_NAMES } from '../../lib/shape/names.ts';

it('docs/fields.md is what the tables say; after a change of them: npm run docs:fields', () => {
  assert.equal(readFileSync(new URL('../../docs/fields.md', import.meta.url), 'utf8'), fieldsReference());
});

it('every name a log needs for itself is documented', () => {
  const documented = ECS_FIELDS.map(({ path }) => path.split('.')[0]);
  for (const name of RESERVED_NAMES) {
    const isOfEcs = name === 'jumpcloud' || documented.includes(name);
    assert(isOfEcs || Object.hasOwn(LOGZIO_OWN_FIELDS, name), name);
  }
});

it('every field of the ECS fixtures outside jumpcloud.event is documented', () => {
  const documented = new Set(ECS_FIELDS.map(({ path }) => path));
  const folder = new URL('../fixtures/events/', import.meta.url);
  for (const file of readdirSync(folder)) {
    const { ecs } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as { ecs: JsonObject };
    for (const path of pathsOf(ecs)) {
      if (path.startsWith('jumpcloud.event.')) continue;
      assert(documented.has(path.replace('source.geo.', 'client.geo.')), `${path} in ${file}`);
    }
  }
});

function pathsOf(object: JsonObject, prefix = ''): string[] {
  return Object.entries(object).flatMap(([name, value]) =>
    isJsonObject(value) ? pathsOf(value, `${prefix}${name}.`) : [prefix + name],
  );
}
