/** What is asked of JumpCloud: which events, and of which time. */

import type { JsonObject } from '../platform/json.ts';
import { formatSeconds, SECOND_MS, type TimeRange } from '../platform/time.ts';

/** What a stream asks for, besides its window. */
export interface Query {
  readonly services: readonly string[];
  /** Events a page, 1 to 10,000. */
  readonly limit: number;
  readonly searchTerm?: JsonObject;
}

/** A query as text. Equal for two queries that find the same events, whatever their limits. */
export function queryKey({ services, searchTerm }: Query): string {
  return JSON.stringify({ services, searchTerm });
}

/** @param key of `queryKey`. @returns undefined for one that an older program wrote as a hash */
export function queryOf(key: string, limit: number): Query | undefined {
  return key.startsWith('{') ? { ...JSON.parse(key), limit } : undefined;
}

/**
 * The query's times: whole seconds, one second wider on both sides. Servers round what they are
 * asked for, and JumpCloud does not say whether `end_time` is inclusive.
 */
export function queryTimes({ start, end }: TimeRange): { start_time: string; end_time: string } {
  const from = Math.floor(start / SECOND_MS) * SECOND_MS - SECOND_MS;
  const to = Math.ceil(end / SECOND_MS) * SECOND_MS + SECOND_MS;
  return { start_time: formatSeconds(from), end_time: formatSeconds(to) };
}
