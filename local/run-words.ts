/** What the screen says about runs on this machine, with the commands of this machine. */

import { beginsNow, sentence } from '../lib/commands/summary.ts';
import type { Config } from '../lib/config/config.ts';
import { onlyFor } from '../lib/platform/messages.ts';
import type { EpochMs } from '../lib/platform/time.ts';
import type { Report } from '../lib/ship/report.ts';
import { orgIdOf } from '../lib/state/stream-name.ts';
import { plural, shortTime } from './progress.ts';
import type { Terminal } from './terminal.ts';

/** Said below the sentences, as commands to copy. */
export const NO_ADVICE = { onQuarantine: '', onUntested: '', onBeginning: () => '' };

export function sayIntroduction(terminal: Terminal, { jumpcloud, logzio }: Config, once: boolean): void {
  const minutes = jumpcloud.settings.timeIntervalMinutes;
  const route = `JumpCloud ${jumpcloud.url} to Logz.io ${logzio.url}`;
  terminal.say(once ? `${route}, once.` : `${route}, every ${plural(minutes, 'minute')}. Stop with Ctrl+C.`);
}

/**
 * One sentence for each of the `reports` of one round, named by its stream where there are several.
 */
export function sayRound(terminal: Terminal, reports: readonly Report[], now: EpochMs): void {
  for (const report of reports) {
    const words = sentence(report, NO_ADVICE);
    const name = reports.length > 1 && !words.includes(report.stream) ? `${report.stream}: ` : '';
    const pages = report.pages === 0 ? '' : ` (${plural(report.pages, 'page')})`;
    terminal.say(`${shortTime(now)}  ${name}${words}${pages}`);
  }
  if (reports.some(({ isNew, caughtUp, bulks }) => isNew && caughtUp && bulks === 0))
    terminal.say('To test the Logz.io token now, with one marked log:\n  npm run check:live');
  const rewinds = reports
    .filter(beginsNow)
    .map(({ stream }) => `npm start -- --ask '{"rewind_to": "-1h"${onlyFor(orgIdOf(stream))}}' && `);
  if (rewinds.length > 0) terminal.say(`To see events at once, while this is stopped:\n  ${rewinds.join('')}npm start`);
  if (reports.some(({ waitingInQuarantine }) => waitingInQuarantine > 0))
    terminal.say(`To see what is in quarantine, while this is stopped:\n  npm run quarantine -- list --local`);
}
