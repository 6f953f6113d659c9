/** One question to JumpCloud's Directory Insights API: its answer, or an error with advice. */

import type { IncomingHttpHeaders } from 'node:http';
import type { Deadline } from '../platform/deadline.ts';
import { type HttpAnswer, HttpError, type Post, type RequestTrace } from '../platform/http.ts';
import { isJsonObject } from '../platform/json.ts';
import { requestIdOf, showable } from '../platform/messages.ts';
import type { Clock } from '../platform/outside.ts';
import { passingFault } from '../platform/retry.ts';
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

export interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** JumpCloud's `Date` less how long the answer took: the answer cannot be newer. */
  readonly serverNow: EpochMs | undefined;
  /** How large the body may be at most. */
  readonly largestBytes: number;
  /** Set where the body is cut off at that size: how large the whole is. */
  readonly wholeBytes?: number | undefined;
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
    const question: Question = { path, body, isOversized };
    try {
      return await askOnce(options, question, deadline);
    } catch (error) {
      if (!(error instanceof JumpCloudError) || error.status !== 401) throw error;
      options.credentials.forget();
      return await askOnce(options, question, deadline);
    }
  };
}

interface Question {
  readonly path: string;
  readonly body: string;
  readonly isOversized: boolean;
}

async function askOnce(options: JumpCloudOptions, question: Question, deadline: Deadline): Promise<Answer> {
  const { path, body, isOversized } = question;
  const largestBytes = isOversized ? LARGEST_EVENT_BYTES : LARGEST_PAGE_BYTES;
  const { credentials, clock, orgId } = options;
  const proof = await credentials.headers(deadline.stop);
  const headers = {
    ...proof,
    ...(orgId ? { 'x-org-id': orgId } : {}),
    'content-type': 'application/json',
    accept: 'application/json',
  };
  const secrets = Object.values(proof).map((value) => value.replace(/^Bearer /, ''));
  const asked = clock.now();
  const started = clock.elapsedMs();
  const tookMs = () => elapsedMs(clock.now() - asked, clock.elapsedMs() - started);
  const trace = (status: number | string, answered?: HttpAnswer) =>
    options.onRequest?.({
      ...{ to: 'JumpCloud', method: 'POST', path: SERVICE_PATH + path, status, tookMs: tookMs() },
      bytes: answered?.body.length ?? 0,
      events: countIn(answered?.headers),
      requestId: answered && requestIdOf(singleHeader(answered.headers, 'x-request-id'), secrets),
    });
  let answer: HttpAnswer;
  try {
    answer = await options.post({
      url: `${options.url}${SERVICE_PATH}${path}`,
      headers,
      body,
      // A third of what is left: time to ask again, and to end in good order.
      timeoutMs: Math.max(SHORTEST_ANSWER_MS, Math.min(LONGEST_ANSWER_MS, deadline.remainingMs() / 3)),
      maxAnswerBytes: largestBytes,
      cutsOff: isOversized,
      signal: deadline.stop,
    });
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    trace(error.explained);
    throw new JumpCloudError(`JumpCloud POST ${path}: ${error.explained}`, {
      retryable: error.retryable,
      askForLess: error.reason === 'answer too large' || error.reason === 'timed out',
      givenUp: error.reason === 'given up',
      needsNoWait: error.reason === 'answer too large',
      cause: error,
    });
  }
  trace(answer.status, answer);
  const serverNow = serverTime(answer.headers, tookMs());
  if (answer.status === NO_CONTENT)
    return { headers: answer.headers, body: Buffer.from('[]'), serverNow, largestBytes };
  if (answer.status === 200) {
    const { headers, body, wholeBytes } = answer;
    return { headers, body, serverNow, largestBytes, wholeBytes };
  }
  throw errorFor(options, answer, { path, serverNow, secrets });
}

function errorFor(
  options: JumpCloudOptions,
  answer: HttpAnswer,
  { path, serverNow, secrets }: { path: string; serverNow: EpochMs | undefined; secrets: readonly string[] },
) {
  const { status, headers } = answer;
  const said = messageOf(answer.body, secrets);
  const passing = passingFault(status, headers['retry-after'], options.clock.now());
  const asked = { credentialName: options.credentials.name, url: options.url, orgId: options.orgId };
  const meaning = passing?.meaning ?? adviceFor(status, asked);
  return new JumpCloudError(`JumpCloud POST ${path}: status ${status}${said && ` ("${said}")`}; ${meaning}`, {
    status,
    retryable: passing !== undefined,
    retryAfterMs: passing?.retryAfterMs,
    serverNow,
  });
}

/** JumpCloud's own words, where the body is its JSON. A gateway's HTML says nothing that helps. */
function messageOf(body: Buffer, secrets: readonly string[]): string {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    const message = isJsonObject(parsed) ? parsed.message : undefined;
    return typeof message === 'string' ? showable(message, secrets) : '';
  } catch {
    return '';
  }
}

/** By the clock, unless it was set back meanwhile: an answer must not look newer than it is. */
function elapsedMs(byTheClock: number, byTheStopwatch: number): number {
  return byTheStopwatch - byTheClock > SET_BACK_MS ? Math.ceil(byTheStopwatch) : byTheClock;
}

function countIn(headers: IncomingHttpHeaders = {}): number | undefined {
  const count = Number.parseInt(singleHeader(headers, 'x-result-count') ?? '', 10);
  return Number.isInteger(count) ? count : undefined;
}

function serverTime(headers: IncomingHttpHeaders, tookMs: number): EpochMs | undefined {
  const date = headers.date === undefined ? Number.NaN : Date.parse(headers.date);
  return Number.isNaN(date) ? undefined : date - tookMs;
}

export function singleHeader(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
