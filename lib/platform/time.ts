/** Units of time in milliseconds. */
export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/**
 * A lease outlives its run by this much, so that it cannot lapse while the last save is under way.
 */
export const LEASE_MARGIN_MS = 5 * SECOND_MS;
