/** Fills what an organization's ledger lacks of a range with slices. */

import type { Clock } from '../platform/outside.ts';
import type { TimeRange } from '../platform/time.ts';
import type { CheckpointStore } from '../state/checkpoint.ts';
import { type Count, cut, gaps } from './cut.ts';
import type { Ledger } from './ledger.ts';

export const DEFAULT_EVENTS_PER_SLICE = 50_000;
/**
 * Slices grow beyond what was asked for rather than be more than this: an engine's history has room
 * for 3,000 operations, and a large slice is no worse than a small one, because it goes on where it
 * stopped.
 */
const MOST_SLICES = 2_000;

export interface PlanParts {
  readonly clock: Clock;
  readonly store: CheckpointStore;
  readonly ledger: Ledger;
  readonly count: Count;
  /** Longer than this call can live. */
  readonly leaseMs: number;
}

/** The ledger has a lease: two plans at once would cut the same stretch into different slices. */
export type Planned = 'planned' | { readonly heldUntil: number };

/**
 * Every slice is kept as soon as it is cut, so that a plan which is interrupted goes on with what
 * is left.
 *
 * @param name of the ledger
 * @throws whatever `count` throws
 */
export async function plan(
  name: string,
  range: TimeRange,
  eventsPerSlice: number,
  { clock, store, ledger, count, leaseMs }: PlanParts,
): Promise<Planned> {
  if (uncovered(range, await ledger.list(range)).length === 0) return 'planned';
  const leaseUntil = clock.now() + leaseMs;
  const acquired = await store.acquire(name, range.start, clock.now(), leaseUntil);
  if ('heldUntil' in acquired) return { heldUntil: acquired.heldUntil };
  const { held } = acquired;
  try {
    for (const gap of uncovered(range, await ledger.list(range))) {
      const events = await count(gap);
      const mostEvents = Math.max(eventsPerSlice, Math.ceil(events / MOST_SLICES));
      for await (const slice of cut(gap, events, mostEvents, count)) {
        if (clock.now() >= leaseUntil) return { heldUntil: clock.now() };
        await ledger.add(slice, clock.now());
      }
    }
    return 'planned';
  } finally {
    await held.save(held, [], 0);
  }
}

function uncovered(range: TimeRange, slices: readonly TimeRange[]): TimeRange[] {
  return range.end > range.start ? gaps(range, slices) : [];
}
