/**
 * One organization's events in the simulator of JumpCloud: in order, searchable by time, some of
 * them visible only later.
 */

import { isJsonObject, type JsonValue } from '../lib/platform/json.ts';
import type { EpochMs } from '../lib/platform/time.ts';
import { compareInstants, type Instant, readInstant } from './instant.ts';

/** An event as a test puts it in. What is left out is read from the text. */
export interface EventInput {
  /**
   * The event's JSON text, sent as it is: long numbers, odd spacing and broken events pass exactly.
   */
  readonly text: string;
  /** Where it sorts (RFC 3339); needed where the text has no readable timestamp. */
  readonly timestamp?: string;
  readonly service?: string;
  /** From when queries find it; its own timestamp by default. */
  readonly visibleAt?: EpochMs;
}

export interface StoredEvent extends Instant {
  /** Breaks ties of the same nanosecond: the order of insertion. */
  readonly order: number;
  readonly visibleAt: EpochMs;
  readonly service: string;
  readonly text: string;
}

/** A place between two events: everything after it in the order is still to come. */
export interface Position extends Instant {
  readonly order: number;
}

export interface EventStore {
  add(events: Iterable<EventInput>): void;
  /** All events, ascending, those that are not yet visible among them. */
  sorted(): readonly StoredEvent[];
  /** Index of the first event in or after the millisecond `ms`. */
  indexOf(ms: EpochMs): number;
  /** Index of the first event after `position`. */
  indexAfter(position: Position): number;
  /** Every service that some event carries. */
  readonly services: ReadonlySet<string>;
}

/**
 * `order` is what events sort by before insertion breaks the tie. A search engine that keeps
 * milliseconds leaves the events of one millisecond in any order; which of the two JumpCloud does
 * is not documented.
 */
export function createEventStore(order: 'nanosecond' | 'millisecond'): EventStore {
  const compare = order === 'nanosecond' ? compareInstants : (a: Instant, b: Instant) => a.ms - b.ms;
  const rows: StoredEvent[] = [];
  const services = new Set<string>();
  let inOrder = true;

  function sorted(): readonly StoredEvent[] {
    if (!inOrder) rows.sort((a, b) => compare(a, b) || a.order - b.order);
    inOrder = true;
    return rows;
  }

  return {
    services,
    sorted,
    add(events) {
      for (const event of events) {
        const row = shelve(event, rows.length);
        const last = rows.at(-1);
        if (last !== undefined && compare(last, row) > 0) inOrder = false;
        rows.push(row);
        services.add(row.service);
      }
    },
    indexOf: (ms) => firstIndex(sorted(), (row) => row.ms >= ms),
    indexAfter: (position) => firstIndex(sorted(), (row) => (compare(row, position) || row.order - position.order) > 0),
  };
}

function shelve(event: EventInput, order: number): StoredEvent {
  let { timestamp, service } = event;
  if (timestamp === undefined || service === undefined) {
    const value: JsonValue = JSON.parse(event.text);
    const fields = isJsonObject(value) ? value : {};
    if (timestamp === undefined && typeof fields.timestamp === 'string') timestamp = fields.timestamp;
    service ??= typeof fields.service === 'string' ? fields.service : '';
  }
  const instant = timestamp === undefined ? undefined : readInstant(timestamp);
  if (instant === undefined) {
    throw new Error(
      `The simulator needs \`timestamp\` beside an event without a readable one: ${event.text.slice(0, 80)}`,
    );
  }
  return { ...instant, order, visibleAt: event.visibleAt ?? instant.ms, service, text: event.text };
}

/** Binary search: the first index for which `holds`, which must stay true once it is. */
function firstIndex<T>(rows: readonly T[], holds: (row: T) => boolean): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(rows[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}
