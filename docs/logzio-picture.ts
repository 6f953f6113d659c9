/** `npm run docs:logzio-picture`: draws the dashboard for Logz.io. Needs Java and Maven. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { countedPanels, logzioPicture } from './pictures/logzio.ts';
import { THEMES } from './pictures/svg.ts';

const counted = await countedPanels();
for (const [name, theme] of Object.entries(THEMES))
  writeFileSync(join(import.meta.dirname, 'pictures', `logzio-${name}.svg`), logzioPicture(counted, theme));
