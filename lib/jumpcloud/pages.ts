/** The pages of one window, in ascending order, each requested while the one before is worked on. */
import { hash } from 'node:crypto';
import type { Clock, EpochMs } from '../clock.ts';
import type { Deadline } from '../deadline.ts';
import type { JsonObject } from '../json.ts';
import { type Retryable, retrying } from '../retry.ts';
import { queryTimes, type Window } from '../window.ts';
import { type Answer, type Ask, singleHeader } from './client.ts';
import { JumpCloudError } from './errors.ts';
import { MalformedPageError, splitArray } from './split.ts';

/** What a stream asks for, besides its window. */
export interface Query {
  readonly services: readonly string[];
  /** Events a page, 1 to 10,000. */
  readonly limit: number;
  readonly searchTerm?: JsonObject;
}

const KEY_CHARACTERS = 16;

/** Tells two queries apart that find different events; the limit finds none. */
export function queryKey({ services, searchTerm }: Query): string {
  return hash('sha256', JSON.stringify([services, searchTerm])).slice(0, KEY_CHARACTERS);
}

export interface Page {
  readonly body: Buffer;
  /** In pairs: where in the body an event begins, and where it ends. */
  readonly offsets: readonly number[];
  /** No page follows. */
  readonly isLast: boolean;
  readonly serverNow: EpochMs | undefined;
}

/**
 * @yields pages up to the last one, or up to one that names no successor: the next run then goes on from its last event.
 * @throws JumpCloudError, SecretError
 */
export type ReadPages = (query: Query, window: Window, context: ReadContext) => AsyncGenerator<Page>;

export interface ReadContext {
  readonly deadline: Deadline;
  readonly onRetry: (error: Retryable) => void;
}

/** JumpCloud's page token, a JSON text: sent back byte for byte, and never kept beyond the pass. */
type SearchAfter = string;

interface FetchedPage extends Page {
  readonly searchAfter: SearchAfter | undefined;
}

export function createReadPages(ask: Ask, clock: Clock): ReadPages {
  return async function* readPages(query, window, { deadline, onRetry }) {
    const frozen = frozenQuery(query, window);
    let limit = query.limit;
    const fetchPage = (after: SearchAfter | undefined): Promise<FetchedPage> => {
      const attempt = async () => {
        const asked = limit;
        return toPage(await ask('/events', pageRequest(frozen, asked, after), deadline), asked);
      };
      return retrying(attempt, {
        clock,
        signal: deadline.stop,
        onRetry: (error) => {
          if (error instanceof JumpCloudError && error.askForLess) limit = Math.ceil(limit / 2);
          onRetry(error);
        },
      });
    };
    let next: Promise<FetchedPage> | undefined = fetchPage(undefined);
    while (next) {
      const page: FetchedPage = await next;
      // Requested before this page is worked on; should it fail, that is met when it is awaited.
      next = page.isLast || page.searchAfter === undefined ? undefined : fetchPage(page.searchAfter);
      next?.catch(() => undefined);
      yield page;
    }
  };
}

/** The same for every page of a pass: JumpCloud's page token holds only for an otherwise identical query. */
function frozenQuery({ services, searchTerm }: Query, window: Window): JsonObject {
  const filter = searchTerm ? { search_term: searchTerm } : {};
  return { service: [...services], ...queryTimes(window), sort: 'ASC', ...filter };
}

function pageRequest(frozen: JsonObject, limit: number, after: SearchAfter | undefined): string {
  const request = JSON.stringify({ ...frozen, limit });
  // Spliced in as text: parsing would cost a long number its last digits.
  return after === undefined ? request : `${request.slice(0, -1)},"search_after":${after}}`;
}

/** @throws JumpCloudError (retryable) when the answer is no page */
function toPage({ headers, body, serverNow }: Answer, asked: number): FetchedPage {
  const offsets = splitPage(body);
  const isLast = isLastPage(offsets.length / 2, asked, headers);
  return { body, offsets, isLast, serverNow, searchAfter: searchAfterOf(headers) };
}

function splitPage(body: Buffer): number[] {
  try {
    return splitArray(body);
  } catch (cause) {
    if (!(cause instanceof MalformedPageError)) throw cause;
    throw new JumpCloudError(`JumpCloud POST /events: ${cause.message}`, { retryable: true, cause });
  }
}

/**
 * The last page holds fewer events than the limit that the answer states (a server may cap ours) and than we asked for;
 * without these headers only an empty page is known to be the last. Where they contradict the page, one request more is
 * better than an event less.
 */
function isLastPage(count: number, asked: number, headers: Answer['headers']): boolean {
  if (count === 0) return true;
  const limit = Number.parseInt(singleHeader(headers, 'x-limit') ?? '', 10);
  const stated = Number.parseInt(singleHeader(headers, 'x-result-count') ?? '', 10);
  return Number.isInteger(limit) && Number.isInteger(stated) && Math.max(stated, count) < Math.min(limit, asked);
}

function searchAfterOf(headers: Answer['headers']): SearchAfter | undefined {
  const text = singleHeader(headers, 'x-search_after');
  try {
    return text !== undefined && Array.isArray(JSON.parse(text)) ? text : undefined;
  } catch {
    return undefined;
  }
}
