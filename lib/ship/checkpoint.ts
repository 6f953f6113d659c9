/** The rules that move a checkpoint. `lib/state/checkpoint.ts` has what it holds. */
import type { EpochMs } from '../platform/time.ts';
import { type Checkpoint, withUncounted } from '../state/checkpoint.ts';

export function newCheckpoint(start: EpochMs): Checkpoint {
  return {
    began: start,
    settled: start,
    watermark: start,
    countedFrom: start,
    countedFor: '',
    countedBefore: [],
    uncounted: [],
  };
}

/** Of earlier queries, as JSON: whatever the characters, an item's 400 KB have room for more. */
const MOST_FORMER_CHARACTERS = 100_000;

/**
 * The checkpoint of a stream that is now asked for with `query`.
 *
 * Hours before the change are still compared with the query that they were counted with. What is
 * not settled at the change is read with both, and cannot be compared.
 */
export function countedWith(checkpoint: Checkpoint, query: string): Checkpoint {
  const { countedFor, countedBefore, settled, watermark } = checkpoint;
  if (countedFor === query) return checkpoint;
  if (countedFor === '') return { ...checkpoint, countedFor: query };
  const former = [...countedBefore, { query: countedFor, until: watermark }];
  let { countedFrom } = checkpoint;
  // What was counted with a query that is not kept cannot be compared.
  while (JSON.stringify(former).length > MOST_FORMER_CHARACTERS)
    countedFrom = Math.max(countedFrom, former.shift()?.until ?? watermark);
  const changed = { ...checkpoint, countedFor: query, countedBefore: former, countedFrom };
  return withUncounted(changed, { start: settled, end: watermark });
}

/** Clocks may be minutes wrong. One that is off by more than this is broken. */
const CLOCKS_MAY_DIFFER_MS = 60 * 60_000;

/** True where a watermark was saved while a clock was far ahead. */
export function isAhead(watermark: EpochMs, now: EpochMs): boolean {
  return watermark > now + CLOCKS_MAY_DIFFER_MS;
}

/** What a page moves when it and every page before it are acknowledged. Neither moves back. */
export interface Progress {
  readonly watermark: EpochMs;
  readonly settled: EpochMs;
}

export function advance(checkpoint: Checkpoint, { watermark, settled }: Progress): Checkpoint {
  return {
    ...checkpoint,
    watermark: Math.max(checkpoint.watermark, watermark),
    settled: Math.max(checkpoint.settled, Math.floor(settled)),
  };
}
