/** POSTs over got, through a proxy where one is named. No error of got leaves this file. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { SSMClient } from '@aws-sdk/client-ssm';
import got, { type RequestError } from 'got';
import { type HttpAnswer, HttpError, type Post, type PostRequest } from './http.ts';
import { type Proxies, proxiesFrom, proxyFor } from './proxy.ts';
import { type SecretForm, ssmSecret } from './secrets.ts';

/** A connection that takes longer is as good as none. */
const CONNECT_TIMEOUT_MS = 10_000;
const PROXY_WANTS_CREDENTIALS = 407;

/** Its connections can be closed: after a freeze they would be dead, and look ambiguous. */
export type ClosablePost = Post & { disconnect(): void };

/** Makes a process's one client, which keeps connections until `disconnect`. */
export function createPost(proxies: Proxies | (() => Promise<Proxies>) = proxiesFrom(process.env)): ClosablePost {
  const agents = new Map<string | undefined, Agents>();
  const send: Post = async (request) => {
    const proxy = proxyFor(request.url, typeof proxies === 'function' ? await proxies() : proxies)?.href;
    const through = agents.get(proxy) ?? agentsThrough(proxy);
    agents.set(proxy, through);
    const answer = await post(request, through, proxy !== undefined);
    if (proxy !== undefined && answer.status === PROXY_WANTS_CREDENTIALS) throw refusedByProxy();
    return answer;
  };
  const disconnect = () => {
    for (const { http, https } of agents.values()) {
      http.destroy();
      https.destroy();
    }
  };
  return Object.assign(send, { disconnect });
}

const USER_AND_PASSWORD: SecretForm = { pattern: /^[^\s:]+:\S+$/, expected: 'user:password without spaces' };

/** The client that the settings ask for. A proxy's credentials are read from SSM when needed. */
export function proxiedPost(
  { proxy, proxyCredentialsParameter: parameter }: { proxy?: string; proxyCredentialsParameter?: string },
  ssm: Pick<SSMClient, 'send'>,
): ClosablePost {
  if (proxy === undefined) return createPost();
  // Not through a proxy that the environment names: that one must not see these credentials.
  const { no_proxy, NO_PROXY } = process.env;
  const exceptions = { no_proxy, NO_PROXY };
  if (parameter === undefined) return createPost(proxiesFrom(exceptions, proxy));
  const credentials = ssmSecret(ssm, parameter, USER_AND_PASSWORD);
  return createPost(async () => proxiesFrom(exceptions, proxy, await credentials.read()));
}

type Agents = ReturnType<typeof agentsThrough>;

function agentsThrough(proxy: string | undefined) {
  // Ends a tunnel that the proxy never opens, and an idle connection, but no slow answer.
  const options = { keepAlive: true, timeout: CONNECT_TIMEOUT_MS };
  const through = proxy && { proxyEnv: { HTTPS_PROXY: proxy, HTTP_PROXY: proxy } };
  return { http: new HttpAgent({ ...options, ...through }), https: new HttpsAgent({ ...options, ...through }) };
}

async function post(request: PostRequest, agent: Agents, isProxied: boolean): Promise<HttpAnswer> {
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
    const { connect, secureConnect } = stream.timings ?? {};
    // A tunnel's socket is handed over once TLS is spoken through it: got sees no `secureConnect`.
    const isDirectTls = request.url.startsWith('https:') && !isProxied;
    const isConnected = (isDirectTls ? secureConnect : connect) !== undefined;
    if (!timedOut.aborted || request.signal.aborted) throw toHttpError(error, request, isConnected);
    throw new HttpError('timed out', isConnected ? 'no answer' : 'no connection', isConnected);
  } finally {
    stream.destroy();
  }
  const body = Buffer.concat(chunks);
  const { statusCode = 0, headers = {} } = stream.response ?? {};
  const cut = bytes > body.length ? { wholeBytes: bytes } : {};
  // Only `set-cookie` would be a list.
  return { status: statusCode, headers: headers as HttpAnswer['headers'], body, ...cut };
}

const refusedByProxy = () => new HttpError('no connection', 'PROXY_407', false);

/**
 * got's error ends here: it holds the address with its token, and the headers.
 * @param isConnected false: nothing of the request was sent yet
 */
function toHttpError(error: unknown, { url, signal }: PostRequest, isConnected: boolean): HttpError {
  if (error instanceof HttpError) return error;
  const { code = 'unknown', cause } = error as RequestError;
  if (signal.aborted) return new HttpError('given up', code, isConnected);
  if ((cause as { statusCode?: number } | undefined)?.statusCode === PROXY_WANTS_CREDENTIALS) return refusedByProxy();
  if (code === 'ERR_INVALID_CHAR') return new HttpError('not sent', code, false);
  if (isConnected) return new HttpError('broken off', code, true);
  return new HttpError('no connection', code, false, new URL(url).hostname);
}
