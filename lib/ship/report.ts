/** What a run did, in numbers: filled in and shown while it runs, returned at its end. */
import type { EpochMs } from '../platform/time.ts';

export interface Report {
  readonly stream: string;
  readonly startedAt: EpochMs;
  /** Set when another run holds the stream's lease: this run then did nothing. */
  heldUntil: EpochMs | undefined;
  /** The stream's first run. */
  isNew: boolean;
  /** Answers of JumpCloud with events or without. */
  pages: number;
  /** Inside the window: shipped, already delivered, quarantined, or not come to yet. */
  eventsRead: number;
  shipped: number;
  alreadyDelivered: number;
  /** Shipped, although their timestamps lie in a stretch that an earlier run had read. */
  late: number;
  /** At least so long after its timestamp the latest became visible: an earlier run asked. */
  greatestLatenessMs: number;
  /** Bulks Logz.io answered. */
  bulks: number;
  /** Of these bulks, before and after gzip. */
  bulkBytes: number;
  gzippedBytes: number;
  retries: number;
  /** Events that were sent without an answer, and may arrive once more. */
  possibleRepeats: number;
  /** Events put into quarantine by this run. */
  quarantined: number;
  /** Events in quarantine, as far as this run knows. */
  waitingInQuarantine: number;
  /** Events that arrived cut to Logz.io's limits. */
  shortened: number;
  /** Where the stream began. */
  began: EpochMs;
  watermark: EpochMs;
  settled: EpochMs;
  /** The window was read to its end. */
  caughtUp: boolean;
  /** The watermark moved, or an event was shipped or quarantined. */
  moved: boolean;
  /** Set where JumpCloud refused a start at `settled`, which is older than what it keeps. */
  readFrom: EpochMs | undefined;
  /** JumpCloud's count where a stream begins and has nothing to read yet; else undefined. */
  eventsInLastHour: number | undefined;
  /**
   * For a bounded stream: events that this run and all before it shipped or put into quarantine.
   */
  deliveredInAll: number;
  /** For a bounded stream: all of it is settled. */
  done: boolean;
}

export function newReport(stream: string, startedAt: EpochMs): Report {
  return {
    stream,
    startedAt,
    heldUntil: undefined,
    isNew: false,
    pages: 0,
    eventsRead: 0,
    shipped: 0,
    alreadyDelivered: 0,
    late: 0,
    greatestLatenessMs: 0,
    bulks: 0,
    bulkBytes: 0,
    gzippedBytes: 0,
    retries: 0,
    possibleRepeats: 0,
    quarantined: 0,
    waitingInQuarantine: 0,
    shortened: 0,
    began: 0,
    watermark: 0,
    settled: 0,
    caughtUp: false,
    moved: false,
    readFrom: undefined,
    eventsInLastHour: undefined,
    deliveredInAll: 0,
    done: false,
  };
}
