/** The pictures of the documents show what the program does today. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { dashboardWidgets, type MetricEntry, type MetricOptions } from '../../docs/pictures/dashboard-definition.ts';
import { escaped, THEMES } from '../../docs/pictures/svg.ts';
import { terminalPicture, trialRun } from '../../docs/pictures/terminal.ts';
import { PANELS } from '../../docs/views/panels.ts';

const committed = (name: string) => readFileSync(join(import.meta.dirname, '../../docs/pictures', name), 'utf8');

test('the picture of the trial run is what it prints: if not, run "npm run docs:pictures"', async () => {
  const lines = await trialRun();
  for (const [name, theme] of Object.entries(THEMES)) {
    const drawn = terminalPicture(lines, theme);
    assert.equal(atAnyHour(drawn), atAnyHour(committed(`trial-${name}.svg`)));
  }
});

/** How many events lie in the last minutes depends on the hour: people sleep. */
function atAnyHour(picture: string): string {
  return picture.replaceAll(/\d+ (known already|min)\b/g, 'N $1');
}

test('the picture of the dashboard has every title, label, alarm and column of the template', () => {
  const widgets = dashboardWidgets().map(({ properties }) => properties);
  const words = widgets.flatMap(({ title, alarms, metrics, annotations, query }) => [
    ...[title, ...(alarms ?? [])],
    ...(metrics ?? []).map((entry: MetricEntry) => (entry.at(-1) as MetricOptions).label),
    ...(annotations?.horizontal ?? []).map(({ label }) => label),
    ...[...(query ?? '').matchAll(/ as (\w+)/g)].map(([, column]) => column),
  ]);
  const expected = words.filter((word) => word !== undefined);
  assert.ok(expected.length > 20);
  for (const name of Object.keys(THEMES)) {
    const picture = committed(`dashboard-${name}.svg`);
    assert.deepEqual(
      expected.filter((word) => !picture.includes(`>${escaped(word)}`)),
      [],
      'run "npm run docs:pictures"',
    );
  }
});

test('the picture of the dashboard for Logz.io has every panel: if not, run "npm run docs:logzio-picture"', () => {
  for (const name of Object.keys(THEMES)) {
    const picture = committed(`logzio-${name}.svg`);
    for (const { title } of PANELS) assert.ok(picture.includes(`>${escaped(title).slice(0, 30)}`), title);
  }
});
