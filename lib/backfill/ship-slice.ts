/** Ships one slice of a backfill, as far as one run gets, through the one shipping loop. */

import { JumpCloudError } from '../jumpcloud/client.ts';
import type { ReadPages } from '../jumpcloud/pages.ts';
import { plural } from '../platform/messages.ts';
import { retryAfterOf } from '../platform/retry.ts';
import { DAY_MS, type EpochMs, formatInstant } from '../platform/time.ts';
import { type Report, RunFailedError } from '../ship/report.ts';
import { type RunLimits, type ShipParts, ship } from '../ship/ship.ts';
import type { Stream } from '../ship/window.ts';
import { letExpire, readMarks } from '../state/dynamodb-store.ts';
import { deleteSpent } from '../state/fingerprints.ts';
import type { Table } from '../state/table.ts';
import type { ShipAnswer } from './protocol.ts';
import type { Ledger, LedgerSlice } from './slices.ts';

export interface SliceParts extends ShipParts {
  readonly ledger: Ledger;
  readonly table: Table;
}

/** A finished slice's checkpoint is of use only to a person who looks into what happened. */
export const KEEP_FINISHED_MS = 30 * DAY_MS;

/** JumpCloud's clock may be behind ours by as much when a slice becomes final. */
const CLOCK_MARGIN_MS = 2_000;
const TOO_MANY_REQUESTS = 429;
/** Clocks may be minutes wrong. A slice that is so late is not made final by waiting. */
const LONGEST_OVERDUE_MS = 60 * 60_000;
const NOT_FINAL =
  "all of the slice is shipped, but late events cannot be ruled out: JumpCloud's answers have no Date, or its clock is far behind. Nothing is lost. Let the proxy between here and JumpCloud pass headers unchanged, and start the same backfill again";

/**
 * Never rejects for what JumpCloud, Logz.io or the table do: the answer says it, and the engine
 * decides.
 * @param live the organization's live stream, whose query and times the slice shares
 */
export async function shipSlice(
  live: Stream,
  slice: LedgerSlice,
  parts: SliceParts,
  limits: RunLimits,
): Promise<ShipAnswer> {
  const { clock, table } = parts;
  const nothingToDo = { done: true, shipped: 0, moved: true, throttled: 0 };
  if (slice.done) return { message: 'This slice was done before.', ...nothingToDo };
  // A rewind may have set the beginning of the live stream within the slice.
  const until = Math.min(slice.end, (await readMarks(table, live.name))?.began ?? slice.end);
  if (until <= slice.start)
    return { message: 'The live stream was rewound to before this slice, and ships its events.', ...nothingToDo };
  const stream: Stream = { ...live, name: parts.ledger.streamOf(slice), start: slice.start, end: until };
  let throttled = 0;
  const readPages = noticing(parts.readPages, () => throttled++);
  // Quarantined under the live stream, where an operator looks.
  const quarantine: ShipParts['quarantine'] = {
    add: (_slice, entry) => parts.quarantine.add(live.name, entry),
    countWaiting: () => parts.quarantine.countWaiting(live.name),
  };
  const { report, failure, ...asked } = await ship(stream, { ...parts, readPages, quarantine }, limits).then(
    (done) => ({ report: done, failure: undefined }),
    (error: unknown) => {
      if (!(error instanceof RunFailedError)) throw error;
      const { cause } = error;
      // The one that ended the run was not tried again, and not noticed so far.
      if (isThrottling(cause)) throttled++;
      return { report: error.report, failure: error.message, ...retryAfterOf(cause) };
    },
  );
  if (report.heldUntil !== undefined) {
    const waitMs = Math.max(0, report.heldUntil - clock.now()) + CLOCK_MARGIN_MS;
    return { message: 'Another run ships this slice.', done: false, shipped: 0, moved: true, throttled, waitMs };
  }
  const { shipped, quarantined, done, deliveredInAll: delivered } = report;
  await parts.ledger.record({ ...slice, delivered, done, failure, end: until }, quarantined);
  if (done) {
    await deleteSpent(table, stream.name, slice.end);
    await letExpire(table, stream.name, clock.now() + KEEP_FINISHED_MS);
  }
  const rest = failure === undefined ? untilFinal(stream, clock.now(), report) : { failure };
  // To have read again what was delivered before brings a slice no further.
  const moved = done || 'waitMs' in rest || report.moved;
  return { message: sentence(report, failure), done, shipped, moved, throttled, ...rest, ...asked };
}

/** Events may still become visible: a slice is final when the allowed lateness is over. */
function untilFinal({ end = 0, allowedLatenessMs }: Stream, now: EpochMs, { done, caughtUp }: Report) {
  if (done || !caughtUp) return {};
  const finalAt = end + allowedLatenessMs;
  if (now > finalAt + LONGEST_OVERDUE_MS) return { failure: NOT_FINAL };
  return { waitMs: Math.max(0, finalAt - now) + CLOCK_MARGIN_MS };
}

function noticing(readPages: ReadPages, on429: () => void): ReadPages {
  return (query, window, context) =>
    readPages(query, window, {
      ...context,
      onRetry: (error) => {
        if (isThrottling(error)) on429();
        context.onRetry?.(error);
      },
    });
}

function isThrottling(error: unknown): boolean {
  return error instanceof JumpCloudError && error.status === TOO_MANY_REQUESTS;
}

function sentence({ shipped, watermark, done, caughtUp }: Report, failure: string | undefined): string {
  const shippedText = `Shipped ${plural(shipped, 'event')}`;
  if (failure !== undefined) return `${shippedText}, then failed: ${failure}`;
  if (done) return `${shippedText}; the slice is done.`;
  if (caughtUp) return `${shippedText}; late ones may still become visible.`;
  return `${shippedText}, up to ${formatInstant(watermark)}; there is more.`;
}
