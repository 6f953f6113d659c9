/**
 * The slices of a backfill: cut by JumpCloud's counts, and kept in a ledger with what was shipped
 * of each. It is in the table under `backfill#<organization>`, one item a slice.
 *
 * Slices never overlap and are never cut anew, so that a backfill that is started again, even with
 * other limits, goes on from what is there: what is done is not shipped a second time.
 */
import type { Clock } from '../platform/outside.ts';
import { DAY_MS, type EpochMs, formatInstant, SECOND_MS, type TimeRange } from '../platform/time.ts';
import type { CheckpointStore } from '../state/checkpoint.ts';
import { SLICE, type Stored } from '../state/items.ts';
import { epochSeconds, type Key, setAll, type Table } from '../state/table.ts';

/** A time range, and how many events JumpCloud counted in it when it was cut. */
export interface Slice extends TimeRange {
  readonly events: number;
}

/** A slice as it is kept. One that is done ends where it was shipped to. */
export interface LedgerSlice extends Slice {
  /** Events acknowledged or quarantined so far; exact also after runs that were killed. */
  readonly delivered: number;
  /** Of these, events in quarantine. */
  readonly quarantined: number;
  readonly done: boolean;
  /** Why its last run failed; absent when that one went well. */
  readonly failure?: string | undefined;
}

/** Well beyond the 90 days for which JumpCloud could be asked for a slice's events again. */
const KEEP_MS = 400 * DAY_MS;

export type Ledger = ReturnType<typeof createLedger>;

/** @param live the name of the live stream before which the slices lie */
export function createLedger(table: Table, live: string) {
  const stream = live.replace('live', 'backfill');
  const keyOf = (start: EpochMs): Key<typeof SLICE> => ({ kind: SLICE, stream, id: formatInstant(start) });

  return {
    /** The stream whose lease a plan takes. */
    stream,

    /** The stream that ships a slice. */
    streamOf: ({ start, end }: TimeRange) => `${stream}#${formatInstant(start)}#${formatInstant(end)}`,

    /** The slices that lie in `range`, wholly or in part, ascending. */
    async list(range: TimeRange): Promise<LedgerSlice[]> {
      const found = await Array.fromAsync(table.query(SLICE, stream, '', formatInstant(range.end - 1)));
      const slices = found.map(({ id, attributes }) => toSlice(Date.parse(id), attributes));
      return slices.filter(({ end }) => end > range.start);
    },

    /** @returns undefined when no slice begins at `start` */
    async get(start: EpochMs): Promise<LedgerSlice | undefined> {
      const item = await table.get(keyOf(start));
      return item && toSlice(start, item);
    },

    /** Keeps a new slice; a slice that begins there already stays as it is. */
    async add({ start, end, events }: Slice, now: EpochMs): Promise<void> {
      const attributes = { end, events, expires: epochSeconds(now + KEEP_MS), readable: `to ${formatInstant(end)}` };
      await table.put(keyOf(start), attributes, { condition: 'attribute_not_exists(#item)' });
    },

    /**
     * Records a run's outcome. What is done stays done, whatever a run that comes late says.
     * @param newlyQuarantined added to those of the runs before
     */
    async record({ start, end, delivered, done, failure }: LedgerSlice, newlyQuarantined: number): Promise<void> {
      const { update, values } = setAll({
        delivered,
        ...(done && { done, end }),
        ...(failure !== undefined && { failure }),
      });
      const noFailure = failure === undefined ? ' REMOVE #failure' : '';
      await table.update(keyOf(start), {
        update: `${update}, #quarantined = if_not_exists(#quarantined, :zero) + :quarantined${noFailure}`,
        condition: 'attribute_not_exists(#done)',
        values: { ...values, ':quarantined': newlyQuarantined, ':zero': 0 },
      });
    },
  };
}

function toSlice(start: EpochMs, item: Stored<typeof SLICE>): LedgerSlice {
  const { end = 0, events = 0, delivered = 0, quarantined = 0, done = false, failure } = item;
  return { start, end, events, delivered, quarantined, done, failure };
}

const DEFAULT_EVENTS_PER_SLICE = 50_000;
/**
 * Slices grow beyond what was asked for rather than be more than this: an engine's history has room
 * for 3,000 operations, and a large slice goes on where it stopped, as a small one does.
 */
const MOST_SLICES = 2_000;

/** How many events JumpCloud has in a time range. */
type Count = (range: TimeRange) => Promise<number>;

export interface PlanParts {
  readonly clock: Clock;
  readonly store: CheckpointStore;
  readonly ledger: Ledger;
  readonly count: Count;
  /** Longer than this call can live. */
  readonly leaseMs: number;
  /** Aborted when time is up: then a count fails. */
  readonly stop: AbortSignal;
  /** Slices added so far, by the plans of all organizations that share the time. */
  readonly progress: { added: number };
}

/**
 * Fills what the ledger lacks of a range with slices of about equally many events. Each is kept as
 * soon as it is cut, so that a plan which is interrupted goes on with what is left.
 *
 * @returns `stopped` where time is up and a slice was added, also by a plan before this one;
 * `heldUntil` where another plan holds the ledger: two at once would cut the same time into
 * different slices
 * @throws whatever `count` throws
 */
export async function plan(
  range: TimeRange,
  { clock, store, ledger, count, leaseMs, stop, progress }: PlanParts,
  eventsPerSlice = DEFAULT_EVENTS_PER_SLICE,
): Promise<'planned' | 'stopped' | { readonly heldUntil: EpochMs }> {
  if (gaps(range, await ledger.list(range)).length === 0) return 'planned';
  const leaseUntil = clock.now() + leaseMs;
  const acquired = await store.acquire(ledger.stream, range.start, clock.now(), leaseUntil);
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
        progress.added++;
      }
    }
    return 'planned';
  } catch (error) {
    // Without one slice more in all its time, the next call would come no further either.
    if (stop.aborted && progress.added > 0) return 'stopped';
    throw error;
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
