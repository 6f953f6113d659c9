/** What a backfill has shipped so far, and whether that is what JumpCloud counts. */

import type { BackfillCommand, Range } from '../backfill/input.ts';
import { createLedger, type LedgerSlice } from '../backfill/ledger.ts';
import type { Count } from '../backfill/plan.ts';
import { addTotals, NO_TOTALS, type SliceDifference, sentenceOf, type Totals } from '../backfill/protocol.ts';
import type { Deadline } from '../platform/deadline.ts';
import { formatInstant } from '../platform/time.ts';
import { rangeFor } from './backfill-range.ts';
import { chosenOrganizations } from './live-stream.ts';
import { counterFor, type Runtime } from './runtime.ts';

/** Slices counted again, one by one, when the sum is not what was shipped. */
const MOST_RECOUNTED = 50;

/**
 * @param command `after`: the organizations before this one were added up in the answer before;
 * `finish` asks JumpCloud as well
 * @returns with `after` when the deadline left organizations for the next answer
 */
export async function addUp(
  runtime: Runtime,
  { kind, range, after }: Extract<BackfillCommand, { after: unknown }>,
  deadline: Deadline,
): Promise<Totals> {
  const first = Number(after ?? 0);
  const organizations = chosenOrganizations(runtime.config, range.orgId);
  let totals: Totals = NO_TOTALS;
  for (const [index, orgId] of [...organizations.entries()].slice(first)) {
    if (index > first && deadline.stop.aborted) return { ...totals, message: sentenceOf(totals), after: String(index) };
    const count = kind === 'finish' ? counterFor(runtime, orgId, deadline) : undefined;
    totals = addTotals(totals, await totalsOf(runtime, range, orgId, count));
  }
  return { ...totals, message: sentenceOf(totals) };
}

async function totalsOf(
  runtime: Runtime,
  range: Range,
  orgId: string | undefined,
  count: Count | undefined,
): Promise<Totals> {
  const ledger = createLedger(runtime.table, orgId);
  const slices = await ledger.list(await rangeFor(runtime, range, orgId));
  const sum = (figure: (slice: LedgerSlice) => number) => slices.reduce((total, slice) => total + figure(slice), 0);
  const named = ({ start }: LedgerSlice) => ({
    ...(orgId !== undefined && { org_id: orgId }),
    slice: formatInstant(start),
  });
  const totals: Totals = {
    message: '',
    slices: slices.length,
    slicesDone: sum(({ done }) => Number(done)),
    events: sum(({ events }) => events),
    delivered: sum(({ delivered }) => delivered),
    quarantined: sum(({ quarantined }) => quarantined),
    failures: slices
      .filter(({ done }) => !done)
      .map((slice) => ({ ...named(slice), failure: slice.failure ?? 'not shipped to its end' })),
    differences: [],
  };
  const [firstSlice, lastSlice] = [slices[0], slices.at(-1)];
  if (!count || !firstSlice || !lastSlice) return addTotals(NO_TOTALS, totals);
  const counted = await count({ start: firstSlice.start, end: lastSlice.end });
  const differences: SliceDifference[] = [];
  if (counted !== totals.delivered) {
    for (const slice of slices.filter(({ events, delivered }) => events !== delivered).slice(0, MOST_RECOUNTED)) {
      const now = await count(slice);
      if (now !== slice.delivered) differences.push({ ...named(slice), counted: now, delivered: slice.delivered });
    }
  }
  return addTotals(NO_TOTALS, { ...totals, counted, differences });
}
