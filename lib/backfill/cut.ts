/** Cuts a time range into slices of about equally many events, by their counts alone. */
import { SECOND_MS, type TimeRange } from '../platform/time.ts';

/** A window, and how many events JumpCloud counted in it when it was cut. */
export interface Slice extends TimeRange {
  readonly events: number;
}

/** How many events JumpCloud has in a window. */
export type Count = (window: TimeRange) => Promise<number>;

/**
 * The slices of `window`, ascending: they tile it exactly, and hold at most `mostEvents` each,
 * except where more than that happened within one second. Stretches without events belong to the
 * slice beside them and cost no slice of their own.
 *
 * @param events what `count` says of the whole window
 */
export function cut(window: TimeRange, events: number, mostEvents: number, count: Count): AsyncGenerator<Slice> {
  return merged(halves({ start: window.start, end: window.end, events }, mostEvents, count), mostEvents);
}

/** The parts of `range` that none of `covered` (ascending, not overlapping) holds. */
export function gaps(range: TimeRange, covered: readonly TimeRange[]): TimeRange[] {
  const found: TimeRange[] = [];
  let from = range.start;
  for (const { start, end } of covered) {
    if (start > from) found.push({ start: from, end: Math.min(start, range.end) });
    from = Math.max(from, end);
    if (from >= range.end) return found;
  }
  return [...found, { start: from, end: range.end }];
}

/** Halves what is too large: one count a cut, as the right half is what the left one leaves. */
async function* halves(slice: Slice, mostEvents: number, count: Count): AsyncGenerator<Slice> {
  const middle = middleOf(slice);
  if (slice.events <= mostEvents || middle === undefined) {
    yield slice;
    return;
  }
  const left = await count({ start: slice.start, end: middle });
  yield* halves({ start: slice.start, end: middle, events: left }, mostEvents, count);
  // Not below nothing: events may have come between two counts.
  yield* halves({ start: middle, end: slice.end, events: Math.max(0, slice.events - left) }, mostEvents, count);
}

/** @returns the whole second nearest the middle: JumpCloud may round. Undefined: none inside. */
function middleOf({ start, end }: TimeRange): number | undefined {
  const middle = Math.round((start + end) / 2 / SECOND_MS) * SECOND_MS;
  return middle > start && middle < end ? middle : undefined;
}

async function* merged(slices: AsyncIterable<Slice>, mostEvents: number): AsyncGenerator<Slice> {
  let open: Slice | undefined;
  for await (const slice of slices) {
    const fits = open && (open.events === 0 || slice.events === 0 || open.events + slice.events <= mostEvents);
    if (open && !fits) yield open;
    open = open && fits ? { start: open.start, end: slice.end, events: open.events + slice.events } : slice;
  }
  if (open) yield open;
}
