/**
 * The few numbers that alarms watch, as metrics. Every custom metric costs money for each hour it
 * is written, so all streams share them, and a stream becomes a dimension only while it is in
 * trouble; everything else is in the summary log line.
 */
import { type Config, staleAfterMs } from '../config/config.ts';
import type { Metric, Metrics } from '../platform/outside.ts';
import type { Report } from '../ship/report.ts';
import { watermarkAgeSeconds } from './summary.ts';

/** From this share of the allowed lateness upwards, lateness is worth a metric. */
const LATENESS_SHARE = 0.5;

export interface RunMetrics {
  run(report: Report, now: number): void;
  /** Another organization's stream: written only when it stands still. */
  otherStream(stream: string, watermark: number, now: number): void;
  quarantined(stream: string, events: number): void;
  /** Field names of the day that no table knows. */
  unknownNames(stream: string, names: number): void;
  audit(stream: string, differentEvents: number, waitingInQuarantine: number): void;
}

export function createRunMetrics(metrics: Metrics, { jumpcloud: { settings } }: Config): RunMetrics {
  const write = (name: string, unit: Metric['unit'], value: number, inTroubleFor?: string) =>
    metrics.write({ name, unit, value, ...(inTroubleFor !== undefined && { stream: inTroubleFor }) });
  const staleSeconds = staleAfterMs(settings) / 1000;
  return {
    run(report, now) {
      const { stream, heldUntil, waitingInQuarantine, greatestLatenessMs } = report;
      // Another run is at it, and reports for itself.
      if (heldUntil !== undefined) return;
      const age = watermarkAgeSeconds(report, now);
      write('WatermarkAgeSeconds', 'Seconds', age, age > staleSeconds ? stream : undefined);
      this.quarantined(stream, waitingInQuarantine);
      if (greatestLatenessMs >= LATENESS_SHARE * settings.allowedLatenessMinutes * 60_000) {
        write('GreatestLatenessSeconds', 'Seconds', Math.round(greatestLatenessMs / 1000), stream);
      }
    },
    otherStream(stream, watermark, now) {
      const age = Math.round((now - watermark) / 1000);
      if (age > staleSeconds) write('WatermarkAgeSeconds', 'Seconds', age, stream);
    },
    quarantined(stream, events) {
      if (events > 0) write('Quarantined', 'Count', events, stream);
    },
    unknownNames(stream, names) {
      write('UnknownFieldNames', 'Count', names, stream);
    },
    audit(stream, differentEvents, waitingInQuarantine) {
      write('AuditDifference', 'Count', differentEvents, differentEvents > 0 ? stream : undefined);
      this.quarantined(stream, waitingInQuarantine);
    },
  };
}
