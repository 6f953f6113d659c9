/** How far a stream has come: the value that survives between runs, and the only rule that moves it. */
import type { EpochMs } from '../platform/clock.ts';

/** The version this program writes; it reads this one and every older one, and refuses newer ones. */
export const CHECKPOINT_VERSION = 1;

export interface Checkpoint {
  /** The earliest `settled` this stream ever had: what lies before was never asked for, and is a backfill's to ship. */
  readonly began: EpochMs;
  /** Everything before this instant is final and never asked for again. Whole milliseconds. */
  readonly settled: EpochMs;
  /** How far the stream has been read. */
  readonly watermark: EpochMs;
  /** Whole hours from here on were counted once and completely: the audit leaves out what lies before, as after a rewind. */
  readonly countedFrom: EpochMs;
  /** The query they were counted with, see `queryKey`; empty before the first run. */
  readonly countedFor: string;
}

export function newCheckpoint(start: EpochMs): Checkpoint {
  return { began: start, settled: start, watermark: start, countedFrom: start, countedFor: '' };
}

/** The checkpoint of a stream that is now asked for with `query`: under another question the hours so far would not add up. */
export function countedWith(checkpoint: Checkpoint, query: string): Checkpoint {
  if (checkpoint.countedFor === query) return checkpoint;
  return { ...checkpoint, countedFor: query, countedFrom: Math.max(checkpoint.countedFrom, checkpoint.watermark) };
}

/**
 * The checkpoint after a page, and every page before it, was acknowledged.
 *
 * @param readTo the page's last timestamp, or the window's end, whichever is earlier; the window's end after the last page
 * @param readAt the run's read time
 * @param allowedLatenessMs how long after its timestamp an event may still become visible: younger than that stays unsettled
 */
export function advance(
  checkpoint: Checkpoint,
  readTo: EpochMs,
  readAt: EpochMs,
  allowedLatenessMs: number,
): Checkpoint {
  return {
    began: checkpoint.began,
    countedFrom: checkpoint.countedFrom,
    countedFor: checkpoint.countedFor,
    watermark: Math.max(checkpoint.watermark, readTo),
    settled: Math.max(checkpoint.settled, Math.floor(Math.min(readTo, readAt - allowedLatenessMs))),
  };
}
