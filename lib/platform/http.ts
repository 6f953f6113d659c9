/** A POST as its callers see it: the request, its answer, and what a fault means and asks to do. */
import { INSPECTING_PROXY_SECTION } from './messages.ts';
import type { Clock } from './outside.ts';
import { type ErrorDetails, ServiceError } from './retry.ts';

export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
  /** From the first byte sent to the last byte received. */
  readonly timeoutMs: number;
  /** An answer that grows beyond this many bytes (unpacked) is cut off. */
  readonly maxAnswerBytes: number;
  /** Keeps the first part of such an answer, instead of failing. */
  readonly cutsOff?: boolean;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** Set where the body was cut off: how large the whole is. */
  readonly wholeBytes?: number;
}

/** POSTs once, never retries, never follows a redirect. @throws HttpError */
export type Post = (request: PostRequest) => Promise<HttpAnswer>;

/** What may be told about a request: no header, no token, no body. */
export interface RequestTrace {
  readonly to: 'JumpCloud' | 'Logz.io';
  readonly method: 'POST';
  readonly path: string;
  readonly status: number | string;
  readonly tookMs: number;
  readonly bytes: number;
  /** Of a page, as its header says, or of a bulk. */
  readonly events?: number | undefined;
  readonly requestId?: string | undefined;
}

/** With what requests are made, timed and traced. */
export interface Requests {
  readonly post: Post;
  readonly clock: Clock;
  readonly onRequest?: (trace: RequestTrace) => void;
}

/** A clock that shows so much less than a stopwatch was set back; less is measuring. */
const SET_BACK_MS = 2_000;

/**
 * POSTs once, with a trace.
 * @param traceOf what the trace says besides; without an answer where none came
 * @param unanswered the caller's own error for a request without an answer
 * @returns the answer and how long it took: by the clock, unless that was set back meanwhile
 */
export async function postOnce(
  { post, clock, onRequest }: Requests,
  request: PostRequest,
  traceOf: (answer?: HttpAnswer) => Pick<RequestTrace, 'to' | 'bytes' | 'events' | 'requestId'>,
  unanswered: (error: HttpError, details: ErrorDetails) => Error,
): Promise<HttpAnswer & { readonly tookMs: number }> {
  const [asked, started] = [clock.now(), clock.elapsedMs()];
  const ended = (status: number | string, answer?: HttpAnswer) => {
    const [byTheClock, byTheStopwatch] = [clock.now() - asked, clock.elapsedMs() - started];
    const tookMs = byTheStopwatch - byTheClock > SET_BACK_MS ? Math.ceil(byTheStopwatch) : byTheClock;
    onRequest?.({ ...traceOf(answer), method: 'POST', path: new URL(request.url).pathname, status, tookMs });
    return tookMs;
  };
  try {
    const answer = await post(request);
    return { ...answer, tookMs: ended(answer.status, answer) };
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    ended(error.message);
    const { retryable, mostAttempts, mayHaveArrived, givenUp } = error;
    throw unanswered(error, { retryable, mostAttempts, mayHaveArrived, givenUp, cause: error });
  }
}

export type FaultKind = 'not sent' | 'no connection' | 'broken off' | 'timed out' | 'answer too large' | 'given up';

/** A request without a usable answer. No `cause`: got's errors print tokens (URL and headers). */
export class HttpError extends ServiceError {
  override readonly name = 'HttpError';
  readonly reason: FaultKind;
  /** What to do about it; undefined where it may pass by itself. */
  readonly advice: string | undefined;

  /**
   * @param mayHaveArrived false only when the server cannot have received the request
   * @param host that was asked; never the whole address, which may hold a token
   */
  constructor(reason: FaultKind, code: string, mayHaveArrived: boolean, host = 'the host') {
    // DNS knows no such name. A name server that does not answer is another code, EAI_AGAIN.
    const isUnknownName = code === 'ENOTFOUND';
    const known = isUnknownName ? adviceOnName(host) : LASTING[code];
    const advice = known ?? (reason === 'no connection' ? WAY_OUT : undefined);
    const givenUp = reason === 'given up';
    super(`${reason} (${code})${advice === undefined ? '' : `; ${advice}`}`, {
      ...{ mayHaveArrived, givenUp, retryable: !givenUp && !Object.hasOwn(LASTING, code) },
      ...(isUnknownName && { mostAttempts: ATTEMPTS_AT_A_NAME }),
    });
    this.reason = reason;
    this.advice = advice;
  }
}

export const WAY_OUT =
  'check the address in config.yaml, and whether this network lets requests out (firewall, network.proxy, the subnets of network.vpc_id)';

/** A few seconds' worth: DNS may have failed for a moment. */
const ATTEMPTS_AT_A_NAME = 4;

const adviceOnName = (host: string) =>
  `the name ${host} cannot be resolved (DNS). Either the address is mistyped: check it in config.yaml. Or this network has no DNS: check it, or the VPC and its subnets`;

const UNKNOWN_ISSUER = `this machine does not trust its certificate. A proxy that inspects TLS causes this. Set it so that it does not inspect this address, or make its certificate known: ${INSPECTING_PROXY_SECTION}`;
const OUT_OF_DATE =
  "its certificate is not valid at this machine's time. Check the clock here. If it is right, the owner of the address or of a proxy in between must renew the certificate";

/** By Node's code: faults that no retry mends. Nothing was sent. */
const LASTING: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_ISSUER,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_ISSUER,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_ISSUER,
  CERT_HAS_EXPIRED: OUT_OF_DATE,
  CERT_NOT_YET_VALID: OUT_OF_DATE,
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate is for another host. Check the address in config.yaml. Or a proxy or a sign-in page answers in its place',
  PROXY_407:
    'the proxy wants credentials, or refuses those it got (407). Deployed: check the SSM parameter network.proxy_credentials_parameter. On this machine: put user:password into PROXY_CREDENTIALS or into HTTPS_PROXY',
  ERR_INVALID_CHAR:
    'the token has a character that cannot be sent. It may be an invisible one, pasted along with it. Put the token in again',
};
