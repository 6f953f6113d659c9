/** How Node.js is started in the function. */

/**
 * Young objects get 4 MB a half instead of 16 or more: nearly all of an event's objects are dead within a millisecond, so
 * that more room only spreads them over more memory. Measured in docs/decisions/performance.md.
 */
export const NODE_OPTIONS = '--max-semi-space-size=4';
