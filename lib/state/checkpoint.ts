/** How far a stream has come. `lib/ship/checkpoint.ts` has the rule that moves it. */
import type { EpochMs } from '../platform/clock.ts';

/** The version this program writes. It reads every older one too, and refuses newer ones. */
export const CHECKPOINT_VERSION = 2;

export interface Checkpoint {
  /** The earliest `settled` this stream ever had. A backfill ships what lies before. */
  readonly began: EpochMs;
  /** Everything before this instant is final and never asked for again. Whole milliseconds. */
  readonly settled: EpochMs;
  /** How far the stream has been read. */
  readonly watermark: EpochMs;
  /** From here on, whole hours were counted once and completely: only these are audited. */
  readonly countedFrom: EpochMs;
  /** The query they were counted with, see `queryKey`; empty before the first run. */
  readonly countedFor: string;
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
