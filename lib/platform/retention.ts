/** How long JumpCloud keeps events. */
import { DAY_MS, type EpochMs, MINUTE_MS } from './time.ts';

/** An instant further back than this has no events on any plan. */
export const LONGEST_RETENTION_DAYS = 90;
export const LONGEST_RETENTION_MS = LONGEST_RETENTION_DAYS * DAY_MS;
/** On the lowest plan. */
export const SHORTEST_RETENTION_DAYS = 15;
export const SHORTEST_RETENTION_MS = SHORTEST_RETENTION_DAYS * DAY_MS;

/** The edge moves on during a request, which asks for a second more than the window. */
const EDGE_MS = MINUTE_MS;

/**
 * From where to ask when JumpCloud refused an earlier start.
 *
 * By the clock that is behind: an event that JumpCloud still has is never passed over because the
 * other one is ahead.
 */
export function oldestKept(now: EpochMs, serverNow: EpochMs = now): EpochMs {
  return Math.min(now, serverNow) - LONGEST_RETENTION_MS + EDGE_MS;
}
