/** Which time range one run asks JumpCloud for. */
import type { EpochMs, TimeRange } from '../platform/time.ts';

/** What one run asks for: from the stream's `settled` on. Enforced locally at full precision. */
export type Window = TimeRange;

/**
 * The instant a run may trust as "now": the earlier of our clock and JumpCloud's. A clock that runs
 * ahead then never makes us call final what may still change.
 *
 * @param ourStart our clock when the run began
 * @param theirs JumpCloud's `Date` less how long that answer took; undefined when the answer had
 * none
 */
export function readTime(ourStart: EpochMs, theirs: EpochMs | undefined): EpochMs {
  return theirs === undefined ? ourStart : Math.min(ourStart, theirs);
}

/**
 * The window of a run that reads at `readAt`: from `settled` to as close to now as `sourceLagMs`
 * allows.
 *
 * @param streamEnd a bounded stream's own end, which no window passes
 * @returns an empty window when there is nothing to ask for
 */
export function windowAt(
  settled: EpochMs,
  readAt: EpochMs,
  sourceLagMs: number,
  streamEnd: EpochMs = Number.POSITIVE_INFINITY,
): Window {
  return { start: settled, end: Math.min(Math.floor(readAt - sourceLagMs), streamEnd) };
}
