/** How many events JumpCloud has in a time range. */

import { isJsonObject } from '../platform/json.ts';
import type { Timing } from '../platform/outside.ts';
import { retrying } from '../platform/retry.ts';
import { type EpochMs, isEmpty, oldestKept, type TimeRange } from '../platform/time.ts';
import type { Ask } from './client.ts';
import { JumpCloudError } from './errors.ts';
import type { ReadContext } from './pages.ts';
import { type Query, queryTimes } from './query.ts';

/** @throws JumpCloudError, SecretError */
export type CountEvents = (query: Query, window: TimeRange, context: ReadContext) => Promise<number>;

/**
 * Asks `/events/count`. The window's end is given as the last nanosecond before it, so that the
 * answer is the same whether JumpCloud includes `end_time` or not; a server that rounds may count
 * events beside the range, so a count alone proves nothing.
 */
export function createCountEvents(ask: Ask, timing: Timing): CountEvents {
  return async (query, window, context) => {
    const count = (times: Times) => {
      const body = JSON.stringify({
        service: [...query.services],
        ...times,
        ...(query.searchTerm && { search_term: query.searchTerm }),
      });
      const attempt = async () =>
        parseCount(await ask('/events/count', body, context.deadline).then((answer) => answer.body));
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
      if (window.end - window.start >= SHORT_MS) throw error;
      // A server that rounds takes the two ends of a moment for one, and refuses the query.
      return await count(queryTimes(window));
    }
  };
}

type Times = ReturnType<typeof queryTimes>;

/** Both ends may be rounded by a second, towards each other. */
const SHORT_MS = 3000;

function lastNanosecondBefore(end: EpochMs): string {
  return `${new Date(end - 1).toISOString().slice(0, -1)}999999Z`;
}

function parseCount(body: Buffer): number {
  try {
    // Unlike `toString`, it leaves a byte order mark out.
    const answer: unknown = JSON.parse(new TextDecoder().decode(body));
    const count = isJsonObject(answer) ? answer.count : undefined;
    if (typeof count === 'number' && Number.isInteger(count) && count >= 0) return count;
  } catch {
    // Said below, in words that help.
  }
  throw new JumpCloudError('JumpCloud POST /events/count: the answer holds no count', { retryable: true });
}
