/**
 * `npm start` without configuration: the real handler ships a made-up day between simulators, and
 * every event is counted.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SSMClient } from '@aws-sdk/client-ssm';
import { createHandler } from '../lib/commands/handler.ts';
import type { Config } from '../lib/config/config.ts';
import { parseConfig } from '../lib/config/parse.ts';
import { createPost } from '../lib/platform/http-client.ts';
import { ssmSecret } from '../lib/platform/secrets.ts';
import { HOUR_MS } from '../lib/platform/time.ts';
import type { Report } from '../lib/ship/report.ts';
import { Table } from '../lib/state/table.ts';
import { compareArrivals } from '../simulators/arrivals.ts';
import { type EmbeddedAws, startAws } from '../simulators/aws.ts';
import { EMBEDDED_CREDENTIALS, EMBEDDED_REGION } from '../simulators/aws-answers.ts';
import { lockFolder } from '../simulators/folder-lock.ts';
import { type JumpcloudSimulator, SIMULATED_API_KEY, startJumpcloud } from '../simulators/jumpcloud.ts';
import { type LogzioSimulator, SIMULATED_SHIPPING_TOKEN, startLogzio } from '../simulators/logzio.ts';
import { privateFolder } from '../simulators/own-files.ts';
import { sampleDay } from '../simulators/sample-day.ts';
import { sayArrivals, sayHowToGoOn, sayIntroduction, sayResult } from './demo-words.ts';
import { endOnDiskFault } from './end-on-disk-fault.ts';
import { localDynamoDb, localLog, localParts, TABLE } from './local-runtime.ts';
import { showProgress } from './progress.ts';
import type { Terminal } from './terminal.ts';
import { invocationOf } from './with-runtime.ts';

/** The day ends this long ago: a run leaves the last `source_lag` (30 s) to the next one. */
const DAY_ENDED_MS = 60_000;
/** Small pages from a JumpCloud that takes its time: otherwise there would be nothing to see. */
const PAGE_EVENTS = 500;
const PAGE_LATENCY_MS = 60;
const RUN_MS = 120_000;

/**
 * @param folder `.local` of the project
 * @returns whether every event arrived exactly once
 */
export async function runDemo(terminal: Terminal, folder: string, signal: AbortSignal): Promise<boolean> {
  const demoFolder = join(folder, 'demo');
  privateFolder(folder);
  privateFolder(demoFolder);
  const unlock = await lockFolder(demoFolder);
  const ignoreFaults = endOnDiskFault(folder, 'The trial run ends here.');
  const file = join(folder, 'logzio.ndjson');
  await rm(file, { force: true });
  await rm(join(demoFolder, 'dynamodb'), { recursive: true, force: true });
  const parts: { close(): Promise<void> }[] = [{ close: unlock }];
  try {
    const jumpcloud = await startJumpcloud({ latencyMs: PAGE_LATENCY_MS });
    parts.unshift(jumpcloud);
    const logzio = await startLogzio({ file });
    parts.unshift(logzio);
    const end = Date.now() - DAY_ENDED_MS;
    const config = demoConfig(jumpcloud, logzio, end);
    const parameters = {
      [config.logzio.tokenParameter]: SIMULATED_SHIPPING_TOKEN,
      [config.jumpcloud.credentials.tokenParameter]: SIMULATED_API_KEY,
    };
    const aws = await startAws({ table: TABLE, path: join(demoFolder, 'dynamodb'), parameters });
    parts.unshift(aws);
    return await shipTheDay({ terminal, jumpcloud, logzio, aws, config, end, file, signal });
  } finally {
    for (const part of parts) await part.close();
    ignoreFaults();
  }
}

interface Stage {
  readonly terminal: Terminal;
  readonly jumpcloud: JumpcloudSimulator;
  readonly logzio: LogzioSimulator;
  readonly aws: EmbeddedAws;
  readonly config: Config;
  readonly end: number;
  readonly file: string;
  readonly signal: AbortSignal;
}

async function shipTheDay(stage: Stage): Promise<boolean> {
  const { terminal, jumpcloud, logzio, end, file } = stage;
  const day = sampleDay({ end });
  const late = day.filter((event) => (event.visibleAt ?? 0) > end);
  jumpcloud.add(day.filter((event) => !late.includes(event)));
  sayIntroduction(terminal, { jumpcloud, logzio, aws: stage.aws, events: day.length - late.length });
  const run = prepareRuns(stage);

  terminal.say(terminal.style('Run 1: the whole day', 'bold'));
  sayResult(terminal, await run());
  terminal.say(terminal.style('Run 2: nothing may be shipped again', 'bold'));
  const second = await run();
  sayResult(terminal, second);
  terminal.say(terminal.style('Run 3: late events have become visible at JumpCloud meanwhile', 'bold'));
  jumpcloud.add(late.map((event) => ({ ...event, visibleAt: 0 })));
  const third = await run();
  sayResult(terminal, third);

  const arrivals = compareArrivals(jumpcloud.visible(), logzio.lines, third.watermark);
  sayArrivals(terminal, arrivals, logzio.spoilt, third.waitingInQuarantine);
  const faults = arrivals.missing + arrivals.repeated + arrivals.unknown + logzio.spoilt.length;
  const isRight = faults === 0 && second.shipped === 0 && third.shipped === late.length && third.caughtUp;
  if (isRight) sayHowToGoOn(terminal, file);
  return isRight;
}

/** Each run is an invocation of a new instance, as Lambda would start it. */
function prepareRuns({ terminal, aws, config, signal }: Stage): () => Promise<Report> {
  const dynamodb = localDynamoDb(aws.dynamoDb.endpoint);
  const ssm = new SSMClient({ endpoint: aws.ssm.endpoint, region: EMBEDDED_REGION, credentials: EMBEDDED_CREDENTIALS });
  const log = localLog(terminal.say, process.env.LOG_LEVEL);
  return async () => {
    const parts = localParts(log);
    const reports: Report[] = [];
    const handle = createHandler({
      ...parts,
      config,
      table: new Table(dynamodb, TABLE),
      jumpcloudSecret: ssmSecret(ssm, config.jumpcloud.credentials.tokenParameter),
      logzioSecret: ssmSecret(ssm, config.logzio.tokenParameter),
      post: createPost(),
      signal,
      onProgress: showProgress(terminal, parts.clock),
      onRun: (report) => void reports.push(report),
    });
    await handle({}, invocationOf(parts.clock, RUN_MS));
    const report = reports[0];
    if (report === undefined) throw new Error('the handler ended without a report');
    if (signal.aborted) throw signal.reason;
    return report;
  };
}

function demoConfig(jumpcloud: JumpcloudSimulator, logzio: LogzioSimulator, end: number): Config {
  const document = {
    logzio: { url: logzio.url },
    jumpcloud_api: {
      url: jumpcloud.url,
      start_date: new Date(end - 25 * HOUR_MS).toISOString(),
      settings: { limit: PAGE_EVENTS },
    },
  };
  return parseConfig(document, {}, Date.now()).config;
}
