/** A range of time, as windows, slices and the questions to JumpCloud have it. */
import type { EpochMs } from './clock.ts';

/** Half-open `[start, end)`, in whole milliseconds. */
export interface TimeRange {
  readonly start: EpochMs;
  readonly end: EpochMs;
}

export function isEmpty({ start, end }: TimeRange): boolean {
  return end <= start;
}

export function isInside(at: EpochMs, { start, end }: TimeRange): boolean {
  return at >= start && at < end;
}
