/**
 * What a backfill costs in requests, and how its time depends on JumpCloud's: `npx node
 * bench/backfill.ts [events] [latency ms] [slices at once]`. Everything in one process, so that
 * rates are those of one processor shared by all sides.
 */

import { driveBackfill, type Engine } from '../lib/backfill/drive.ts';
import { createHandler } from '../lib/commands/handler.ts';
import { parseConfig } from '../lib/config/parse.ts';
import { createPost } from '../lib/platform/http-client.ts';
import { system } from '../lib/platform/outside.ts';
import { givenSecret } from '../lib/platform/secrets.ts';
import { Table } from '../lib/state/table.ts';
import { inProcessEngine } from '../local/in-process-engine.ts';
import { localDynamoDb } from '../local/local-runtime.ts';
import { startDynamoDb } from '../simulators/dynamodb.ts';
import { SIMULATED_API_KEY, startJumpcloud } from '../simulators/jumpcloud.ts';
import { SIMULATED_SHIPPING_TOKEN, startLogzio } from '../simulators/logzio.ts';
import { makeEvents } from '../simulators/make-events.ts';

const [events = 300_000, latencyMs = 0, atOnce = 5] = process.argv.slice(2).map(Number);
const DAY_MS = 86_400_000;
const RUN_MS = 15 * 60_000;
const table = 'bench';

const now = Date.now();
const jumpcloud = await startJumpcloud({ latencyMs });
jumpcloud.add(makeEvents({ count: events, seed: 1, from: now - 90 * DAY_MS, to: now - DAY_MS, bytes: 677 }));
const logzio = await startLogzio();
const database = await startDynamoDb({ table });
const dynamodb = localDynamoDb(database.endpoint);
const calls = new Map<string, number>();
dynamodb.middlewareStack.add(
  (next, { commandName = '' }) =>
    (args) => {
      calls.set(commandName, (calls.get(commandName) ?? 0) + 1);
      return next(args);
    },
  { step: 'initialize' },
);
const { config } = parseConfig(
  { logzio: { url: logzio.url }, jumpcloud_api: { url: jumpcloud.url, start_date: '-1d' } },
  {},
  now,
);
const quiet = () => undefined;
const handle = createHandler({
  ...system,
  config,
  metrics: { write: quiet },
  table: new Table(dynamodb, table),
  jumpcloudSecret: givenSecret('jumpcloud', SIMULATED_API_KEY),
  logzioSecret: givenSecret('logzio', SIMULATED_SHIPPING_TOKEN),
  post: createPost(),
  log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
});
const invoke = (request: object) => {
  const endsAt = Date.now() + RUN_MS;
  return handle(request, { getRemainingTimeInMillis: () => endsAt - Date.now() });
};
await invoke({});
calls.clear();
const before = jumpcloud.requests.length;

let operations = 0;
const engine = inProcessEngine(invoke, system.clock, new AbortController().signal);
const counting: Engine = {
  ...engine,
  ask: (name, request) => {
    operations++;
    return engine.ask(name, request);
  },
  askAll: (name, requests, lanes) => {
    operations += 1 + requests.length;
    return engine.askAll(name, requests, lanes);
  },
};
const startedAt = performance.now();
const processorBefore = process.cpuUsage();
const totals = await driveBackfill(counting, { start_time: '-90d', max_concurrency: atOnce });
const seconds = (performance.now() - startedAt) / 1000;
const used = process.cpuUsage(processorBefore);
const asked = jumpcloud.requests.slice(before);
const show = {
  message: totals.message,
  seconds: Math.round(seconds * 10) / 10,
  eventsPerSecond: Math.round(events / seconds),
  processorSecondsOfAllSides: Math.round((used.user + used.system) / 1e5) / 10,
  slices: totals.slices,
  operations,
  counts: asked.filter(({ path }) => path.endsWith('/count')).length,
  pages: asked.filter(({ path }) => path.endsWith('/events')).length,
  bulks: logzio.requests.length,
  dynamoDb: Object.fromEntries(calls),
};
process.stdout.write(`${JSON.stringify(show, null, 2)}\n`);
dynamodb.destroy();
await Promise.all([jumpcloud.close(), logzio.close(), database.close()]);
