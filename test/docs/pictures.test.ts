/** The pictures of the documents that cannot be drawn anew on any machine are current. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { escaped, THEMES } from '../../docs/pictures/svg.ts';
import { PANELS } from '../../docs/views/panels.ts';

const committed = (name: string) => readFileSync(join(import.meta.dirname, '../../docs/pictures', name), 'utf8');

test('the picture of the dashboard for Logz.io has every panel: if not, run "npm run docs:logzio-picture"', () => {
  for (const name of Object.keys(THEMES)) {
    const picture = committed(`logzio-${name}.svg`);
    for (const { title } of PANELS) assert.ok(picture.includes(`>${escaped(title).slice(0, 30)}`), title);
  }
});
