/** What a stream is, and which time range one run of it asks JumpCloud for. */
import type { Query } from '../jumpcloud/query.ts';
import type { EpochMs, TimeRange } from '../platform/time.ts';

/** What one checkpoint follows: an organization's live events, or one slice of a backfill. */
export interface Stream {
  readonly name: string;
  /** Where it begins when it has no checkpoint yet. */
  readonly start: EpochMs;
  /** Exclusive; absent for live events, which have no end. */
  readonly end?: EpochMs;
  readonly query: Query;
  /** How close to now a run reads. */
  readonly sourceLagMs: number;
  /** How long after its timestamp an event may still become visible. */
  readonly allowedLatenessMs: number;
}

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
