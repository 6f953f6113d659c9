/** A run's numbers, and a sentence about them, for a person who pressed "Test" in the console. */

import { plural } from '../platform/messages.ts';
import { type EpochMs, formatInstant, LONGEST_RETENTION_DAYS } from '../platform/time.ts';
import type { Report } from '../ship/report.ts';
import { heldMessage } from '../state/checkpoint.ts';

export function summarize(report: Report, now: EpochMs) {
  const held = report.heldUntil !== undefined;
  return {
    /** What happened, in words. */
    message: sentence(report),
    stream: report.stream,
    caughtUp: report.caughtUp,
    pages: report.pages,
    eventsRead: report.eventsRead,
    shipped: report.shipped,
    alreadyDelivered: report.alreadyDelivered,
    late: report.late,
    greatestLatenessSeconds: seconds(report.greatestLatenessMs),
    quarantined: report.quarantined,
    waitingInQuarantine: report.waitingInQuarantine,
    shortened: report.shortened,
    possibleRepeats: report.possibleRepeats,
    retries: report.retries,
    bulks: report.bulks,
    /** Sent to Logz.io, before and after gzip. */
    bytes: report.bulkBytes,
    gzippedBytes: report.gzippedBytes,
    /** Read up to here; null while another run is at it. */
    watermark: held ? null : formatInstant(report.watermark),
    watermarkAgeSeconds: held ? null : watermarkAgeSeconds(report, now),
  };
}

/** An answer as fields of a log line, whose `message` is a fixed word to filter by. */
export function asFields<Answer extends { readonly message: string }>(
  { message: _, ...figures }: Answer,
  summary: string,
) {
  return { summary, ...figures };
}

export function watermarkAgeSeconds(report: Report, now: EpochMs): number {
  return seconds(Math.max(0, now - report.watermark));
}

function seconds(ms: number): number {
  return Math.round(ms / 1000);
}

/** What a sentence advises, in words for those who read it; empty: nothing. */
export interface Advice {
  /** After a number of events in quarantine. */
  readonly onQuarantine: string;
  /** After the news that Logz.io's token is not proven yet. */
  readonly onUntested: string;
  /** After the news that a stream begins now. */
  readonly onBeginning: string;
}

const IN_AWS: Advice = {
  onQuarantine: ', see {"quarantine": "list"}',
  onUntested: ' To test it now, invoke with {"check": true}.',
  onBeginning: ' To see events at once, invoke with {"rewind_to": "-1h"} and then with {}.',
};

/** What a run did, in words. */
export function sentence(report: Report, { onQuarantine, onUntested, onBeginning } = IN_AWS): string {
  if (report.heldUntil !== undefined) return heldMessage(report.stream, report.heldUntil);
  const readTo = formatInstant(report.watermark);
  const asides = [
    report.quarantined > 0 && `${report.quarantined} put into quarantine${onQuarantine}`,
    report.quarantined === 0 &&
      report.waitingInQuarantine > 0 &&
      `${report.waitingInQuarantine} ${report.waitingInQuarantine === 1 ? 'waits' : 'wait'} in quarantine${onQuarantine}`,
    report.late > 0 && `${report.late} of them late`,
    report.readFrom !== undefined &&
      `events before ${formatInstant(report.readFrom)} cannot be read: JumpCloud keeps ${LONGEST_RETENTION_DAYS} days at most`,
  ].filter(Boolean);
  const aside = asides.length > 0 ? ` (${asides.join('; ')})` : '';
  if (!report.caughtUp)
    return `Shipped ${plural(report.shipped, 'event')}${aside}, read up to ${readTo}; there is more, and the next run goes on from there.`;
  if (report.shipped > 0) return `Shipped ${plural(report.shipped, 'event')}${aside}; caught up to ${readTo}.`;
  const untested = report.isNew ? ` The Logz.io token is not tested until the first event.${onUntested}` : '';
  if (beginsNow(report)) {
    const seen = report.eventsInLastHour;
    const accepted = seen === undefined ? '' : ` JumpCloud accepts the key: ${plural(seen, 'event')} in the last hour.`;
    return `The first run: the stream begins now, so there are no events yet. Those of the next minutes come with the next runs.${accepted}${untested}${onBeginning}`;
  }
  return `0 new events since ${formatInstant(report.settled)}${aside}${aside ? '' : ': this is normal'}; caught up to ${readTo}.${untested}`;
}

/** True for a stream's first run when it had nothing to read yet. */
export function beginsNow(report: Report): boolean {
  return report.isNew && report.caughtUp && report.pages === 0;
}
