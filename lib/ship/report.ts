/** What a run did, in numbers: filled in and shown while it runs, returned at its end. */
import type { EpochMs } from '../platform/time.ts';

export class Report {
  readonly stream: string;
  readonly startedAt: EpochMs;
  /** Set when another run holds the stream's lease: this run then did nothing. */
  heldUntil: EpochMs | undefined;
  /** The stream's first run. */
  isNew = false;
  /** Answers of JumpCloud with events or without. */
  pages = 0;
  /** Inside the window: shipped, already delivered, quarantined, or not come to yet. */
  eventsRead = 0;
  shipped = 0;
  alreadyDelivered = 0;
  /** Shipped, although their timestamps lie in a stretch that an earlier run had read. */
  late = 0;
  /** At least so long after its timestamp the latest became visible: an earlier run asked. */
  greatestLatenessMs = 0;
  /** Bulks Logz.io answered. */
  bulks = 0;
  /** Of these bulks, before and after gzip. */
  bulkBytes = 0;
  gzippedBytes = 0;
  retries = 0;
  /** Events that were sent without an answer, and may arrive once more. */
  possibleRepeats = 0;
  /** Events put into quarantine by this run. */
  quarantined = 0;
  /** Events in quarantine, as far as this run knows. */
  waitingInQuarantine = 0;
  /** Events that arrived cut to Logz.io's limits. */
  shortened = 0;
  /** Where the stream began. */
  began: EpochMs = 0;
  watermark: EpochMs = 0;
  /** How far earlier runs had read with the same query. */
  readBefore: EpochMs = 0;
  settled: EpochMs = 0;
  /** The window was read to its end. */
  caughtUp = false;
  /** The watermark moved, or an event was shipped or quarantined. */
  moved = false;
  /** Set where JumpCloud refused a start at `settled`, which is older than what it keeps. */
  readFrom: EpochMs | undefined;
  /** JumpCloud's count where a stream begins and has nothing to read yet; else undefined. */
  eventsInLastHour: number | undefined;
  /** For a bounded stream: events that this run and those before shipped or quarantined. */
  deliveredInAll = 0;
  /** For a bounded stream: all of it is settled. */
  done = false;

  constructor(stream: string, startedAt: EpochMs) {
    this.stream = stream;
    this.startedAt = startedAt;
  }

  /** Counts an event that an earlier run could have read, but that was not visible then. */
  noteLateness(at: EpochMs, sourceLagMs: number): void {
    if (at >= this.readBefore) return;
    this.late++;
    this.greatestLatenessMs = Math.max(this.greatestLatenessMs, this.readBefore + sourceLagMs - at);
  }

  /** A bulk was answered. */
  addBulk(bytes: number, gzippedBytes: number): void {
    this.bulks++;
    this.bulkBytes += bytes;
    this.gzippedBytes += gzippedBytes;
  }
}

/** The run failed. What it had done is saved, and the next run goes on from there. */
export class RunFailedError extends Error {
  override readonly name = 'RunFailedError';
  readonly report: Report;

  constructor(report: Report, cause: unknown) {
    super(`${report.stream}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.report = report;
  }
}
