/** What one checkpoint follows: an organization's live events, or one slice of a backfill. */

import type { Query } from '../jumpcloud/query.ts';
import type { EpochMs } from '../platform/time.ts';

export interface Stream {
  readonly name: string;
  /** Where it begins when it has no checkpoint yet. */
  readonly start: EpochMs;
  /** Exclusive; absent for live events, which have no end. */
  readonly end?: EpochMs;
  readonly query: Query;
  /** How close to now a run reads. */
  readonly sourceLagMs: number;
  /** How long after its timestamp an event may still become visible. */
  readonly allowedLatenessMs: number;
}
