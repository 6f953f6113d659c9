/** How Node.js is started in the function; the figures behind it are in docs/decisions/performance.md. */

/**
 * Young objects get 4 MB a half instead of 16 or more: nearly all of an event's objects are dead within a millisecond, so
 * that more room only spreads them over more memory.
 */
const YOUNG = '--max-semi-space-size=4';

/**
 * No limit that is ever met: the function's memory ends before. But where V8 is told of less than 2 GB it collects old objects
 * before their memory has doubled, not when it has grown fourfold; told of much less, it collects all the time.
 */
const OLD = '--max-old-space-size=1800';

export const NODE_OPTIONS = `${YOUNG} ${OLD}`;
