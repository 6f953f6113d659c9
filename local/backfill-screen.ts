/** A backfill as a person watches it: slices done, events, rate, time left. */

import { sentenceOf, type Totals } from '../lib/backfill/protocol.ts';
import type { Clock } from '../lib/platform/outside.ts';
import type { EpochMs } from '../lib/platform/time.ts';
import { duration, plural, withCommas } from './progress.ts';
import type { Output, Terminal } from './terminal.ts';

/** A log that nobody watches gets a line this often. */
const QUIET_LINE_MS = 60_000;

export interface BackfillScreen {
  show(totals: Totals): void;
}

export function backfillScreen(terminal: Terminal, output: Output, clock: Clock): BackfillScreen {
  let first: { readonly at: EpochMs; readonly delivered: number } | undefined;
  let lastLine = Number.NEGATIVE_INFINITY;
  return {
    show(totals) {
      const now = clock.now();
      // Counted from the first look: what an earlier start has shipped says nothing of today's
      // rate.
      first ??= { at: now, delivered: totals.delivered };
      // While late events are waited for, the numbers stand still.
      if (!output.isTTY && isWaiting(totals)) return;
      const line = progressLine(totals, (now - first.at) / 1000, totals.delivered - first.delivered);
      if (output.isTTY) terminal.progress(line);
      else if (now - lastLine >= QUIET_LINE_MS) {
        lastLine = now;
        terminal.say(line);
      }
    },
  };
}

/** @param seconds since the first look, in which `events` were delivered */
export function progressLine(totals: Totals, seconds: number, events: number): string {
  if (totals.slices === 0) return '  cutting the range into slices…';
  const rate = seconds > 0 ? events / seconds : 0;
  const left = Math.max(0, totals.events - totals.delivered);
  return [
    `  ${withCommas(totals.slicesDone)} of ${plural(totals.slices, 'slice')}`,
    `${short(totals.delivered)} of ${short(totals.events)} events`,
    ...(left === 0 && totals.slicesDone < totals.slices ? ['late events may still come'] : []),
    ...(left > 0 && rate > 0 ? [`${withCommas(Math.round(rate))}/s`, `${duration(left / rate)} left`] : []),
  ].join('  ');
}

function isWaiting({ slices, slicesDone, events, delivered }: Totals): boolean {
  return slices > 0 && slicesDone < slices && delivered >= events;
}

/** What is said at the end. */
export function closingLines(totals: Totals): string[] {
  const differences = totals.differences.map(
    ({ org_id, slice, counted, delivered }) =>
      `  ${org_id ? `${org_id} ` : ''}${slice}: JumpCloud counts ${counted}, shipped ${delivered}`,
  );
  return [sentenceOf(totals), ...differences];
}

const MILLIONS = new Intl.NumberFormat('en-US', {
  notation: 'compact',
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

/** `950`, `12,345`, `4.5M` */
function short(count: number): string {
  return count < 1_000_000 ? withCommas(count) : MILLIONS.format(count);
}
