/** Sets a live stream back, so that its events are read again from an earlier instant. */

import type { Clock, EpochMs } from '../platform/clock.ts';
import { isAhead } from '../ship/checkpoint.ts';
import type { CheckpointStore } from '../state/checkpoint-store.ts';

export interface Rewound {
  /** Everything from here on was final before: events between `to` and here are shipped once more. */
  readonly settledBefore: EpochMs;
  readonly to: EpochMs;
}

/** The lease is needed only for one write. */
const LEASE_MS = 30_000;

/**
 * Takes the lease, sets `settled` and the watermark back to `to`, and keeps what is remembered as delivered: events that
 * were not settled yet are not repeated.
 *
 * @returns what was done, or until when another run holds the stream; or that the stream, which never ran, now begins at `to`;
 *   or from where it reads anyway, which is not later than `to`
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
  const { began, settled, watermark, countedFrom, countedFor } = held.checkpoint;
  const isForward = to >= settled && !isAhead(watermark, now);
  const checkpoint = isForward
    ? held.checkpoint
    : {
        began: Math.min(began, to),
        settled: Math.min(settled, to),
        watermark: Math.min(watermark, to),
        countedFrom: Math.max(countedFrom, watermark),
        countedFor,
      };
  await held.save({ checkpoint, hourlyCounts: held.hourlyCounts, quarantined: held.quarantined }, [], 0);
  if (held.isNew) return { begins: to };
  return isForward ? { nothingToDo: settled } : { settledBefore: Math.max(settled, to), to };
}
