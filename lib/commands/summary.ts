/** What is answered and logged, in numbers and in words, and the metrics that alarms watch. */
import { staleAfterMs } from '../config/config.ts';
import { onlyFor, plural } from '../platform/messages.ts';
import type { Metric } from '../platform/outside.ts';
import { type EpochMs, formatInstant, LONGEST_RETENTION_DAYS } from '../platform/time.ts';
import type { Report } from '../ship/report.ts';
import { heldMessage } from '../state/checkpoint.ts';
import { orgIdOf } from '../state/stream-name.ts';
import type { Result, Runtime } from './context.ts';

/** Some of the streams failed; the others did their work. */
export class StreamsFailedError extends Error {
  override readonly name = 'StreamsFailedError';

  constructor(failures: readonly Error[], results: readonly Result[]) {
    const streams = failures.length + results.length;
    const messages = [...failures.map(({ message }) => message), ...results.map(named)].join(' | ');
    super(`${failures.length} of ${streams} streams failed: ${messages}`, { cause: failures[0] });
  }
}

/** One stream's answer as it is; several as a list, with all their messages in one. */
export function answerOf(results: readonly Result[], warnings: readonly string[]): Result {
  const [only] = results;
  const streams = { message: results.map(named).join(' '), streams: results };
  return { ...(only && results.length === 1 ? only : streams), ...(warnings.length > 0 && { warnings }) };
}

/** Among several streams' answers: each with its stream. */
function named({ stream, message }: Result): string {
  return typeof stream === 'string' && !message.includes(stream) ? `${stream}: ${message}` : message;
}

/** An answer as fields of a log line, whose `message` is a fixed word to filter by. */
export function asFields({ message: summary, ...figures }: { readonly message: string }) {
  return { summary, ...figures };
}

/** A run's numbers, for a person who pressed "Test" in the console. */
export function summarize(report: Report, now: EpochMs) {
  const held = report.heldUntil !== undefined;
  const { stream, caughtUp, pages, eventsRead, shipped, alreadyDelivered, late } = report;
  const { quarantined, waitingInQuarantine, shortened, possibleRepeats, retries, bulks } = report;
  return {
    message: sentence(report),
    ...{ stream, caughtUp, pages, eventsRead, shipped, alreadyDelivered, late },
    greatestLatenessSeconds: seconds(report.greatestLatenessMs),
    ...{ quarantined, waitingInQuarantine, shortened, possibleRepeats, retries, bulks },
    /** Sent to Logz.io, before and after gzip. */
    bytes: report.bulkBytes,
    gzippedBytes: report.gzippedBytes,
    /** Read up to here; null while another run is at it. */
    watermark: held ? null : formatInstant(report.watermark),
    watermarkAgeSeconds: held ? null : watermarkAge(report.watermark, now),
  };
}

function watermarkAge(watermark: EpochMs, now: EpochMs): number {
  return seconds(Math.max(0, now - watermark));
}

function seconds(ms: number): number {
  return Math.round(ms / 1000);
}

/** What a sentence advises: the commands of AWS, or none where the screen has its own. */
const IN_AWS = {
  onQuarantine: ', see {"quarantine": "list"}',
  onUntested: ' To test it now, give the function {"check": true}.',
  onBeginning: (stream: string) =>
    ` To see events at once, give the function {"rewind_to": "-1h"${onlyFor(orgIdOf(stream))}} and then {}.`,
};

/** What a run did, in words. */
export function sentence(report: Report, { onQuarantine, onUntested, onBeginning } = IN_AWS): string {
  const { heldUntil, readFrom, quarantined, waitingInQuarantine: waiting, shipped } = report;
  if (heldUntil !== undefined) return heldMessage(report.stream, heldUntil);
  const readTo = formatInstant(report.watermark);
  const asides = [
    quarantined > 0 && `${quarantined} put into quarantine${onQuarantine}`,
    quarantined === 0 && waiting > 0 && `${waiting} ${waiting === 1 ? 'waits' : 'wait'} in quarantine${onQuarantine}`,
    report.late > 0 && `${report.late} of them late`,
    readFrom !== undefined &&
      `events before ${formatInstant(readFrom)} cannot be read: JumpCloud keeps ${LONGEST_RETENTION_DAYS} days at most`,
  ].filter(Boolean);
  const aside = asides.length > 0 ? ` (${asides.join('; ')})` : '';
  if (!report.caughtUp)
    return `Shipped ${plural(shipped, 'event')}${aside}, read up to ${readTo}; there is more, and the next run goes on from there.`;
  if (shipped > 0) return `Shipped ${plural(shipped, 'event')}${aside}; caught up to ${readTo}.`;
  const untested = report.isNew ? ` The Logz.io token is not tested until the first event.${onUntested}` : '';
  if (beginsNow(report)) {
    const seen = report.eventsInLastHour;
    const accepted = seen === undefined ? '' : ` JumpCloud accepts the key: ${plural(seen, 'event')} in the last hour.`;
    return `This is the first run. Shipping begins now, so there are no events yet. The next runs ship new ones.${accepted}${untested}${onBeginning(report.stream)}`;
  }
  return `0 new events since ${formatInstant(report.settled)}${aside || ': this is normal'}; caught up to ${readTo}.${untested}`;
}

/** True for a stream's first run when it had nothing to read yet. */
export function beginsNow(report: Report): boolean {
  return report.isNew && report.caughtUp && report.pages === 0;
}

/** From this share of the allowed lateness upwards, lateness is worth a metric. */
const LATENESS_SHARE = 0.5;

/**
 * The metrics that alarms watch. Each costs money for every hour it is written, so all streams
 * share them, and a stream becomes a dimension only while it is in trouble.
 */
export function createRunMetrics({ metrics, config }: Pick<Runtime, 'metrics' | 'config'>) {
  const { settings } = config.jumpcloud;
  const write = (name: string, unit: Metric['unit'], value: number, inTroubleFor?: string) =>
    metrics.write({ name, unit, value, ...(inTroubleFor !== undefined && { stream: inTroubleFor }) });
  const staleSeconds = staleAfterMs(settings) / 1000;
  return {
    run({ stream, heldUntil, watermark, waitingInQuarantine, greatestLatenessMs }: Report, now: EpochMs) {
      // Another run is at it, and reports for itself.
      if (heldUntil !== undefined) return;
      const age = watermarkAge(watermark, now);
      write('WatermarkAgeSeconds', 'Seconds', age, age > staleSeconds ? stream : undefined);
      this.quarantined(stream, waitingInQuarantine);
      if (greatestLatenessMs >= LATENESS_SHARE * settings.allowedLatenessMinutes * 60_000)
        write('GreatestLatenessSeconds', 'Seconds', seconds(greatestLatenessMs), stream);
    },
    /** Another organization's stream: written only when it stands still. */
    otherStream(stream: string, watermark: EpochMs, now: EpochMs) {
      const age = watermarkAge(watermark, now);
      if (age > staleSeconds) write('WatermarkAgeSeconds', 'Seconds', age, stream);
    },
    quarantined(stream: string, events: number) {
      if (events > 0) write('Quarantined', 'Count', events, stream);
    },
    /** Field names of the day that no table knows. */
    unknownNames(stream: string, names: number) {
      write('UnknownFieldNames', 'Count', names, stream);
    },
    audit(stream: string, differentEvents: number, waitingInQuarantine: number) {
      write('AuditDifference', 'Count', differentEvents, differentEvents > 0 ? stream : undefined);
      this.quarantined(stream, waitingInQuarantine);
    },
  };
}
