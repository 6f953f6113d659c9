/** The screen of `npm run status`. */
import type { EpochMs } from '../lib/platform/time.ts';
import { duration, plural, shortTime } from './progress.ts';
import { isStale, isWell, type Status, type StreamStatus } from './status.ts';
import type { Terminal } from './terminal.ts';

type Colour = 'green' | 'red' | 'dim';

export function showStatus({ say, style }: Terminal, status: Status, now: EpochMs): void {
  const row = (name: string, text: string, colour: Colour) => {
    say(`  ${name.padEnd(13)}${style(text, colour)}`);
  };
  for (const stream of status.streams) {
    say(style(stream.stream, 'bold'));
    for (const [name, text, colour] of rowsOf(stream, status, now)) row(name, text, colour);
  }
  if (status.alarms === undefined) row('alarms', 'not tested: they are part of a deployed stack', 'dim');
  else if (status.alarms.ringing.length === 0) row('alarms', `none of ${status.alarms.count} rings`, 'green');
  else for (const name of status.alarms.ringing) row('alarm rings', name, 'red');
  say(isWell(status, now) ? style('All is well.', 'green') : style('Something is wrong. ', 'red') + adviceOn(status));
}

function rowsOf(stream: StreamStatus, status: Status, now: EpochMs): [string, string, Colour][] {
  const { watermark, ranAt, inQuarantine, failed, lastRun } = stream;
  const freshness =
    watermark === undefined
      ? 'unknown: no run has reported'
      : `read up to ${shortTime(watermark)}, ${duration(Math.max(0, now - watermark) / 1000)} ago`;
  const ran = ranAt === undefined ? '' : `${failed ? 'failed ' : ''}${shortTime(ranAt)}: `;
  return [
    ['freshness', freshness, isStale(stream, status, now) ? 'red' : 'green'],
    ['last run', ran + lastRun, failed ? 'red' : 'dim'],
    [
      'quarantine',
      inQuarantine === 0 ? 'empty' : `${plural(inQuarantine, 'event')} to look at`,
      inQuarantine === 0 ? 'green' : 'red',
    ],
  ];
}

function adviceOn({ alarms, streams }: Status): string {
  if ((alarms?.ringing.length ?? 0) > 0) return 'docs/alarms.md has a section for each alarm.';
  if (streams.some(({ inQuarantine }) => inQuarantine > 0))
    return `To see the events: npm run quarantine -- list${alarms === undefined ? ' --local' : ''}`;
  return alarms === undefined
    ? 'To find out what: npm run check:live'
    : 'To find out what: give the function {"check": true}';
}
