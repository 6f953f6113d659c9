/** The reference and the example say what the code does. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { configurationExample, configurationReference } from '../../docs/configuration.ts';
import { parseConfig } from '../../lib/config/parse.ts';
import { parseYaml } from '../../lib/config/read.ts';
import { settings } from '../../lib/config/settings.ts';

const contentOf = (path: string) => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
const NOW = Date.parse('2025-06-18T12:00:00Z');

describe('the reference of the configuration', () => {
  test('docs/configuration.md names every key as the code knows it ("npm run docs:configuration" writes it anew)', () => {
    assert.equal(contentOf('docs/configuration.md'), configurationReference());
  });

  test('config.example.yaml holds every key ("npm run docs:configuration" writes it anew)', () => {
    assert.equal(contentOf('config.example.yaml'), configurationExample());
    for (const [path] of settings) {
      assert.match(configurationExample(), new RegExp(`^ *${path.split('.').at(-1)}:`, 'm'), path);
    }
  });

  test('config.example.yaml means the defaults, so that it can be copied as it is', () => {
    const example = parseConfig(parseYaml(contentOf('config.example.yaml')), {}, NOW);
    assert.deepEqual(example, parseConfig(undefined, {}, NOW));
    assert.deepEqual(example.warnings, []);
  });
});
