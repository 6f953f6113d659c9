/** `{"rewind_to": …}`: sets a live stream back, to read again from an earlier instant. */

import { plural } from '../platform/messages.ts';
import { type EpochMs, formatInstant, SECOND_MS, type TimeRange } from '../platform/time.ts';
import { isAhead } from '../ship/checkpoint.ts';
import { heldMessage, withUncounted } from '../state/checkpoint.ts';
import type { Context, Result } from './context.ts';

/** The lease is needed only for one write. */
const LEASE_MS = 30 * SECOND_MS;

/**
 * Takes the lease, sets `settled` and the watermark back to `to`, and keeps what is remembered as
 * delivered: events that were not settled yet are not repeated.
 */
export async function rewindStream(context: Context, to: EpochMs): Promise<Result> {
  const { name } = context.stream;
  const now = context.runtime.clock.now();
  const acquired = await context.parts.store.acquire(name, to, now, now + LEASE_MS);
  if ('heldUntil' in acquired)
    return { message: `Not rewound: ${heldMessage(name, acquired.heldUntil)}. Give the command again after that.` };
  const { held } = acquired;
  const { began, settled, watermark } = held.checkpoint;
  const isForward = to >= settled && !isAhead(watermark, now);
  const back = {
    ...held.checkpoint,
    began: Math.min(began, to),
    settled: Math.min(settled, to),
    watermark: Math.min(watermark, to),
  };
  // What is shipped again is counted again.
  const checkpoint = isForward ? held.checkpoint : withUncounted(back, { start: to, end: watermark });
  await held.save({ ...held, checkpoint }, [], 0);
  if (held.isNew)
    return {
      message: `${name} had no checkpoint yet: it begins at ${formatInstant(to)}, and the next runs ship everything from there on.`,
    };
  if (isForward)
    return {
      message: `Nothing to rewind: ${name} reads from ${formatInstant(settled)} on, which is not later than ${formatInstant(to)}.`,
    };
  const again = { start: to, end: Math.max(settled, to) };
  const repeats = await repeatsOf(context, again, began < settled);
  const message = `Rewound ${name} to ${formatInstant(to)}. The next runs ship ${repeats}`;
  return { message, rewoundTo: formatInstant(to), settledBefore: formatInstant(again.end) };
}

/**
 * What is shipped again, or for the first time, in words.
 * @param wasRead some of the range was asked for before
 */
async function repeatsOf({ count, ledger, deadline }: Context, range: TimeRange, wasRead: boolean): Promise<string> {
  const events = await count(range, deadline).then(
    (found) => `about ${plural(found, 'event')}`,
    () => 'an unknown number of events',
  );
  const found = `${events} between then and ${formatInstant(range.end)}`;
  const slices = await ledger.list(range);
  if (!wasRead && slices.length === 0) return `${found}. None of them was shipped before.`;
  const isAtWork = slices.some((slice) => !slice.done);
  const backfill = isAtWork ? ' A backfill of this time range is running: what it ships now may arrive twice.' : '';
  return `${found} again: those that were shipped before will be in Logz.io twice.${backfill}`;
}
