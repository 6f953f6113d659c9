/**
 * The HTTP server under every simulator: on loopback only, records what it is asked, and lets a
 * test strike with faults.
 */

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { EpochMs } from '../lib/platform/time.ts';
import { type SimulatorAnswer, sendAnswer, sendBroken } from './answer.ts';
import { type Fault, isApplied } from './faults.ts';

/** One request, its body as it came over the wire. */
export interface SimulatorRequest {
  /** 1 for the first request of this server. */
  readonly n: number;
  readonly at: EpochMs;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What tests assert on. */
export interface RecordedRequest {
  readonly n: number;
  readonly at: EpochMs;
  readonly method: string;
  readonly path: string;
  /** Without the leading `?`. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly bodyBytes: number;
  /**
   * What the client saw, or would have seen; absent while the request is open, and where no status
   * was ever sent.
   */
  status?: number;
  fault?: Fault['kind'] | 'reset-before-body';
}

/** May be changed at any time; the next request sees it. */
export interface ServerSettings {
  /** The server's own clock: its `Date` header and all it decides by time. */
  clock: () => EpochMs;
  /** Real milliseconds before any answer. */
  latencyMs: number;
  /** Called for each request after its body was read; `n` is 1 for the first. */
  onRequest?: ((request: SimulatorRequest, n: number) => Fault | undefined | Promise<Fault | undefined>) | undefined;
  /** Called before the body is read: `reset` closes the connection at once. */
  onHeaders?: ((n: number) => 'reset' | undefined) | undefined;
}

export interface ServerOptions {
  readonly settings: ServerSettings;
  readonly handle: (request: SimulatorRequest) => SimulatorAnswer | Promise<SimulatorAnswer>;
  /** The text to record for a body; UTF-8 of it by default. */
  readonly describeBody?: (request: SimulatorRequest) => string;
  /** 0 (the default) for any free port. */
  readonly port?: number;
}

export interface SimulatorServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly requests: RecordedRequest[];
  /** Ends open requests and stops; may be called twice. */
  close(): Promise<void>;
}

/** Starts a server on 127.0.0.1. @throws when the port is taken. */
export async function startServer(options: ServerOptions): Promise<SimulatorServer> {
  const { settings } = options;
  const requests: RecordedRequest[] = [];
  const closing = new AbortController();
  let count = 0;

  const server = createServer((incoming, response) => {
    response.on('error', () => {}); // a client that goes away is its own affair
    incoming.on('error', () => {});
    answer(incoming, response).catch((error: unknown) => {
      if (closing.signal.aborted || response.destroyed) return;
      if (response.headersSent) return void response.destroy();
      response.statusCode = 500;
      response.end(`the simulator itself failed: ${error instanceof Error ? error.stack : String(error)}`);
    });
  });

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const n = ++count;
    const at = settings.clock();
    const url = new URL(incoming.url ?? '/', 'http://simulator');
    const head = { n, at, method: incoming.method ?? '', path: url.pathname, headers: incoming.headers };
    const query = url.search.slice(1);
    if (settings.onHeaders?.(n) === 'reset') {
      requests.push({ ...head, query, body: '', bodyBytes: 0, fault: 'reset-before-body' });
      incoming.socket.resetAndDestroy();
      return;
    }
    const body = Buffer.concat(await Array.fromAsync(incoming as AsyncIterable<Buffer>));
    const request: SimulatorRequest = { ...head, query: url.searchParams, body };
    const text = options.describeBody?.(request) ?? body.toString('utf8');
    const record: RecordedRequest = { ...head, query, body: text, bodyBytes: body.length };
    requests.push(record);
    const fault = await settings.onRequest?.(request, n);
    if (fault !== undefined) record.fault = fault.kind;
    const real = fault === undefined || isApplied(fault) ? await options.handle(request) : undefined;
    if (settings.latencyMs > 0) await wait(settings.latencyMs, undefined, { signal: closing.signal });
    if (fault?.kind === 'delay') await wait(fault.ms, undefined, { signal: closing.signal });
    if (response.destroyed) return;
    response.setHeader('Date', new Date(settings.clock()).toUTCString());
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'reset') return void incoming.socket.resetAndDestroy();
    const shown = fault?.kind === 'answer' ? fault : real;
    if (shown === undefined) return;
    record.status = shown.status;
    const acceptsGzip = /\bgzip\b/.test(String(incoming.headers['accept-encoding'] ?? ''));
    if (fault === undefined || fault.kind === 'answer' || fault.kind === 'delay') {
      await sendAnswer(response, shown, acceptsGzip);
    } else {
      await sendBroken(response, { answer: shown, acceptsGzip }, fault, closing.signal);
    }
  }

  server.keepAliveTimeout = 60_000; // longer than any test leaves a connection idle: no close races
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    async close() {
      closing.abort();
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
