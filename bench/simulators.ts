/**
 * JumpCloud from memory, a listener that only counts, and the embedded AWS, in a process of their
 * own. Leaner than the simulators for trying and testing, so that no measurement waits for them.
 */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { startAws } from '../simulators/aws.ts';
import { History, type HistoryOptions } from './events.ts';

/** What the parent asks for: a fresh world, or what has been asked of the present one so far. */
export type Order = { readonly world: WorldOptions } | 'counts';

export interface WorldOptions {
  /** Absent: JumpCloud has no events. */
  readonly history?: HistoryOptions;
  readonly pageLatencyMs?: number;
  readonly bulkLatencyMs?: number;
}

export interface WorldAddresses {
  readonly jumpcloudUrl: string;
  readonly listenerUrl: string;
  readonly table: string;
  /** Mean length of the history's events. */
  readonly eventBytes: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** Requests since the world began. */
export interface Counts {
  readonly jumpcloud: number;
  readonly logzio: number;
  readonly dynamoDb: number;
}

const TABLE = 'jumpcloud-logzio-bench';
const PARAMETERS = {
  '/jumpcloud-logzio/logzio-token': 'benchShippingToken',
  '/jumpcloud-logzio/jumpcloud-token': 'benchApiKey',
};
const DEFAULT_LIMIT = 1000;
const LARGEST_LIMIT = 10_000;

let options: WorldOptions = {};
let history: History | undefined;
let aws: Awaited<ReturnType<typeof startAws>> | undefined;
let requests = { jumpcloud: 0, logzio: 0 };

const jumpcloud = await listen(async (request, response) => {
  requests.jumpcloud++;
  const query = JSON.parse(await textOf(request));
  await pause(options.pageLatencyMs);
  const limit = Math.min(LARGEST_LIMIT, query.limit ?? DEFAULT_LIMIT);
  const [, lastIndex] = query.search_after ?? [];
  const first = lastIndex === undefined ? (history?.firstAt(Date.parse(query.start_time)) ?? 0) : lastIndex + 1;
  const end = Math.max(first, Math.min(first + limit, history?.firstAt(Date.parse(query.end_time)) ?? 0));
  response.writeHead(200, {
    'Content-Type': 'application/json',
    'X-Result-Count': end - first,
    'X-Limit': limit,
    'X-Search_after': JSON.stringify([history?.instantOf(end - 1) ?? 0, end - 1]),
  });
  for (const piece of end > first && history ? history.page(first, end) : [Buffer.from('[]')]) {
    if (response.destroyed) return;
    if (!response.write(piece)) await drained(response);
  }
  response.end();
});

const listener = await listen(async (request, response) => {
  requests.logzio++;
  for await (const _ of request);
  await pause(options.bulkLatencyMs);
  response.end();
});

process.on('message', async (order: Order) => {
  process.send?.(order === 'counts' ? counts() : await begin(order.world));
});
// Without its parent it is of no use to anybody.
process.on('disconnect', () => process.exit());
process.send?.('ready');

async function begin(world: WorldOptions): Promise<WorldAddresses> {
  await aws?.close();
  aws = await startAws({ table: TABLE, parameters: PARAMETERS });
  options = world;
  history = world.history && new History(world.history);
  requests = { jumpcloud: 0, logzio: 0 };
  return {
    jumpcloudUrl: jumpcloud,
    listenerUrl: listener,
    table: TABLE,
    eventBytes: history?.eventBytes ?? 0,
    environment: aws.environment,
  };
}

function counts(): Counts {
  return { ...requests, dynamoDb: aws?.dynamoDb.requests.length ?? 0 };
}

async function listen(answer: (...exchange: Parameters<RequestListener>) => Promise<void>): Promise<string> {
  const server = createServer((request, response) => {
    // A client that cuts a page off is no fault of ours.
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function textOf(request: IncomingMessage): Promise<string> {
  return Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
}

async function pause(ms = 0): Promise<void> {
  if (ms > 0) await wait(ms);
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve).once('close', resolve);
  });
}
