/** `npm run docs:pictures`: draws the pictures of the documents from what the program really does. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { THEMES } from './pictures/svg.ts';
import { terminalPicture, trialRun } from './pictures/terminal.ts';

const FOLDER = join(import.meta.dirname, 'pictures');

const lines = await trialRun();
for (const [name, theme] of Object.entries(THEMES))
  writeFileSync(join(FOLDER, `trial-${name}.svg`), terminalPicture(lines, theme));
