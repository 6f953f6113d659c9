/**
 * What the function's environment says of its memory; the figures behind it are in
 * docs/decisions/011-performance.md.
 */

/**
 * Young objects get 4 MB a half instead of 16 or more: nearly all of an event's objects are dead
 * within a millisecond, so that more room only spreads them over more memory.
 */
const YOUNG = '--max-semi-space-size=4';

/**
 * No limit that is ever met: the function's memory ends before. But with a limit below 2 GB V8
 * collects old objects before their memory has doubled, not when it has grown fourfold. With much
 * less it collects all the time.
 */
const OLD = '--max-old-space-size=1800';

/**
 * For the C library: one heap for all threads, and pieces from 128 KB on given back to the system
 * as soon as they are free. With its own judgement some 10 MB lay between the pieces.
 */
const HEAPS = '1';
const LARGE_PIECE_BYTES = '131072';

export const MEMORY_VARIABLES: Readonly<Record<string, string>> = {
  NODE_OPTIONS: `${YOUNG} ${OLD}`,
  MALLOC_ARENA_MAX: HEAPS,
  MALLOC_TRIM_THRESHOLD_: LARGE_PIECE_BYTES,
};
