/** One question to JumpCloud's Directory Insights API: its answer, or an error with advice. */

import type { Deadline } from '../platform/deadline.ts';
import { type HttpAnswer, HttpError, type Post, type RequestTrace } from '../platform/http.ts';
import { jsonObjectIn } from '../platform/json.ts';
import { requestIdOf, showable } from '../platform/messages.ts';
import type { Clock } from '../platform/outside.ts';
import { passingFault, type Retryable } from '../platform/retry.ts';
import type { EpochMs } from '../platform/time.ts';
import type { Credentials } from './credentials.ts';
import { adviceFor, JumpCloudError } from './errors.ts';

export interface JumpCloudOptions {
  /** API origin, e.g. `https://api.jumpcloud.com`. */
  readonly url: string;
  readonly orgId?: string;
  readonly credentials: Credentials;
  readonly post: Post;
  readonly clock: Clock;
  readonly onRequest?: (trace: RequestTrace) => void;
}

export interface Answer extends Omit<HttpAnswer, 'status'> {
  /** JumpCloud's `Date` less how long the answer took: the answer cannot be newer. */
  readonly serverNow: EpochMs | undefined;
  /** How large the body may be before it is cut off. */
  readonly largestBytes: number;
}

/** What reading in one run needs. */
export interface ReadContext {
  readonly deadline: Deadline;
  readonly onRetry?: (error: Retryable) => void;
}

/**
 * Asks once with a JSON `body`; after a 401, once more with the key read again.
 * @param isOversized takes a larger answer than usual, and cuts it off where even that is not
 * enough
 * @throws JumpCloudError, SecretError
 */
export type Ask = (path: string, body: string, deadline: Deadline, isOversized?: boolean) => Promise<Answer>;

/** JumpCloud documents no time-out of its own; a page of 10,000 events takes seconds. */
const LONGEST_ANSWER_MS = 60_000;
const SHORTEST_ANSWER_MS = 1_000;
/** A clock that shows so much less than a stopwatch was set back; less is measuring. */
const SET_BACK_MS = 2_000;
/** A larger page is asked for again with half the limit: a page is held in memory whole. */
export const LARGEST_PAGE_BYTES = 16 * 1024 * 1024;
/** One event alone may have this much: what the memory allows while nothing else is read. */
const LARGEST_EVENT_BYTES = 32 * 1024 * 1024;
/** Some gateways answer so instead of an empty list. */
const NO_CONTENT = 204;
const SERVICE_PATH = '/insights/directory/v1';

export function createAsk(options: JumpCloudOptions): Ask {
  return async (path, body, deadline, isOversized = false) => {
    const question = { path, body, isOversized };
    try {
      return await askOnce(options, question, deadline);
    } catch (error) {
      if (!(error instanceof JumpCloudError) || error.status !== 401) throw error;
      options.credentials.forget();
      return await askOnce(options, question, deadline);
    }
  };
}

type Question = Readonly<{ path: string; body: string; isOversized: boolean }>;

async function askOnce(
  options: JumpCloudOptions,
  { path, body, isOversized }: Question,
  deadline: Deadline,
): Promise<Answer> {
  const { url, orgId, credentials, post, clock, onRequest } = options;
  const what = `JumpCloud POST ${path}`;
  const largestBytes = isOversized ? LARGEST_EVENT_BYTES : LARGEST_PAGE_BYTES;
  const proof = await credentials.headers(deadline.stop);
  const secrets = Object.values(proof).map((value) => value.replace(/^Bearer /, ''));
  const [asked, started] = [clock.now(), clock.elapsedMs()];
  const tookMs = () => elapsedMs(clock.now() - asked, clock.elapsedMs() - started);
  const trace = (status: number | string, answered?: HttpAnswer) =>
    onRequest?.({
      ...{ to: 'JumpCloud', method: 'POST', path: SERVICE_PATH + path, status, tookMs: tookMs() },
      bytes: answered?.body.length ?? 0,
      events: numberIn(answered?.headers ?? {}, 'x-result-count'),
      requestId: requestIdOf(answered?.headers['x-request-id'], secrets),
    });
  const answer = await post({
    url: url + SERVICE_PATH + path,
    headers: {
      ...proof,
      ...(orgId && { 'x-org-id': orgId }),
      ...{ 'content-type': 'application/json', accept: 'application/json' },
    },
    body,
    // A third of what is left: time to ask again, and to end in good order.
    timeoutMs: Math.max(SHORTEST_ANSWER_MS, Math.min(LONGEST_ANSWER_MS, deadline.remainingMs() / 3)),
    maxAnswerBytes: largestBytes,
    cutsOff: isOversized,
    signal: deadline.stop,
  }).catch((error: unknown) => {
    if (!(error instanceof HttpError)) throw error;
    const { reason, retryable, explained } = error;
    trace(explained);
    throw new JumpCloudError(`${what}: ${explained}`, {
      retryable,
      askForLess: reason === 'answer too large' || reason === 'timed out',
      givenUp: reason === 'given up',
      needsNoWait: reason === 'answer too large',
      cause: error,
    });
  });
  const { status, headers } = answer;
  trace(status, answer);
  const serverNow = serverTime(headers, tookMs());
  if (status === NO_CONTENT) return { ...answer, body: Buffer.from('[]'), serverNow, largestBytes };
  if (status === 200) return { ...answer, serverNow, largestBytes };
  const said = messageOf(answer.body, secrets);
  const passing = passingFault(status, headers['retry-after'], clock.now());
  const meaning = passing?.meaning ?? adviceFor(status, credentials.name, url, orgId);
  throw new JumpCloudError(`${what}: status ${status}${said && ` ("${said}")`}; ${meaning}`, {
    status,
    retryable: passing !== undefined,
    retryAfterMs: passing?.retryAfterMs,
    serverNow,
  });
}

/** JumpCloud's own words, where the body is its JSON. A gateway's HTML says nothing that helps. */
function messageOf(body: Buffer, secrets: readonly string[]): string {
  const { message } = jsonObjectIn(body);
  return typeof message === 'string' ? showable(message, secrets) : '';
}

/** By the clock, unless it was set back meanwhile: an answer must not look newer than it is. */
function elapsedMs(byTheClock: number, byTheStopwatch: number): number {
  return byTheStopwatch - byTheClock > SET_BACK_MS ? Math.ceil(byTheStopwatch) : byTheClock;
}

function serverTime({ date = '' }: HttpAnswer['headers'], tookMs: number): EpochMs | undefined {
  const at = Date.parse(date);
  return Number.isNaN(at) ? undefined : at - tookMs;
}

export function numberIn(headers: HttpAnswer['headers'], name: string): number | undefined {
  const number = Number.parseInt(headers[name] ?? '', 10);
  return Number.isInteger(number) ? number : undefined;
}
