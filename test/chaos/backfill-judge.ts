/** Whether slices of backfills hold what they must, and whether the totals of a finished backfill are what arrived. */
import type { Totals } from '../../lib/backfill/protocol.ts';
import { type Delivered, linesByTag } from './delivered.ts';
import { PromiseBrokenError } from './judge.ts';
import type { Stage } from './stage.ts';
import type { StoredSlice, TableState } from './table-reader.ts';
import type { TrueEvent } from './truth.ts';

/** A query is asked a second wider on both sides, and what cannot be read cannot be told to lie outside. */
const EDGE_MS = 2_000;

/**
 * After every step: what a slice calls final has arrived, if it was there when the slice was begun, or came no later than allowed.
 */
export function inspectSlices(stage: Stage, table: TableState, delivered: Delivered, latenessMs: number): void {
  for (const slice of table.slices) {
    const asked = stage.slicesAskedFor.get(`${slice.of} ${new Date(slice.start).toISOString()}`);
    if (asked === undefined) throw new PromiseBrokenError(`nobody asked for ${slice.stream}`);
    const until = Math.min(slice.settled, slice.end);
    for (const event of eventsOf(stage, slice.of)) {
      if (event.atMs < slice.start || event.atMs >= until) continue;
      if (event.visibleAt > Math.max(asked, event.atMs + latenessMs)) continue;
      if (!delivered.has(event.tag))
        throw new PromiseBrokenError(`lost: ${event.tag} of ${slice.stream}, which is settled beyond it`, [event.tag]);
    }
  }
}

/** An event that nobody can read, beside the edge of a slice: both sides may have put it aside. */
export function mayBelongToTwo(stage: Stage, table: TableState, tag: string): boolean {
  const edges = table.slices.flatMap(({ start, end }) => [start, end]);
  return stage.truth
    .withTag(tag)
    .some(({ readable, atMs }) => !readable && edges.some((edge) => Math.abs(edge - atMs) <= EDGE_MS));
}

/** @param totals of a backfill that was driven to its end when all was quiet */
export function checkTotals(stage: Stage, table: TableState, organization: string, totals: Totals): void {
  const of = stage.plan.organizations.length > 0 ? organization : 'default';
  const slices = table.slices.filter((slice) => slice.of === of);
  const began = table.checkpoints.get(stage.streamOf(organization))?.began ?? 0;
  // The live stream was rewound into them: what it ships is in no total.
  if (slices.some(({ end }) => end > began)) return;
  const delivered = linesByTag(stage, table);
  const events = eventsOf(stage, of).filter(
    ({ readable, atMs, visibleAt }) =>
      readable && visibleAt <= stage.time.now() && slices.some(({ start, end }) => atMs >= start && atMs < end),
  );
  const hasTwins = new Set(events.map(({ tag }) => tag)).size < events.length;
  const arrived = events.filter(({ tag }) => delivered.has(tag)).length;
  if (!hasTwins && totals.delivered !== arrived)
    throw new PromiseBrokenError(`the backfill of ${organization} says ${totals.delivered} events, ${arrived} arrived`);
  const isExact = stage.plan.rounding === false && !stage.plan.narrows;
  const unreadable = eventsOf(stage, of).some(({ readable }) => !readable);
  if (isExact && !unreadable && totals.slices > 0 && totals.counted !== events.length)
    throw new PromiseBrokenError(
      `the backfill of ${organization} counts ${totals.counted} events, ${events.length} are there`,
    );
}

function eventsOf({ truth, plan }: Stage, of: StoredSlice['of']): TrueEvent[] {
  return truth.events.filter(({ organization }) => plan.organizations.length === 0 || organization === of);
}
