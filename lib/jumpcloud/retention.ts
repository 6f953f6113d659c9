/** How long JumpCloud keeps events. */
import type { EpochMs } from '../platform/clock.ts';

/** 15 days on its lowest plan; an instant further back than this has no events on any. */
export const LONGEST_RETENTION_DAYS = 90;
export const LONGEST_RETENTION_MS = LONGEST_RETENTION_DAYS * 24 * 3_600_000;

/** The edge moves on while a request is under way; and it is asked for a second more than the window. */
const EDGE_MS = 60_000;

/**
 * From where to ask when JumpCloud refused an earlier start.
 *
 * By the clock that is behind: an event that JumpCloud still has is never passed over because the other one is ahead.
 */
export function oldestKept(now: EpochMs, serverNow: EpochMs = now): EpochMs {
  return Math.min(now, serverNow) - LONGEST_RETENTION_MS + EDGE_MS;
}
