/** One POST over got, with the limits and the silence that both JumpCloud and Logz.io need. */
import type { IncomingHttpHeaders } from 'node:http';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import got, { RequestError } from 'got';
import { GrowingBody } from '../growing-body.ts';
import { adviceOnLasting } from './lasting-faults.ts';

export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
  /** From the first byte sent to the last byte received. */
  readonly timeoutMs: number;
  /** An answer that grows beyond this many bytes (unpacked) is cut off. */
  readonly maxAnswerBytes: number;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** A large one is the caller's to give back; see memory.ts. */
  readonly body: Buffer;
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

export type HttpErrorReason =
  | 'not sent'
  | 'no connection'
  | 'broken off'
  | 'timed out'
  | 'answer too large'
  | 'given up';

/**
 * A request without a usable answer. It deliberately has no `cause`: got's errors print the URL, which carries Logz.io's
 * token, and the headers, which carry JumpCloud's key.
 */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly reason: HttpErrorReason;
  /** False only when the other side cannot have received the request. */
  readonly mayHaveArrived: boolean;
  /** What to do about a fault that another attempt does not mend; undefined for one that may pass. */
  readonly advice: string | undefined;

  constructor(reason: HttpErrorReason, code: string, mayHaveArrived: boolean) {
    super(`${reason} (${code})`);
    this.reason = reason;
    this.mayHaveArrived = mayHaveArrived;
    this.advice = adviceOnLasting(code);
  }

  get retryable(): boolean {
    return this.reason !== 'given up' && this.advice === undefined;
  }

  /** The message, with what to do where that is known. */
  get explained(): string {
    return this.advice === undefined ? this.message : `${this.message}; ${this.advice}`;
  }
}

/** A connection that takes longer is as good as none. */
const CONNECT_TIMEOUT_MS = 10_000;
/** Errors of the phases before the first byte of the request is sent. */
const BEFORE_SENDING = new Set([
  'ECONNREFUSED',
  'ERR_PROXY_TUNNEL',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
]);
const CONNECT_PHASES = new Set(['lookup', 'connect', 'secureConnect', 'socket']);

export interface HttpOptions {
  /** `http://[user:password@]host:port` for requests to anything but loopback; absent: `HTTPS_PROXY` and `NO_PROXY` rule. */
  readonly proxy?: string;
}

/** A client whose connections can be closed: after a freeze between two invocations they would be dead, and look ambiguous. */
export type ClosablePost = Post & { disconnect(): void };

/** Makes the one client of a process; its connections are kept alive until `disconnect`, and new ones are made after it. */
export function createPost(options: HttpOptions = {}): ClosablePost {
  const proxyEnv = proxyEnvironment(options.proxy);
  const agent = {
    http: new HttpAgent({ keepAlive: true, proxyEnv }),
    https: new HttpsAgent({ keepAlive: true, proxyEnv }),
  };
  const disconnect = () => {
    agent.http.destroy();
    agent.https.destroy();
  };
  return Object.assign((request: PostRequest) => post(request, agent), { disconnect });
}

function proxyEnvironment(proxy: string | undefined): NodeJS.ProcessEnv {
  const { HTTPS_PROXY, https_proxy, HTTP_PROXY, http_proxy, NO_PROXY, no_proxy } = process.env;
  const noProxy = [NO_PROXY ?? no_proxy, 'localhost', '127.0.0.1', '::1'].filter(Boolean).join(',');
  if (proxy) return { HTTPS_PROXY: proxy, HTTP_PROXY: proxy, NO_PROXY: noProxy };
  return { HTTPS_PROXY: HTTPS_PROXY ?? https_proxy, HTTP_PROXY: HTTP_PROXY ?? http_proxy, NO_PROXY: noProxy };
}

async function post(request: PostRequest, agent: { http: HttpAgent; https: HttpsAgent }): Promise<HttpAnswer> {
  if (request.signal.aborted) throw new HttpError('given up', 'not sent', false);
  const stream = got.stream.post(request.url, {
    headers: request.headers,
    body: request.body,
    agent,
    signal: request.signal,
    // got never retries a POST by itself; this says so where the next reader looks.
    retry: { limit: 0 },
    // A redirect to another host would carry `x-api-key` along.
    followRedirect: false,
    throwHttpErrors: false,
    timeout: { connect: CONNECT_TIMEOUT_MS, secureConnect: CONNECT_TIMEOUT_MS, request: request.timeoutMs },
  });
  let status = 0;
  let headers: IncomingHttpHeaders = {};
  stream.once('response', (response: { statusCode: number; headers: IncomingHttpHeaders }) => {
    status = response.statusCode;
    headers = response.headers;
  });
  const body = new GrowingBody();
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (body.length + chunk.length > request.maxAnswerBytes)
        throw new HttpError('answer too large', `over ${request.maxAnswerBytes} bytes`, true);
      body.add(chunk);
    }
  } catch (error) {
    body.giveUp();
    throw toHttpError(error, request.signal);
  } finally {
    stream.destroy();
  }
  return { status, headers, body: body.end() };
}

function toHttpError(error: unknown, signal: AbortSignal): HttpError {
  if (error instanceof HttpError) return error;
  const code = error instanceof RequestError ? error.code : 'unknown';
  if (signal.aborted) return new HttpError('given up', code, true);
  if (code === 'ETIMEDOUT') {
    const phase = error instanceof Error && 'event' in error ? String(error.event) : 'request';
    return new HttpError('timed out', `${code} in ${phase}`, !CONNECT_PHASES.has(phase));
  }
  if (code === 'ERR_INVALID_CHAR') return new HttpError('not sent', code, false);
  if (BEFORE_SENDING.has(code) || adviceOnLasting(code)) return new HttpError('no connection', code, false);
  return new HttpError('broken off', code, true);
}
