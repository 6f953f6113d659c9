/** `{"rewind_to": …}`: sets a live stream back, to read again from an earlier instant. */

import { createLedger } from '../backfill/ledger.ts';
import { createCountEvents } from '../jumpcloud/count.ts';
import type { Clock } from '../platform/outside.ts';
import { plural } from '../platform/plural.ts';
import { type EpochMs, formatInstant } from '../platform/time.ts';
import { isAhead } from '../ship/checkpoint.ts';
import { withUncounted } from '../state/checkpoint.ts';
import { type CheckpointStore, heldMessage } from '../state/checkpoint-store.ts';
import { createDynamoDbStore } from '../state/dynamodb-store.ts';
import type { Context, Result } from './context.ts';
import { liveStream } from './live-stream.ts';
import { askFor } from './runtime.ts';

export async function rewindStream({ runtime, orgId, deadline }: Context, to: EpochMs): Promise<Result> {
  const { clock, config } = runtime;
  const stream = liveStream(config, orgId, clock.now());
  const done = await rewind(createDynamoDbStore(runtime.table, runtime.random), stream.name, to, clock);
  if ('heldUntil' in done)
    return { message: `Not rewound: ${heldMessage(stream.name, done.heldUntil)}. Invoke again after that.` };
  if ('begins' in done)
    return {
      message: `${stream.name} had no checkpoint yet: it begins at ${formatInstant(done.begins)}, and the next runs ship everything from there on.`,
    };
  if ('nothingToDo' in done)
    return {
      message: `Nothing to rewind: ${stream.name} reads from ${formatInstant(done.nothingToDo)} on, which is not later than ${formatInstant(to)}.`,
    };
  const repeats = await createCountEvents(askFor(runtime, orgId), runtime)(
    stream.query,
    { start: to, end: done.settledBefore },
    { deadline, onRetry: () => undefined },
  ).then(
    (events) => `about ${plural(events, 'event')}`,
    () => 'an unknown number of events',
  );
  const range = `${repeats} between then and ${formatInstant(done.settledBefore)}`;
  const slices = await createLedger(runtime.table, orgId).list({ start: to, end: done.settledBefore });
  const isAtWork = slices.some((slice) => !slice.done);
  const backfill = isAtWork ? ' A backfill of this time is under way: what it ships just now may come twice.' : '';
  const message =
    done.repeats || slices.length > 0
      ? `Rewound ${stream.name} to ${formatInstant(to)}. The next runs ship ${range} again: those that were shipped before will be in Logz.io twice.${backfill}`
      : `Rewound ${stream.name} to ${formatInstant(to)}. The next runs ship ${range}. None of them was shipped before.`;
  return { message, rewoundTo: formatInstant(to), settledBefore: formatInstant(done.settledBefore) };
}

export interface Rewound {
  /**
   * Everything from here on was final before: events between `to` and here are shipped once more.
   */
  readonly settledBefore: EpochMs;
  readonly to: EpochMs;
  /** Some of the events between the two were asked for before. */
  readonly repeats: boolean;
}

/** The lease is needed only for one write. */
const LEASE_MS = 30_000;

/**
 * Takes the lease, sets `settled` and the watermark back to `to`, and keeps what is remembered as
 * delivered: events that were not settled yet are not repeated.
 *
 * @returns what was done, or until when another run holds the stream; or that the stream, which
 * never ran, now begins at `to`; or from where it reads anyway, which is not later than `to`
 */
export async function rewind(
  store: CheckpointStore,
  stream: string,
  to: EpochMs,
  clock: Clock,
): Promise<
  Rewound | { readonly heldUntil: EpochMs } | { readonly begins: EpochMs } | { readonly nothingToDo: EpochMs }
> {
  const now = clock.now();
  const acquired = await store.acquire(stream, to, now, now + LEASE_MS);
  if ('heldUntil' in acquired) return acquired;
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
  await held.save({ checkpoint, hourlyCounts: held.hourlyCounts, quarantined: held.quarantined }, [], 0);
  if (held.isNew) return { begins: to };
  return isForward ? { nothingToDo: settled } : { settledBefore: Math.max(settled, to), to, repeats: began < settled };
}
