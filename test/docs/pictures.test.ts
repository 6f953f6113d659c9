/** The pictures of the documents show what the program does today. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { THEMES } from '../../docs/pictures/svg.ts';
import { terminalPicture, trialRun } from '../../docs/pictures/terminal.ts';

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
