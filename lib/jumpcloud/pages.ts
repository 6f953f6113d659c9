/** The pages of a time range, oldest first, each requested while the one before is worked on. */
import type { JsonObject } from '../platform/json.ts';
import type { Timing } from '../platform/outside.ts';
import { type ErrorDetails, retrying, type ServiceError } from '../platform/retry.ts';
import { formatInstant, type TimeRange } from '../platform/time.ts';
import { type Answer, type Ask, JumpCloudError, LARGEST_PAGE_BYTES, numberIn, type ReadContext } from './client.ts';
import { Page } from './page.ts';
import { filterOf, type Query, queryTimes } from './query.ts';

/**
 * @yields pages up to the last one, or up to one that names no next page
 * @throws JumpCloudError, also behind a page whose page token was named before; SecretError
 */
export type ReadPages = (query: Query, range: TimeRange, context: ReadContext) => AsyncGenerator<Page>;

/** After so many answers in a row with fewer events than they count, the header must be wrong. */
const MOST_DOUBTS = 3;
/** A page this small leaves room for twice as many events. */
const SMALL_PAGE_BYTES = 0.4 * LARGEST_PAGE_BYTES;

export function createReadPages(ask: Ask, timing: Timing): ReadPages {
  return async function* readPages(query, range, context) {
    const fetchPage = pageFetcher({ ...timing, ask }, query, range, context);
    const tokens = new Set<string>();
    let next: Promise<Page> | undefined = fetchPage(undefined);
    while (next) {
      const page: Page = await next;
      const token: string | undefined = page.isLast ? undefined : page.searchAfter;
      const isCircle = token !== undefined && tokens.has(token);
      if (token !== undefined) tokens.add(token);
      // Requested before this page is worked on. A failure shows when it is awaited.
      next = token === undefined || isCircle ? undefined : fetchPage(token);
      next?.catch(() => undefined);
      yield page;
      if (isCircle)
        throw fault(
          `the same page token (X-Search_after) came twice, so paging goes in a circle. The events read so far are shipped, and none after them. ${PASS_UNCHANGED}`,
        );
    }
  };
}

/** Asks for fewer events where an answer is too large or too slow, and for more again behind it. */
function pageFetcher(
  { ask, ...timing }: Timing & { readonly ask: Ask },
  query: Query,
  range: TimeRange,
  { deadline, onRetry }: ReadContext,
) {
  // The same for every page of a pass: a page token holds only for an otherwise equal query.
  const frozen = { ...filterOf(query), ...queryTimes(range), sort: 'ASC' };
  let limit = query.limit;
  let doubts = 0;
  return async (after: string | undefined): Promise<Page> => {
    let isOversized = false;
    const attempt = async () => {
      const asked = limit;
      const answer = await ask('/events', pageRequest(frozen, asked, after), deadline, isOversized);
      if (answer.body.length < SMALL_PAGE_BYTES) limit = Math.min(query.limit, 2 * limit);
      const page = toPage(answer, asked);
      const stated = numberIn(answer.headers, 'x-result-count') ?? 0;
      // The events that are missing would never be asked for again.
      if (page.count < stated && doubts++ < MOST_DOUBTS)
        throw fault(`X-Result-Count is ${stated}, but the answer's events are ${page.count}`, { retryable: true });
      if (page.count >= stated) doubts = 0;
      return page;
    };
    const askForLess = (error: ServiceError) => {
      onRetry?.(error);
      if (!error.askForLess) return;
      isOversized ||= limit === 1 && error.needsNoWait;
      limit = Math.ceil(limit / 2);
    };
    try {
      return await retrying(attempt, { ...timing, deadline, onRetry: askForLess });
    } catch (error) {
      throw limit === 1 && error instanceof JumpCloudError && error.askForLess ? oneEventError(range, error) : error;
    }
  };
}

function fault(what: string, details?: ErrorDetails): JumpCloudError {
  return new JumpCloudError(`JumpCloud POST /events: ${what}`, details);
}

function oneEventError({ start, end }: TimeRange, cause: JumpCloudError): JumpCloudError {
  return fault(
    `not even a single event between ${formatInstant(start)} and ${formatInstant(end)} can be read: ${cause.message}. The events before it are shipped, and none after it. The next run tries again. Most likely JumpCloud or the network is down: wait. Only if later events can be read ({"dry_run": true} with a start_time shows it), leave this one out: {"skip_to": "<a time after the event>"}`,
    { givenUp: cause.givenUp, cause },
  );
}

/** The advice where an answer does not let us go on. */
export const PASS_UNCHANGED =
  'Let the proxy between here and JumpCloud pass bodies and headers unchanged. If there is none, ask JumpCloud';

function pageRequest(frozen: JsonObject, limit: number, after: string | undefined): string {
  const request = JSON.stringify({ ...frozen, limit });
  // Spliced in as text: parsing would cost a long number its last digits.
  return after === undefined ? request : `${request.slice(0, -1)},"search_after":${after}}`;
}

/** @throws JumpCloudError where the answer is no page (retryable), or sorted the other way round */
function toPage({ headers, body, date, serverNow, wholeBytes }: Answer, asked: number): Page {
  // Its last event is its oldest: all newer ones would count as shipped.
  if (/^\s*desc/i.test(headers['x-sort'] ?? ''))
    throw fault(
      `the answer is sorted newest first (X-Sort: DESC), although oldest first was asked for. Events would be lost if it were shipped. ${PASS_UNCHANGED}`,
    );
  const statedCount = numberIn(headers, 'x-result-count');
  const parts = {
    body: isEmptyAnswer(body, statedCount) ? EMPTY_LIST : body,
    statedCount,
    statedLimit: numberIn(headers, 'x-limit'),
    searchAfter: searchAfterOf(headers['x-search_after']),
    ...{ date, serverNow, wholeBytes },
  };
  return new Page(parts, asked);
}

const EMPTY_LIST = Buffer.from('[]');
/** `null` with a byte order mark and blanks is shorter. */
const SHORT_BYTES = 32;

/** `null` is an empty list unless events are counted; an empty body, where none are counted. */
function isEmptyAnswer(body: Buffer, statedCount: number | undefined): boolean {
  if (body.length > SHORT_BYTES) return false;
  const text = new TextDecoder().decode(body).trim();
  return text === 'null' ? !statedCount : text === '' && statedCount === 0;
}

function searchAfterOf(text = ''): string | undefined {
  try {
    return Array.isArray(JSON.parse(text)) ? text : undefined;
  } catch {
    return undefined;
  }
}
