/** Events delivered by the hour: in the checkpoint at first, in an item once it is settled. */
import { type EpochMs, formatSeconds, HOUR_MS, LONGEST_RETENTION_MS, type TimeRange } from '../platform/time.ts';
import type { HourlyCounts } from './checkpoint.ts';
import { HOURLY_COUNT } from './items.ts';
import { epochSeconds, setAll, type Table } from './table.ts';

const IS_LARGER = 'attribute_not_exists(#events) OR #events < :events';

/** A page may hold the events of 2,000 hours. One after another, a slow table outlasts the run. */
const MOST_AT_ONCE = 10;

export function hourOf(instant: EpochMs): EpochMs {
  return Math.floor(instant / HOUR_MS) * HOUR_MS;
}

/** Counts delivered events by the hour; those of a bounded stream under its end, as one sum. */
export class HourCounter {
  readonly #counts: Map<EpochMs, number>;
  readonly #end: EpochMs | undefined;

  constructor(counts: HourlyCounts = new Map(), end?: EpochMs) {
    this.#counts = new Map(counts);
    this.#end = end;
  }

  get counts(): HourlyCounts {
    return new Map(this.#counts);
  }

  /** Of a bounded stream alone: under several ends where a rewind of the live one cut it short. */
  get total(): number {
    if (this.#end === undefined) return 0;
    return [...this.#counts.values()].reduce((sum, events) => sum + events, 0);
  }

  add(at: EpochMs): void {
    const hour = this.#end ?? hourOf(at);
    this.#counts.set(hour, (this.#counts.get(hour) ?? 0) + 1);
  }

  /** @param saved with them, hours before `settled` were closed */
  forget(saved: HourlyCounts, settled: EpochMs): void {
    for (const hour of saved.keys()) if (hourOf(hour) < hourOf(settled)) this.#counts.delete(hour);
  }
}

/**
 * Writes the counts of hours that `settled` has passed to items of their own.
 *
 * Before the checkpoint moves, so that a crash between the two loses none. The larger number wins:
 * neither the repetition after such a crash nor a run that lost its lease can make a count smaller.
 *
 * @returns the counts that stay with the checkpoint
 */
export async function closeHours(table: Table, stream: string, counts: HourlyCounts, settled: EpochMs) {
  const isOpen = ([hour]: readonly [EpochMs, number]) => hour + HOUR_MS > settled;
  const closed = [...counts].filter((count) => !isOpen(count));
  const close = async ([hour, events]: readonly [EpochMs, number]) => {
    // JumpCloud keeps events for 90 days: older hours can no longer be compared.
    const count = { events, expires: epochSeconds(hour + LONGEST_RETENTION_MS) };
    const key = { kind: HOURLY_COUNT, stream, id: formatSeconds(hour) };
    await table.update(key, { ...setAll(count), condition: IS_LARGER });
  };
  for (let first = 0; first < closed.length; first += MOST_AT_ONCE)
    await Promise.all(closed.slice(first, first + MOST_AT_ONCE).map(close));
  return new Map([...counts].filter(isOpen));
}

/**
 * Counts events of a window that a person ships, for the audit: without it, the audit would keep
 * reporting an hour that somebody has filled. Only hours of which all was shipped count. Their
 * events are then no fewer than JumpCloud's, and no more than Logz.io has, whatever had been
 * shipped of them before.
 * @param shipped from the start of the window on, up to where it was shipped
 */
export async function closeWindow(table: Table, stream: string, counts: HourlyCounts, shipped: TimeRange) {
  const begunInside = new Map([...counts].filter(([hour]) => hour >= shipped.start));
  await closeHours(table, stream, begunInside, shipped.end);
}

/** @returns the counts of the settled hours in `[from, to)`; an hour without events has none */
export async function readHourlyCounts(table: Table, stream: string, from: EpochMs, to: EpochMs) {
  const counts = new Map<EpochMs, number>();
  const found = table.query(HOURLY_COUNT, stream, formatSeconds(from), formatSeconds(to - HOUR_MS));
  for await (const { id, attributes } of found) counts.set(Date.parse(id), attributes.events ?? 0);
  return counts;
}
