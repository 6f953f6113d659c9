/** What a stream is, which time range one run of it asks for, and why that cannot be read. */
import { JumpCloudError } from '../jumpcloud/client.ts';
import type { Page } from '../jumpcloud/page.ts';
import { PASS_UNCHANGED } from '../jumpcloud/pages.ts';
import { olderThanKept, type Query, queryTimes } from '../jumpcloud/query.ts';
import { onlyFor } from '../platform/messages.ts';
import {
  type EpochMs,
  formatInstant,
  isEmpty,
  oldestKept,
  SHORTEST_RETENTION_DAYS,
  type TimeRange,
} from '../platform/time.ts';
import { isAhead } from './checkpoint.ts';
import type { Run } from './ship.ts';

/** What one checkpoint follows: an organization's live events, or one slice of a backfill. */
export interface Stream {
  readonly name: string;
  /** Undefined where the key belongs to one organization and none is named. */
  readonly orgId?: string | undefined;
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

export class WatermarkAheadError extends Error {
  override readonly name = 'WatermarkAheadError';
}

/**
 * What is left of a window that JumpCloud refused. What is older than it keeps is gone: without it
 * the stream would stand still for ever.
 * @returns undefined where our clock is ahead of JumpCloud's, and there is nothing to read yet
 * @throws JumpCloudError where the start is not the reason, as far as is known
 */
export function keptOf(run: Run, window: Window, error: JumpCloudError): Window | undefined {
  const { report } = run;
  const { serverNow } = error;
  if (serverNow !== undefined && serverNow < Date.parse(queryTimes(window).start_time)) return undefined;
  const kept = { start: oldestKept(report.startedAt, serverNow), end: window.end };
  if (window.start >= kept.start || isEmpty(kept)) throw mayBeBehind(run, window, error);
  report.readFrom = kept.start;
  return kept;
}

/** What to do where JumpCloud has deleted the events that were asked for. */
function mayBeBehind({ stream, report }: Run, { start }: Window, error: JumpCloudError): JumpCloudError {
  const { name, orgId, end } = stream;
  const isSlice = name.startsWith('backfill#');
  const command = isSlice ? 'backfill_skip_to' : 'skip_to';
  const skip = `leave out what is gone: {"${command}": "-${SHORTEST_RETENTION_DAYS - 1}d"${onlyFor(orgId)}} says what that is, and does it with "confirm": true`;
  // A window that somebody asked for has an end too, and nothing to leave out.
  const remedy = end === undefined || isSlice ? skip : 'give a later start_time';
  return olderThanKept(error, start, report.startedAt, remedy);
}

/** A clock was ahead when this was saved: events before it may never have been read. */
export function refuseFuture({ stream, inFlight }: Run, now: EpochMs, clock: string): void {
  const { watermark, settled } = inFlight.checkpoint;
  if (!isAhead(watermark, now)) return;
  throw new WatermarkAheadError(
    `${stream.name} was read up to ${formatInstant(watermark)}, which is ahead of ${clock} (${formatInstant(now)}). That clock is wrong, or one was wrong when this was saved. Correct a wrong clock. If it is right now, go back to a time when the clock was right, ${formatInstant(Math.min(settled, now))} or earlier: {"rewind_to": "${formatInstant(Math.min(settled, now))}"${onlyFor(stream.orgId)}}`,
  );
}

export function noNextPageError({ missingHeaders }: Page): JumpCloudError {
  const are = missingHeaders.length === 1 ? 'is' : 'are';
  return new JumpCloudError(
    `JumpCloud POST /events: the answer holds nothing new, and it is not known whether more follows, because its ${missingHeaders.join(', ')} ${are} missing. ${PASS_UNCHANGED}`,
    { retryable: false },
  );
}
