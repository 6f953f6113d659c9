/** Fills what a ledger lacks of a range with slices of about equally many events. */
import type { Clock } from '../platform/outside.ts';
import { SECOND_MS, type TimeRange } from '../platform/time.ts';
import type { CheckpointStore } from '../state/checkpoint.ts';
import type { Ledger, Slice } from './ledger.ts';

export const DEFAULT_EVENTS_PER_SLICE = 50_000;
/**
 * Slices grow beyond what was asked for rather than be more than this: an engine's history has room
 * for 3,000 operations, and a large slice is no worse than a small one, because it goes on where it
 * stopped.
 */
const MOST_SLICES = 2_000;

/** How many events JumpCloud has in a window. */
export type Count = (window: TimeRange) => Promise<number>;

export interface PlanParts {
  readonly clock: Clock;
  readonly store: CheckpointStore;
  readonly ledger: Ledger;
  readonly count: Count;
  /** Longer than this call can live. */
  readonly leaseMs: number;
}

/** The ledger has a lease: two plans at once would cut the same time into different slices. */
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
  if (gaps(range, await ledger.list(range)).length === 0) return 'planned';
  const leaseUntil = clock.now() + leaseMs;
  const acquired = await store.acquire(name, range.start, clock.now(), leaseUntil);
  if ('heldUntil' in acquired) return acquired;
  const { held } = acquired;
  try {
    const lacking = gaps(range, await ledger.list(range));
    for (const gap of lacking) {
      const events = await count(gap);
      const mostEvents = Math.max(eventsPerSlice, Math.ceil(events / MOST_SLICES));
      for await (const slice of cut({ ...gap, events }, mostEvents, count)) {
        if (clock.now() >= leaseUntil) return { heldUntil: clock.now() };
        await ledger.add(slice, clock.now());
      }
    }
    return 'planned';
  } finally {
    await held.save(held, [], 0);
  }
}

/** The parts of `range` that none of `covered` (ascending, not overlapping) holds. */
export function gaps(range: TimeRange, covered: readonly TimeRange[]): TimeRange[] {
  const found: TimeRange[] = [];
  let from = range.start;
  for (const { start, end } of [...covered, { start: range.end, end: range.end }]) {
    const to = Math.min(start, range.end);
    if (to > from) found.push({ start: from, end: to });
    from = Math.max(from, end);
  }
  return found;
}

/**
 * Cuts `whole` by counts alone. The slices are ascending, tile it exactly, and hold at most
 * `mostEvents` each, except where more than that happened within one second. A time without events
 * belongs to the slice beside it and costs no slice of its own.
 */
export async function* cut(whole: Slice, mostEvents: number, count: Count): AsyncGenerator<Slice> {
  let open: Slice | undefined;
  for await (const slice of halves(whole, mostEvents, count)) {
    const fits = open && (open.events === 0 || slice.events === 0 || open.events + slice.events <= mostEvents);
    if (open && !fits) yield open;
    open = open && fits ? { start: open.start, end: slice.end, events: open.events + slice.events } : slice;
  }
  if (open) yield open;
}

/** Halves what is too large: one count a cut, as the right half is what the left one leaves. */
async function* halves({ start, end, events }: Slice, mostEvents: number, count: Count): AsyncGenerator<Slice> {
  // A whole second: JumpCloud may round.
  const middle = Math.round((start + end) / 2 / SECOND_MS) * SECOND_MS;
  if (events <= mostEvents || middle <= start || middle >= end) {
    yield { start, end, events };
    return;
  }
  const left = await count({ start, end: middle });
  yield* halves({ start, end: middle, events: left }, mostEvents, count);
  // Not below nothing: events may have come between two counts.
  yield* halves({ start: middle, end, events: Math.max(0, events - left) }, mostEvents, count);
}
