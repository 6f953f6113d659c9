import assert from 'node:assert/strict';
import test from 'node:test';
import { ConfigError } from '../../lib/config/fault.ts';
import { parseConfig } from '../../lib/config/parse.ts';

test('more added fields than a log has room for are a fault of the configuration', () => {
  const fields = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`field_${index}`, 'x']));
  const read = () => parseConfig({ output: { fields } }, {}, Date.now());
  assert.throws(read, (error) => error instanceof ConfigError && /output\.fields: has 101 fields/.test(error.message));
});

test('fields that every log may carry are no fault', () => {
  const { config } = parseConfig({ output: { fields: { team: 'security' }, tags: ['prod'] } }, {}, Date.now());
  assert.deepEqual(config.output.fields, { team: 'security' });
});
