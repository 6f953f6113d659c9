import assert from 'node:assert/strict';
import test from 'node:test';
import { ConfigError } from '../lib/config/fault.ts';
import { parseConfig } from '../lib/config/parse.ts';

test('a field in output.fields that the log needs for itself is a fault of the configuration', () => {
  const read = () => parseConfig({ output: { fields: { '@timestamp': 'mine', team: 'security' } } }, {}, Date.now());
  assert.throws(read, (error) => error instanceof ConfigError && error.faults[0]?.path === 'output.fields.@timestamp');
});

test('fields that every log may carry are no fault', () => {
  const { config } = parseConfig({ output: { fields: { team: 'security' }, tags: ['prod'] } }, {}, Date.now());
  assert.deepEqual(config.output.fields, { team: 'security' });
});
