/** The rules that move a checkpoint. `lib/state/checkpoint.ts` has what it holds. */
import type { EpochMs } from '../platform/clock.ts';
import type { Checkpoint } from '../state/checkpoint.ts';

export function newCheckpoint(start: EpochMs): Checkpoint {
  return { began: start, settled: start, watermark: start, countedFrom: start, countedFor: '' };
}

/** The checkpoint of a stream that is now asked for with `query`: hours counted with another one do not add up. */
export function countedWith(checkpoint: Checkpoint, query: string): Checkpoint {
  if (checkpoint.countedFor === query) return checkpoint;
  return { ...checkpoint, countedFor: query, countedFrom: Math.max(checkpoint.countedFrom, checkpoint.watermark) };
}

/** Machines differ by seconds, and a clock may be minutes wrong. One that is off by more than this is broken. */
const CLOCKS_MAY_DIFFER_MS = 60 * 60_000;

/** True where a watermark was saved while a clock was far ahead. */
export function isAhead(watermark: EpochMs, now: EpochMs): boolean {
  return watermark > now + CLOCKS_MAY_DIFFER_MS;
}

/** What a page moves when it and every page before it are acknowledged. Neither moves back. */
export interface Progress {
  readonly watermark: EpochMs;
  readonly settled: EpochMs;
}

export function advance(checkpoint: Checkpoint, { watermark, settled }: Progress): Checkpoint {
  return {
    ...checkpoint,
    watermark: Math.max(checkpoint.watermark, watermark),
    settled: Math.max(checkpoint.settled, Math.floor(settled)),
  };
}
