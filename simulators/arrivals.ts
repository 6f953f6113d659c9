/**
 * Whether every event that JumpCloud showed arrived at Logz.io exactly once: counted from what both
 * simulators hold.
 */

import type { JsonObject } from '../lib/platform/json.ts';
import type { EpochMs } from '../lib/platform/time.ts';
import type { StoredEvent } from './event-store.ts';

export interface Arrivals {
  /** Events that had to arrive. */
  readonly expected: number;
  readonly missing: number;
  /** Copies beyond the first. */
  readonly repeated: number;
  /** Logs that are no event of JumpCloud's. */
  readonly unknown: number;
  /** Events whose timestamps lie beyond what was read: their turn comes later. */
  readonly notYetDue: number;
  /** Logs that arrived, by service, in the order of their names. */
  readonly byService: readonly (readonly [service: string, logs: number])[];
}

/** @param readTo exclusive: what lies at or after it was not to be shipped yet. */
export function compareArrivals(visible: readonly StoredEvent[], lines: readonly string[], readTo: EpochMs): Arrivals {
  const due = visible.filter((event) => event.ms < readTo);
  const open = new Map<string, number>();
  for (const event of due) {
    const key = identityOf(JSON.parse(event.text));
    open.set(key, (open.get(key) ?? 0) + 1);
  }
  const known = new Set(open.keys());
  const services = new Map<string, number>();
  let repeated = 0;
  let unknown = 0;
  for (const line of lines) {
    const log: JsonObject = JSON.parse(line);
    const key = identityOf(log);
    const left = open.get(key) ?? 0;
    if (!known.has(key)) unknown += 1;
    else if (left === 0) repeated += 1;
    else open.set(key, left - 1);
    const service = String(log.service);
    services.set(service, (services.get(service) ?? 0) + 1);
  }
  const missing = [...open.values()].reduce((sum, count) => sum + count, 0);
  const byService = [...services].sort(([a], [b]) => (a < b ? -1 : 1));
  return { expected: due.length, missing, repeated, unknown, notYetDue: visible.length - due.length, byService };
}

/** What an event and its log have in common: JumpCloud's id, or what marks an LDAP operation. */
function identityOf(event: JsonObject): string {
  if (typeof event.id === 'string') return event.id;
  const { timestamp, event_type, connection_id, operation_number } = event;
  return [timestamp, event_type, connection_id, operation_number].map(String).join(' ');
}
