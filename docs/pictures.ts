/** `npm run docs:pictures`: draws the documents' pictures from what the program really does. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchPicture } from './pictures/bench.ts';
import { dashboardPicture } from './pictures/dashboard.ts';
import { dashboardWidgets } from './pictures/dashboard-definition.ts';
import { simulatedDay } from './pictures/simulated-day.ts';
import { THEMES } from './pictures/svg.ts';
import { terminalPicture, trialRun } from './pictures/terminal.ts';

const FOLDER = join(import.meta.dirname, 'pictures');

const lines = await trialRun();
const widgets = dashboardWidgets();
const day = await simulatedDay();
const measured = JSON.parse(readFileSync(join(import.meta.dirname, '../bench/results/full.json'), 'utf8'));
for (const [name, theme] of Object.entries(THEMES)) {
  writeFileSync(join(FOLDER, `trial-${name}.svg`), terminalPicture(lines, theme));
  writeFileSync(join(FOLDER, `dashboard-${name}.svg`), dashboardPicture(widgets, day, theme));
  writeFileSync(join(FOLDER, `bench-${name}.svg`), benchPicture(measured, theme));
}
