/** How many events JumpCloud has in a stretch of time. */
import type { Clock, EpochMs } from '../clock.ts';
import { isJsonObject } from '../json.ts';
import { type Retryable, retrying } from '../retry.ts';
import type { Window } from '../window.ts';
import type { Ask } from './client.ts';
import { JumpCloudError } from './errors.ts';
import type { Query, ReadContext } from './pages.ts';

/** @throws JumpCloudError, SecretError */
export type CountEvents = (query: Query, window: Window, context: ReadContext) => Promise<number>;

/**
 * Asks `/events/count`. The window's end is given as the last nanosecond before it, so that the answer is the same whether
 * JumpCloud includes `end_time` or not; a server that rounds may count neighbours, so a count alone proves nothing.
 */
export function createCountEvents(ask: Ask, clock: Clock): CountEvents {
  return (query, window, { deadline, onRetry }) => {
    const body = JSON.stringify({
      service: [...query.services],
      start_time: new Date(window.start).toISOString(),
      end_time: lastNanosecondBefore(window.end),
      ...(query.searchTerm && { search_term: query.searchTerm }),
    });
    const attempt = async () => parseCount(await ask('/events/count', body, deadline).then((answer) => answer.body));
    return retrying(attempt, { clock, deadline, onRetry: onRetry as (error: Retryable) => void });
  };
}

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
