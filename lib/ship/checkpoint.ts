/** The rules that move a checkpoint. `lib/state/checkpoint.ts` has what it holds. */
import type { EpochMs } from '../platform/clock.ts';
import type { Checkpoint } from '../state/checkpoint.ts';

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
