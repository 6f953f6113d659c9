/** One POST over got, with the limits and the silence that both JumpCloud and Logz.io need. */
import type { IncomingHttpHeaders } from 'node:http';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import got, { RequestError } from 'got';
import { adviceOnLasting } from './lasting-faults.ts';
import { type Proxies, proxiesFrom, proxyFor } from './proxy.ts';

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
  readonly headers: IncomingHttpHeaders;
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

export type HttpErrorReason =
  | 'not sent'
  | 'no connection'
  | 'broken off'
  | 'timed out'
  | 'answer too large'
  | 'given up';

/**
 * A request without a usable answer. It deliberately has no `cause`: got's errors print the URL,
 * which carries Logz.io's token, and the headers, which carry JumpCloud's key.
 */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly reason: HttpErrorReason;
  /** False only when the server cannot have received the request. */
  readonly mayHaveArrived: boolean;
  /** What to do about a fault that another attempt hardly mends; undefined: it may pass. */
  readonly advice: string | undefined;

  readonly retryable: boolean;
  /** After so many attempts no further one is likely to help. */
  readonly mostAttempts: number;

  /** @param host that was asked; never the whole address, which may hold a token */
  constructor(reason: HttpErrorReason, code: string, mayHaveArrived: boolean, host?: string) {
    super(`${reason} (${code})`);
    this.reason = reason;
    this.mayHaveArrived = mayHaveArrived;
    const lasting = adviceOnLasting(code);
    const isUnknownName = code === UNKNOWN_NAME;
    this.advice = isUnknownName ? adviceOnName(host) : (lasting ?? (reason === 'no connection' ? WAY_OUT : undefined));
    this.retryable = reason !== 'given up' && lasting === undefined;
    this.mostAttempts = isUnknownName ? ATTEMPTS_AT_A_NAME : Number.POSITIVE_INFINITY;
  }

  /** The message, with what to do where that is known. */
  get explained(): string {
    return this.advice === undefined ? this.message : `${this.message}; ${this.advice}`;
  }
}

export const WAY_OUT =
  'check the address in config.yaml, and whether this network lets requests out (firewall, network.proxy, the subnets of network.vpc_id)';

/** DNS knows no such name. A name server that does not answer is another code, EAI_AGAIN. */
const UNKNOWN_NAME = 'ENOTFOUND';
/** A few seconds' worth: DNS may have failed for a moment. */
const ATTEMPTS_AT_A_NAME = 4;

function adviceOnName(host = 'the host'): string {
  return `nobody here knows the name ${host}. Either the address is mistyped: check it in config.yaml. Or this network has no DNS: check it, or the VPC and its subnets`;
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

/** Its connections can be closed: after a freeze they would be dead, and look ambiguous. */
export type ClosablePost = Post & { disconnect(): void };

/** Makes a process's one client, which keeps connections until `disconnect`. */
export function createPost(proxies: Proxies = proxiesFrom(process.env)): ClosablePost {
  const direct = agentsThrough(undefined);
  const proxied = { https: agentsThrough(proxies.https), http: agentsThrough(proxies.http) };
  const send: Post = async (request) => {
    const proxy = proxyFor(request.url, proxies);
    const agents = proxy === undefined ? direct : request.url.startsWith('https:') ? proxied.https : proxied.http;
    const answer = await post(request, agents);
    if (proxy !== undefined && answer.status === PROXY_WANTS_CREDENTIALS) throw refusedByProxy();
    return answer;
  };
  const disconnect = () => {
    for (const { http, https } of [direct, proxied.https, proxied.http]) {
      http.destroy();
      https.destroy();
    }
  };
  return Object.assign(send, { disconnect });
}

interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

function agentsThrough(proxy: URL | undefined): Agents {
  // Ends a tunnel that the proxy never opens, and an idle connection, but no slow answer.
  const options = { keepAlive: true, timeout: CONNECT_TIMEOUT_MS };
  const through = proxy && { proxyEnv: { HTTPS_PROXY: proxy.href, HTTP_PROXY: proxy.href } };
  return { http: new HttpAgent({ ...options, ...through }), https: new HttpsAgent({ ...options, ...through }) };
}

async function post(request: PostRequest, agent: Agents): Promise<HttpAnswer> {
  if (request.signal.aborted) throw new HttpError('given up', 'not sent', false);
  // One timer over everything: got's own does not see a proxy that never answers.
  const timedOut = AbortSignal.timeout(Math.ceil(request.timeoutMs));
  const stream = got.stream.post(request.url, {
    headers: request.headers,
    body: request.body,
    agent,
    signal: AbortSignal.any([request.signal, timedOut]),
    // got never retries a POST by itself; this says so where the next reader looks.
    retry: { limit: 0 },
    // A redirect to another host would carry `x-api-key` along.
    followRedirect: false,
    throwHttpErrors: false,
    timeout: { connect: CONNECT_TIMEOUT_MS, secureConnect: CONNECT_TIMEOUT_MS },
  });
  let status = 0;
  let headers: IncomingHttpHeaders = {};
  stream.once('response', (response: { statusCode: number; headers: IncomingHttpHeaders }) => {
    status = response.statusCode;
    headers = response.headers;
  });
  const chunks: Buffer[] = [];
  let bytes = 0;
  const room = () => request.maxAnswerBytes - bytes;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (chunk.length > room() && !request.cutsOff)
        throw new HttpError('answer too large', `over ${request.maxAnswerBytes} bytes`, true);
      if (room() > 0) chunks.push(chunk.subarray(0, room()));
      bytes += chunk.length;
    }
  } catch (error) {
    if (timedOut.aborted && !request.signal.aborted) {
      const isConnected = stream.timings?.connect !== undefined;
      throw new HttpError('timed out', isConnected ? 'no answer' : 'no connection', isConnected);
    }
    throw toHttpError(error, request);
  } finally {
    stream.destroy();
  }
  const body = Buffer.concat(chunks);
  return { status, headers, body, ...(bytes > body.length && { wholeBytes: bytes }) };
}

const PROXY_WANTS_CREDENTIALS = 407;

function refusedByProxy(): HttpError {
  return new HttpError('no connection', 'PROXY_407', false);
}

function toHttpError(error: unknown, { url, signal }: PostRequest): HttpError {
  if (error instanceof HttpError) return error;
  const code = error instanceof RequestError ? error.code : 'unknown';
  if (signal.aborted) return new HttpError('given up', code, true);
  if (code === 'ETIMEDOUT') {
    const phase = error instanceof Error && 'event' in error ? String(error.event) : 'request';
    return new HttpError('timed out', `${code} in ${phase}`, !CONNECT_PHASES.has(phase));
  }
  if (code === 'ERR_PROXY_TUNNEL' && tunnelStatus(error) === PROXY_WANTS_CREDENTIALS) return refusedByProxy();
  if (code === 'ERR_INVALID_CHAR') return new HttpError('not sent', code, false);
  if (BEFORE_SENDING.has(code) || adviceOnLasting(code))
    return new HttpError('no connection', code, false, new URL(url).hostname);
  return new HttpError('broken off', code, true);
}

function tunnelStatus(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'statusCode' in cause ? cause.statusCode : undefined;
}
