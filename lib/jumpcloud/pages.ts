/** The pages of one window, in ascending order, each requested while the one before is worked on. */
import { hash } from 'node:crypto';
import type { Deadline } from '../platform/deadline.ts';
import type { JsonObject } from '../platform/json.ts';
import type { Timing } from '../platform/outside.ts';
import { type Retryable, retrying } from '../platform/retry.ts';
import { queryTimes, type Window } from '../ship/window.ts';
import { type Answer, type Ask, singleHeader } from './client.ts';
import { JumpCloudError } from './errors.ts';
import { Page, type SearchAfter } from './page.ts';

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

/**
 * @yields pages up to the last one, or up to one that names no successor: the next run then goes on from its last event.
 * @throws JumpCloudError, also behind a page that names itself as its successor; SecretError
 */
export type ReadPages = (query: Query, window: Window, context: ReadContext) => AsyncGenerator<Page>;

export interface ReadContext {
  readonly deadline: Deadline;
  readonly onRetry: (error: Retryable) => void;
}

export function createReadPages(ask: Ask, { clock, random }: Timing): ReadPages {
  return async function* readPages(query, window, { deadline, onRetry }) {
    const frozen = frozenQuery(query, window);
    let limit = query.limit;
    const fetchPage = (after: SearchAfter | undefined): Promise<Page> => {
      const attempt = async () => {
        const asked = limit;
        return toPage(await ask('/events', pageRequest(frozen, asked, after), deadline), asked);
      };
      return retrying(attempt, {
        clock,
        random,
        deadline,
        onRetry: (error) => {
          if (error instanceof JumpCloudError && error.askForLess) limit = Math.ceil(limit / 2);
          onRetry(error);
        },
      });
    };
    let sent: SearchAfter | undefined;
    let next: Promise<Page> | undefined = fetchPage(undefined);
    while (next) {
      const page: Page = await next;
      const after: SearchAfter | undefined = page.searchAfter;
      const leadsBack = after !== undefined && after === sent && !page.isEmpty;
      // Requested before this page is worked on; should it fail, that is met when it is awaited.
      next = page.isLast || leadsBack || after === undefined ? undefined : fetchPage(after);
      next?.catch(() => undefined);
      yield page;
      if (leadsBack && !page.isLast) throw leadsBackError();
      // It may have turned out to hold more events than its headers say.
      if (next === undefined && !page.isLast && after !== undefined) next = fetchPage(after);
      sent = after;
    }
  };
}

function newestFirstError(): JumpCloudError {
  return new JumpCloudError(
    `JumpCloud POST /events: the answer is sorted newest first (X-Sort: DESC), although oldest first was asked for, and events would be lost if it were shipped: ${PASS_UNCHANGED}`,
    { retryable: false },
  );
}

function leadsBackError(): JumpCloudError {
  return new JumpCloudError(
    `JumpCloud POST /events: a page names in X-Search_after the page that it is itself, so that no request leads past it: ${PASS_UNCHANGED}`,
    { retryable: false },
  );
}

/** @param page one that neither names the next page nor says that it is the last one */
export function noNextPageError({ missingHeaders }: Page): JumpCloudError {
  const are = missingHeaders.length === 1 ? 'is' : 'are';
  return new JumpCloudError(
    `JumpCloud POST /events: the answer holds nothing new, and whether more follows is not known, because its ${missingHeaders.join(', ')} ${are} missing: ${PASS_UNCHANGED}`,
    { retryable: false },
  );
}

const PASS_UNCHANGED =
  'let whatever stands between here and JumpCloud, such as a proxy, pass bodies and headers unchanged; if there is nothing, ask JumpCloud';

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

/** @throws JumpCloudError: retryable when the answer is no page, final when it is sorted otherwise than it was asked for */
function toPage({ headers, body, serverNow }: Answer, asked: number): Page {
  // What is read of a newest-first answer would count as read up to its last event, and all newer ones as shipped.
  if (/^\s*desc/i.test(singleHeader(headers, 'x-sort') ?? '')) throw newestFirstError();
  const numberIn = (name: string) => {
    const number = Number.parseInt(singleHeader(headers, name) ?? '', 10);
    return Number.isInteger(number) ? number : undefined;
  };
  const parts = {
    body: isEmptyAnswer(body, numberIn('x-result-count')) ? EMPTY_LIST : body,
    statedCount: numberIn('x-result-count'),
    statedLimit: numberIn('x-limit'),
    searchAfter: searchAfterOf(headers),
    serverNow,
  };
  return new Page(parts, asked);
}

const EMPTY_LIST = Buffer.from('[]');

/** `null` is an empty list too, unless events are counted. An empty body is one only where none are counted. */
function isEmptyAnswer(body: Buffer, statedCount: number | undefined): boolean {
  if (body.length > SHORT_BYTES) return false;
  const text = new TextDecoder().decode(body).trim();
  return text === 'null' ? !statedCount : text === '' && statedCount === 0;
}

/** `null` with a byte order mark and blanks is shorter. */
const SHORT_BYTES = 32;

function searchAfterOf(headers: Answer['headers']): SearchAfter | undefined {
  const text = singleHeader(headers, 'x-search_after');
  try {
    return text !== undefined && Array.isArray(JSON.parse(text)) ? text : undefined;
  } catch {
    return undefined;
  }
}
