/** What is asked of JumpCloud: which events, of which time, and how many there are. */
import { type JsonObject, jsonObjectIn } from '../platform/json.ts';
import type { Timing } from '../platform/outside.ts';
import { retrying } from '../platform/retry.ts';
import {
  DAY_MS,
  type EpochMs,
  formatInstant,
  formatSeconds,
  isEmpty,
  oldestKept,
  SECOND_MS,
  SHORTEST_RETENTION_DAYS,
  type TimeRange,
} from '../platform/time.ts';
import { type Answer, type Ask, JumpCloudError, type ReadContext } from './client.ts';

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

/** What the query asks of every page and of a count. */
export function filterOf({ services, searchTerm }: Query): JsonObject {
  return { service: [...services], ...(searchTerm && { search_term: searchTerm }) };
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

/** @throws JumpCloudError, SecretError */
export type CountEvents = (query: Query, window: TimeRange, context: ReadContext) => Promise<number>;

/** Both ends of a query may be rounded by a second, towards each other. */
const SHORT_MS = 3000;

/**
 * Asks `/events/count`. A server that rounds may count events beside the range, so a count alone
 * proves nothing.
 */
export function createCountEvents(ask: Ask, timing: Timing): CountEvents {
  return async (query, window, context) => {
    const count = (times: ReturnType<typeof queryTimes>) => {
      const body = JSON.stringify({ ...filterOf(query), ...times });
      const attempt = async () => countIn(await ask('/events/count', body, context.deadline));
      return retrying(attempt, { ...timing, ...context });
    };
    const countWithin = ({ start, end }: TimeRange) =>
      count({ start_time: new Date(start).toISOString(), end_time: lastNanosecondBefore(end) });
    try {
      return await countWithin(window);
    } catch (error) {
      if (!(error instanceof JumpCloudError && error.status === 400)) throw error;
      const kept = { start: oldestKept(timing.clock.now(), error.serverNow), end: window.end };
      // A refused start further back than JumpCloud keeps events: there are none before.
      if (window.start < kept.start) return isEmpty(kept) ? 0 : await countWithin(kept);
      if (window.end - window.start >= SHORT_MS)
        throw olderThanKept(error, window.start, timing.clock.now(), 'give a later start');
      // A server that rounds takes the two ends of a moment for one, and refuses the query.
      return await count(queryTimes(window));
    }
  };
}

/**
 * A plan may keep events for less. JumpCloud does not say so: it only refuses the query.
 * @param remedy what to do then
 */
export function olderThanKept(error: JumpCloudError, start: EpochMs, now: EpochMs, remedy: string): JumpCloudError {
  const days = Math.floor((now - start) / DAY_MS);
  if (days < SHORTEST_RETENTION_DAYS - 1) return error;
  return new JumpCloudError(
    `${error.message}. Or the start is further back than your plan keeps events: it is ${formatInstant(start)}, ${days} days ago, and the lowest plan keeps ${SHORTEST_RETENTION_DAYS} days. Then ${remedy}`,
    { status: 400, retryable: false, serverNow: error.serverNow, cause: error },
  );
}

/** The same range, whether JumpCloud includes `end_time` or not. */
function lastNanosecondBefore(end: EpochMs): string {
  return `${new Date(end - 1).toISOString().slice(0, -1)}999999Z`;
}

function countIn({ body }: Answer): number {
  const { count } = jsonObjectIn(body);
  if (typeof count === 'number' && Number.isInteger(count) && count >= 0) return count;
  throw new JumpCloudError('JumpCloud POST /events/count: the answer holds no count', { retryable: true });
}
