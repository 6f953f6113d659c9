/**
 * What an organization's backfills have cut and shipped, in the table under
 * `backfill#<organization>`: one item a slice.
 *
 * Slices never overlap and are never cut anew, so that a backfill that is started again, even with
 * other limits, goes on from what is there: what is done is not shipped a second time.
 */
import { DAY_MS, type EpochMs, formatInstant, type TimeRange } from '../platform/time.ts';
import { SLICE, type Stored } from '../state/items.ts';
import { epochSeconds, type Key, setAll, type Table } from '../state/table.ts';

/** A window, and how many events JumpCloud counted in it when it was cut. */
export interface Slice extends TimeRange {
  readonly events: number;
}

/** What one run of a slice adds. */
export interface SliceRun {
  /** Events acknowledged or quarantined so far; exact also after runs that were killed. */
  readonly delivered: number;
  /** Of these, events quarantined: in this run, or of a whole slice in all. */
  readonly quarantined: number;
  readonly done: boolean;
  /** Why its last run failed; absent when that one went well. */
  readonly failure?: string | undefined;
  /** How far it was shipped, which is kept once it is done. */
  readonly end: EpochMs;
}

export interface LedgerSlice extends Slice, SliceRun {}

/** Well beyond the 90 days for which JumpCloud could be asked for a slice's events again. */
const KEEP_MS = 400 * DAY_MS;

/** @param orgId undefined where the key belongs to one organization */
export function ledgerName(orgId: string | undefined): string {
  return `backfill#${orgId ?? 'default'}`;
}

export type Ledger = ReturnType<typeof createLedger>;

export function createLedger(table: Table, orgId: string | undefined) {
  const stream = ledgerName(orgId);
  const keyOf = (start: EpochMs): Key<typeof SLICE> => ({ kind: SLICE, stream, id: formatInstant(start) });

  return {
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

    /** Records a run's outcome. What is done stays done, whatever a run that comes late says. */
    async record({ start }: Slice, { delivered, quarantined, done, failure, end }: SliceRun): Promise<void> {
      const { update, values } = setAll({
        delivered,
        ...(done && { done, end }),
        ...(failure !== undefined && { failure }),
      });
      const noFailure = failure === undefined ? ' REMOVE #failure' : '';
      await table.update(keyOf(start), {
        update: `${update}, #quarantined = if_not_exists(#quarantined, :zero) + :quarantined${noFailure}`,
        condition: 'attribute_not_exists(#done)',
        values: { ...values, ':quarantined': quarantined, ':zero': 0 },
      });
    },
  };
}

function toSlice(start: EpochMs, item: Stored<typeof SLICE>): LedgerSlice {
  const { end = 0, events = 0, delivered = 0, quarantined = 0, done = false, failure } = item;
  return { start, end, events, delivered, quarantined, done, ...(failure !== undefined && { failure }) };
}
