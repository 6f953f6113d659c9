/** One question to JumpCloud's Directory Insights API: its answer, or an error with advice. */
import type { Deadline } from '../platform/deadline.ts';
import { type HttpAnswer, postOnce, type Requests } from '../platform/http.ts';
import { jsonObjectIn } from '../platform/json.ts';
import { requestIdOf, showable } from '../platform/messages.ts';
import { ServiceError, statusFault } from '../platform/retry.ts';
import { howToPut } from '../platform/secrets.ts';
import type { EpochMs } from '../platform/time.ts';
import type { Credentials } from './credentials.ts';

export interface JumpCloudOptions extends Requests {
  /** API origin, e.g. `https://api.jumpcloud.com`. */
  readonly url: string;
  readonly orgId?: string;
  readonly credentials: Credentials;
}

export interface Answer extends Omit<HttpAnswer, 'status'> {
  /** JumpCloud's `Date`. */
  readonly date: EpochMs | undefined;
  /** The same, less how long the answer took: the answer cannot be newer. */
  readonly serverNow: EpochMs | undefined;
}

/** What reading in one run needs. */
export interface ReadContext {
  readonly deadline: Deadline;
  readonly onRetry?: (error: ServiceError) => void;
}

/**
 * Asks once with a JSON `body`; after a 401, once more with the key read again.
 * @param isOversized takes a larger answer than usual, and cuts it off where even that is not
 * enough
 * @throws JumpCloudError, SecretError
 */
export type Ask = (path: string, body: string, deadline: Deadline, isOversized?: boolean) => Promise<Answer>;

export class JumpCloudError extends ServiceError {
  override readonly name = 'JumpCloudError';
}

/** JumpCloud documents no time-out of its own; a page of 10,000 events takes seconds. */
const LONGEST_ANSWER_MS = 60_000;
const SHORTEST_ANSWER_MS = 1_000;
/** A larger page is asked for again with half the limit: a page is held in memory whole. */
export const LARGEST_PAGE_BYTES = 16 * 1024 * 1024;
/** One event alone may have this much: what the memory allows while nothing else is read. */
const LARGEST_EVENT_BYTES = 32 * 1024 * 1024;
/** Some gateways answer so instead of an empty list. */
const NO_CONTENT = 204;
const SERVICE_PATH = '/insights/directory/v1';

export function createAsk(options: JumpCloudOptions): Ask {
  const { url, orgId, credentials, clock } = options;
  const askOnce: Ask = async (path, body, deadline, isOversized = false) => {
    const what = `JumpCloud POST ${path}`;
    const proof = await credentials.headers(deadline.stop);
    const secrets = Object.values(proof).map((value) => value.replace(/^Bearer /, ''));
    const request = {
      url: url + SERVICE_PATH + path,
      headers: {
        ...proof,
        ...(orgId && { 'x-org-id': orgId }),
        ...{ 'content-type': 'application/json', accept: 'application/json' },
      },
      body,
      // A third of what is left: time to ask again, and to end in good order.
      timeoutMs: Math.max(SHORTEST_ANSWER_MS, Math.min(LONGEST_ANSWER_MS, deadline.remainingMs() / 3)),
      maxAnswerBytes: isOversized ? LARGEST_EVENT_BYTES : LARGEST_PAGE_BYTES,
      cutsOff: isOversized,
      signal: deadline.stop,
    };
    const traceOf = (answered?: HttpAnswer) => ({
      to: 'JumpCloud' as const,
      bytes: answered?.body.length ?? 0,
      events: numberIn(answered?.headers ?? {}, 'x-result-count'),
      requestId: requestIdOf(answered?.headers['x-request-id'], secrets),
    });
    const answer = await postOnce(options, request, traceOf, ({ reason, message }, details) => {
      const needsNoWait = reason === 'answer too large';
      const askForLess = needsNoWait || reason === 'timed out';
      return new JumpCloudError(`${what}: ${message}`, { ...details, askForLess, needsNoWait });
    });
    const { status, tookMs } = answer;
    const at = Date.parse(answer.headers.date ?? '');
    const [date, serverNow] = Number.isNaN(at) ? [] : [at, at - tookMs];
    if (status === NO_CONTENT) return { ...answer, body: Buffer.from('[]'), date, serverNow };
    if (status === 200) return { ...answer, date, serverNow };
    // JumpCloud's own words, where the body is its JSON. A gateway's HTML says nothing that helps.
    const { message } = jsonObjectIn(answer.body);
    const said = typeof message === 'string' ? ` ("${showable(message, secrets)}")` : '';
    const advice = adviceFor(status, credentials.name, url, orgId);
    const { meaning, ...fault } = statusFault(answer, clock.now(), advice);
    throw new JumpCloudError(`${what}: status ${status}${said}; ${meaning}`, { ...fault, serverNow });
  };
  return async (...question) => {
    try {
      return await askOnce(...question);
    } catch (error) {
      if (!(error instanceof JumpCloudError) || error.status !== 401) throw error;
      credentials.forget();
      return await askOnce(...question);
    }
  };
}

export function numberIn(headers: HttpAnswer['headers'], name: string): number | undefined {
  const number = Number.parseInt(headers[name] ?? '', 10);
  return Number.isInteger(number) ? number : undefined;
}

/**
 * What a status that no retry can mend means, and what to do; the likeliest cause first.
 * @param keptAt where the secret is kept @param url API origin
 */
function adviceFor(status: number, keptAt: string, url: string, orgId?: string): string {
  switch (status) {
    case 400:
      return 'it does not accept the query. Either it does not know a service of jumpcloud_api.settings.services. Or it does not understand jumpcloud_api.settings.search_term';
    case 401:
      return `it does not accept the key, though it was just read again. Either the key is wrong or was revoked: put a valid one into ${keptAt}${howToPut(keptAt)}. Or it belongs to another region than ${url}: set jumpcloud_api.region to us, eu or in`;
    case 402:
      return 'Directory Insights is not enabled for this organization. Either your plan does not include it: change the plan. Or it is switched off: enable it in the JumpCloud Admin Portal. Or the key belongs to another organization than you mean: check the key';
    case 403:
      return orgId === undefined
        ? "the key is refused. Either its administrator's role may not read Directory Insights (Command Runner may not). Or it manages several organizations: set jumpcloud_api.credentials.org_id"
        : `the key is refused for organization ${orgId}. Either this is not one of the key's organizations: check jumpcloud_api.credentials.org_id. Or its administrator's role may not read Directory Insights (Command Runner may not)`;
    case 404:
      return 'there is no such address. Either jumpcloud_api.url is wrong: check it, or leave it out and set jumpcloud_api.region. Or a proxy answers in place of JumpCloud: check network.proxy';
    default:
      return status >= 300 && status < 400
        ? 'it redirects to another address. The program does not follow, because it would send the key there. Set jumpcloud_api.url to the final address'
        : 'this status is unexpected';
  }
}
