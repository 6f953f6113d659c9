/** Which stretch of time one run asks JumpCloud for, and which of the events it is answered belong to the run. */
import type { EpochMs } from '../platform/clock.ts';
import { formatSeconds } from '../platform/instant.ts';

/** Half-open `[start, end)`, whole milliseconds; enforced locally at full precision. */
export interface Window {
  /** Inclusive: the stream's `settled`. */
  readonly start: EpochMs;
  /** Exclusive. */
  readonly end: EpochMs;
}

const SECOND_MS = 1000;

/**
 * The instant a run may trust as "now": the earlier of our clock and JumpCloud's, so that a clock that runs ahead never
 * makes us call final what may still change.
 *
 * @param ourStart our clock when the run began
 * @param theirs JumpCloud's `Date` less how long that answer took; undefined when the answer had none
 */
export function readTime(ourStart: EpochMs, theirs: EpochMs | undefined): EpochMs {
  return theirs === undefined ? ourStart : Math.min(ourStart, theirs);
}

/**
 * The window of a run that reads at `readAt`: from `settled` to as close to now as `sourceLagMs` allows.
 *
 * @param streamEnd a bounded stream's own end, which no window passes
 * @returns a window whose end does not lie after its start when there is nothing to ask for
 */
export function windowAt(
  settled: EpochMs,
  readAt: EpochMs,
  sourceLagMs: number,
  streamEnd: EpochMs = Number.POSITIVE_INFINITY,
): Window {
  return { start: settled, end: Math.min(Math.floor(readAt - sourceLagMs), streamEnd) };
}

export function isEmpty(window: Window): boolean {
  return window.end <= window.start;
}

/**
 * The query's times: whole seconds, one second wider on both sides, because servers round what they are asked for and
 * JumpCloud does not say whether `end_time` is inclusive.
 */
export function queryTimes(window: Window): { start_time: string; end_time: string } {
  const start = Math.floor(window.start / SECOND_MS) * SECOND_MS - SECOND_MS;
  const end = Math.ceil(window.end / SECOND_MS) * SECOND_MS + SECOND_MS;
  return { start_time: formatSeconds(start), end_time: formatSeconds(end) };
}
