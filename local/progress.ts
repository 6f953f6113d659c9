/** The progress line of a run, and the numbers in it as people read them. */

import type { Clock } from '../lib/platform/outside.ts';
import type { EpochMs } from '../lib/platform/time.ts';
import type { Report } from '../lib/ship/report.ts';
import type { Terminal } from './terminal.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/**
 * Shows a run while it goes on: events, pages, rate, and how far it has read.
 * @param isOneOfSeveral names the stream; a line of 80 columns then has no room for pages and rate
 */
export function showProgress(
  terminal: Terminal,
  clock: Clock,
  isOneOfSeveral = false,
): (report: Readonly<Report>) => void {
  let frame = 0;
  return (report) => {
    const seconds = Math.max(0.001, (clock.now() - report.startedAt) / 1000);
    const rate = Math.round(report.eventsRead / seconds);
    frame = (frame + 1) % FRAMES.length;
    const events = plural(report.eventsRead, 'event');
    const told = isOneOfSeveral
      ? [report.stream, events]
      : [events, plural(report.pages, 'page'), `${withCommas(rate)}/s`];
    terminal.progress(`  ${FRAMES[frame]} ${told.join('  ')}  up to ${shortTime(report.watermark)}`);
  };
}

const NUMBER = new Intl.NumberFormat('en-US');

/** `12,345` */
export function withCommas(value: number): string {
  return NUMBER.format(value);
}

/** `1 page`, `2 pages` */
export function plural(count: number, noun: string): string {
  return `${withCommas(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `2026-03-01 12:00:00Z` */
export function shortTime(instant: EpochMs): string {
  return `${new Date(instant).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** `45 s`, `12 min`, `2.3 h` */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.ceil(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
