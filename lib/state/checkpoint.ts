/** How far a stream has come. `lib/ship/checkpoint.ts` has the rule that moves it. */
import { type EpochMs, isEmpty, type TimeRange } from '../platform/time.ts';

/** The version this program writes. It reads every older one too, and refuses newer ones. */
export const CHECKPOINT_VERSION = 2;

export interface Checkpoint {
  /** The earliest `settled` this stream ever had. A backfill ships what lies before. */
  readonly began: EpochMs;
  /** Everything before this instant is final and never asked for again. Whole milliseconds. */
  readonly settled: EpochMs;
  /** How far the stream has been read. */
  readonly watermark: EpochMs;
  /** Hours are counted from here on. */
  readonly countedFrom: EpochMs;
  /** The query that they are counted with, see `queryKey`; empty before the first run. */
  readonly countedFor: string;
  /** Earlier queries, the oldest first. */
  readonly countedBefore: readonly FormerQuery[];
  /** Counted twice or not at all, ascending: hours that this touches are not audited. */
  readonly uncounted: readonly TimeRange[];
}

export interface FormerQuery {
  readonly query: string;
  /** Hours before this were counted with it. */
  readonly until: EpochMs;
}

/** Far more than a stream meets in the days that an audit looks back. */
const MOST_RANGES = 50;

/** @param range whose events may have been counted twice, or not at all */
export function withUncounted(checkpoint: Checkpoint, range: TimeRange): Checkpoint {
  if (isEmpty(range)) return checkpoint;
  const merged: TimeRange[] = [];
  for (const next of [...checkpoint.uncounted, range].sort((one, other) => one.start - other.start)) {
    const last = merged.at(-1);
    if (last && next.start <= last.end)
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, next.end) };
    else merged.push(next);
  }
  return { ...checkpoint, uncounted: merged.slice(-MOST_RANGES) };
}

/** Events delivered, by the first millisecond of their hour: the daily audit compares them. */
export type HourlyCounts = ReadonlyMap<EpochMs, number>;

/** What one save writes. */
export interface StreamState {
  readonly checkpoint: Checkpoint;
  /** Of the hours that are not settled yet. */
  readonly hourlyCounts: HourlyCounts;
  /** Events that wait in quarantine, as far as this run knows. */
  readonly quarantined: number;
}
