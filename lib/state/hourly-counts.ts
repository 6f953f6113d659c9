/** Events delivered by the hour: in the checkpoint at first, in an item once it is settled. */
import { type EpochMs, formatSeconds, HOUR_MS, LONGEST_RETENTION_MS } from '../platform/time.ts';
import type { HourlyCounts } from './checkpoint.ts';
import type { DeliveredEvent } from './fingerprints.ts';
import { HOURLY_COUNT } from './items.ts';
import { epochSeconds, setAll, type Table } from './table.ts';

const IS_LARGER = 'attribute_not_exists(#events) OR #events < :events';

export function hourOf(instant: EpochMs): EpochMs {
  return Math.floor(instant / HOUR_MS) * HOUR_MS;
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
  const open = new Map<EpochMs, number>();
  for (const [hour, events] of counts) {
    if (hour + HOUR_MS > settled) {
      open.set(hour, events);
      continue;
    }
    // JumpCloud keeps events for 90 days: older hours can no longer be compared.
    const count = { events, expires: epochSeconds(hour + LONGEST_RETENTION_MS) };
    const key = { kind: HOURLY_COUNT, stream, id: formatSeconds(hour) };
    await table.update(key, { ...setAll(count), condition: IS_LARGER });
  }
  return open;
}

/**
 * Counts events of a window that a person ships, for the audit: without it, the audit would keep
 * reporting an hour that somebody has filled. Only hours of which all was shipped count. Their
 * events are then no fewer than JumpCloud's, and no more than Logz.io has, whatever had been
 * shipped of them before.
 */
export class WindowCounts {
  readonly #counts = new Map<EpochMs, number>();

  add(events: readonly DeliveredEvent[]): void {
    for (const { at } of events) this.#counts.set(hourOf(at), (this.#counts.get(hourOf(at)) ?? 0) + 1);
  }

  /** @param start of the window; @param shippedTo everything before it was shipped */
  async close(table: Table, stream: string, start: EpochMs, shippedTo: EpochMs): Promise<void> {
    const begunInside = [...this.#counts].filter(([hour]) => hour >= start);
    await closeHours(table, stream, new Map(begunInside), shippedTo);
  }
}

/** @returns the counts of the settled hours in `[from, to)`; an hour without events has none */
export async function readHourlyCounts(table: Table, stream: string, from: EpochMs, to: EpochMs) {
  const counts = new Map<EpochMs, number>();
  const found = table.query(HOURLY_COUNT, stream, formatSeconds(from), formatSeconds(to - HOUR_MS));
  for await (const { id, attributes } of found) counts.set(Date.parse(id), attributes.events ?? 0);
  return counts;
}
