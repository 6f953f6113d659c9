/** Why a window cannot be read to its end, in words that lead out. */
import { JumpCloudError } from '../jumpcloud/errors.ts';
import type { Page } from '../jumpcloud/page.ts';
import { PASS_UNCHANGED } from '../jumpcloud/pages.ts';
import { DAY_MS, type EpochMs, formatInstant, SHORTEST_RETENTION_DAYS } from '../platform/time.ts';
import { isAhead } from './checkpoint.ts';
import type { Run } from './ship.ts';
import type { Window } from './window.ts';

export class WatermarkAheadError extends Error {
  override readonly name = 'WatermarkAheadError';
}

/** A plan may keep events for less. JumpCloud does not say so: it only refuses the query. */
export function mayBeBehind({ stream, report }: Run, { start }: Window, error: JumpCloudError): JumpCloudError {
  const days = Math.floor((report.startedAt - start) / DAY_MS);
  if (days < SHORTEST_RETENTION_DAYS - 1) return error;
  const command = stream.end === undefined ? 'skip_to' : 'backfill_skip_to';
  return new JumpCloudError(
    `${error.message}. Or the start is further back than your plan keeps events: it is ${formatInstant(start)}, ${days} days ago, and the lowest plan keeps ${SHORTEST_RETENTION_DAYS} days. Then leave out what is gone: {"${command}": "-${SHORTEST_RETENTION_DAYS - 1}d"} says what that is, and does it with "confirm": true`,
    { status: 400, retryable: false, serverNow: error.serverNow, cause: error },
  );
}

/** A clock was ahead when this was saved: events before it may never have been read. */
export function refuseFuture({ stream, inFlight }: Run, now: EpochMs, clock: string): void {
  const { watermark, settled } = inFlight.checkpoint;
  if (!isAhead(watermark, now)) return;
  throw new WatermarkAheadError(
    `${stream.name} was read up to ${formatInstant(watermark)}, which is ahead of ${clock} (${formatInstant(now)}). That clock is wrong, or one was wrong when this was saved. Correct a wrong clock. If it is right now, go back to a time when the clock was right, ${formatInstant(Math.min(settled, now))} or earlier: {"rewind_to": "${formatInstant(Math.min(settled, now))}"}`,
  );
}

export function noNextPageError({ missingHeaders }: Page): JumpCloudError {
  const are = missingHeaders.length === 1 ? 'is' : 'are';
  return new JumpCloudError(
    `JumpCloud POST /events: the answer holds nothing new, and it is not known whether more follows, because its ${missingHeaders.join(', ')} ${are} missing. ${PASS_UNCHANGED}`,
    { retryable: false },
  );
}
