/** What a stream remembers of its progress, apart from its fingerprints. `lib/ship/checkpoint.ts` has the rule that moves it. */
import type { EpochMs } from '../platform/clock.ts';

/** The version this program writes. It reads this one and every older one, and refuses newer ones. */
export const CHECKPOINT_VERSION = 1;

export interface Checkpoint {
  /** The earliest `settled` this stream ever had. What lies before was never asked for: a backfill ships it. */
  readonly began: EpochMs;
  /** Everything before this instant is final and never asked for again. Whole milliseconds. */
  readonly settled: EpochMs;
  /** How far the stream has been read. */
  readonly watermark: EpochMs;
  /** From here on, whole hours were counted once and completely. The audit leaves out what lies before, as after a rewind. */
  readonly countedFrom: EpochMs;
  /** The query they were counted with, see `queryKey`; empty before the first run. */
  readonly countedFor: string;
}

/** Events delivered, by the hour (its first millisecond) of their timestamps: the daily audit compares them. */
export type HourlyCounts = ReadonlyMap<EpochMs, number>;

/** What one save writes. */
export interface StreamState {
  readonly checkpoint: Checkpoint;
  /** Of the hours that are not settled yet. */
  readonly hourlyCounts: HourlyCounts;
  /** Events that wait in quarantine, as far as this run knows. */
  readonly quarantined: number;
}
