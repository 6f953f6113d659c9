/** How long JumpCloud keeps events. */

/** 15 days on its lowest plan; an instant further back than this has no events on any. */
export const LONGEST_RETENTION_DAYS = 90;
export const LONGEST_RETENTION_MS = LONGEST_RETENTION_DAYS * 24 * 3_600_000;
