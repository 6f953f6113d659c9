/** Real events from this machine: a run every `time_interval` minutes until it is stopped, the checkpoint in `.local/`. */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { createHandler } from '../functions/handler.ts';
import type { Clock, EpochMs } from '../lib/clock.ts';
import type { Config } from '../lib/config.ts';
import { readMarks } from '../lib/dynamodb-store.ts';
import type { Post } from '../lib/http.ts';
import { liveStreamName, organizationsOf } from '../lib/live-stream.ts';
import type { Report } from '../lib/report.ts';
import { startDynamoDb } from './embedded-dynamodb.ts';
import { LAST_TIME_FILE, LastTimeError, readLastTime, writeLastTime } from './last-time.ts';
import { localPost } from './local-post.ts';
import { localDynamoDb, localLog, localParts, TABLE } from './local-runtime.ts';
import { localSecrets } from './local-secrets.ts';
import { plural, shortTime, showProgress } from './progress.ts';
import type { Terminal } from './terminal.ts';

/** As long as a Lambda may run; what is left then is the next run's, which follows at once. */
const RUN_MS = 15 * 60_000;
/** After a lease of a killed run has lapsed. */
const LEASE_MARGIN_MS = 500;

export interface LocalShipping {
  readonly terminal: Terminal;
  /** `.local` of the project; made readable by its owner only. */
  readonly folder: string;
  readonly config: Config;
  /** One run, or as many as it takes to catch up, instead of one every interval. */
  readonly once: boolean;
  /** One of an operator's levers, in place of shipping; its answer is printed as JSON. */
  readonly ask?: unknown;
  /** Ends it in good order. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/**
 * @returns whether the last run did all it had to
 * @throws LocalSecretsError, LastTimeError; or when the folder is in use
 */
export async function keepShipping(options: LocalShipping): Promise<boolean> {
  const { terminal, folder, config, signal, clock } = options;
  const secrets = localSecrets(config);
  const post = localPost(config.network, process.env.PROXY_CREDENTIALS);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  // Other users of this machine can reach loopback: the database answers this process only.
  const accessKeyId = randomUUID();
  const table = config.state.table ?? TABLE;
  const database = await startDynamoDb({ table, path: join(folder, 'dynamodb'), onlyFor: accessKeyId });
  const dynamodb = localDynamoDb(database.endpoint, accessKeyId);
  try {
    const started = {
      ...config,
      jumpcloud: { ...config.jumpcloud, startDate: await startOf(options, dynamodb, table) },
    };
    const stated = { dynamodb, table, post, ...secrets };
    if (options.ask !== undefined) return await answer({ ...options, config: started }, stated);
    sayIntroduction(terminal, started);
    return await loop(options, (reports) => run({ ...options, config: started }, stated, reports));
  } finally {
    if (signal.aborted)
      terminal.say(`Stopped ${shortTime(clock.now())}; the checkpoint is in ${join(folder, 'dynamodb')}.`);
    dynamodb.destroy();
    await database.close();
  }
}

/** `lastTime.txt` of the Docker image counts only while there is no checkpoint at all. */
async function startOf({ config, terminal, clock, folder }: LocalShipping, dynamodb: DynamoDBClient, table: string) {
  const { startDate } = config.jumpcloud;
  const found = await dynamodb.send(new ScanCommand({ TableName: table, Limit: 1 }));
  if ((found.Count ?? 0) > 0) {
    await sayWhatCounts({ config, terminal, clock, folder }, dynamodb, table);
    return startDate;
  }
  const lastTime = readLastTime(process.cwd(), clock.now());
  if (lastTime === undefined) return startDate;
  terminal.say(`Beginning at ${shortTime(lastTime)}, as ${LAST_TIME_FILE} says.`);
  return { at: lastTime };
}

/** Whoever wrote another instant into `lastTime.txt` must hear that it is not obeyed; nothing in the file stops the run. */
async function sayWhatCounts(
  { config, terminal, clock, folder }: Pick<LocalShipping, 'config' | 'terminal' | 'clock' | 'folder'>,
  dynamodb: DynamoDBClient,
  table: string,
): Promise<void> {
  let said: EpochMs | undefined;
  try {
    said = readLastTime(process.cwd(), clock.now());
  } catch (error) {
    if (!(error instanceof LastTimeError)) throw error;
    terminal.say(`Warning: ${error.message} The checkpoint in ${folder} counts.`);
  }
  const names = organizationsOf(config).map(liveStreamName);
  const marks = await Promise.all(names.map((name) => readMarks(dynamodb, table, name)));
  const reached = marks.flatMap((mark) => (mark ? [mark.watermark] : []));
  if (said === undefined || reached.length === 0 || reached.includes(said)) return;
  terminal.say(
    `Warning: ${LAST_TIME_FILE} says ${shortTime(said)}, but the checkpoint at ${shortTime(Math.min(...reached))} counts. To begin at ${LAST_TIME_FILE} remove ${folder} first.`,
  );
}

async function loop(options: LocalShipping, runOnce: (reports: Report[]) => Promise<boolean>): Promise<boolean> {
  const { config, once, signal, clock } = options;
  const intervalMs = config.jumpcloud.settings.timeIntervalMinutes * 60_000;
  for (;;) {
    const startedAt = clock.now();
    const reports: Report[] = [];
    const isDone = await runOnce(reports);
    const waitMs = pauseAfter(reports, isDone, once, startedAt + intervalMs, clock.now());
    const isAllThere = isDone && reports.every(({ waitingInQuarantine }) => waitingInQuarantine === 0);
    if (signal.aborted || waitMs === undefined) return isAllThere;
    await clock.timer(waitMs, signal).catch(() => undefined);
    if (signal.aborted) return isDone;
  }
}

/** @returns undefined when there is no next run */
function pauseAfter(
  reports: readonly Report[],
  isDone: boolean,
  once: boolean,
  next: EpochMs,
  now: EpochMs,
): number | undefined {
  const heldUntil = Math.max(...reports.map((report) => report.heldUntil ?? 0), 0);
  if (heldUntil > 0) return Math.max(0, heldUntil + LEASE_MARGIN_MS - now);
  if (isDone && reports.some((report) => !report.caughtUp)) return 0;
  return once ? undefined : Math.max(0, next - now);
}

interface RunParts {
  readonly dynamodb: DynamoDBClient;
  readonly table: string;
  readonly post: Post;
  readonly jumpcloudSecret: ReturnType<typeof localSecrets>['jumpcloudSecret'];
  readonly logzioSecret: ReturnType<typeof localSecrets>['logzioSecret'];
}

/** One run of every organization. @returns false when one of them failed; what failed has been said. */
async function run(
  { terminal, config, signal, clock }: LocalShipping,
  parts: RunParts,
  reports: Report[],
): Promise<boolean> {
  const handle = createHandler({
    ...localParts(localLog(terminal.say, process.env.LOG_LEVEL)),
    ...parts,
    clock,
    config,
    signal,
    onProgress: showProgress(terminal, clock),
    onRun: (report) => void reports.push(report),
  });
  const endsAt = clock.now() + RUN_MS;
  try {
    const { message } = await handle({}, { getRemainingTimeInMillis: () => endsAt - clock.now() });
    const pages = reports.reduce((sum, report) => sum + report.pages, 0);
    terminal.say(`${shortTime(clock.now())}  ${message} (${plural(pages, 'page')})`);
    const reached = reports.filter((report) => report.heldUntil === undefined).map((report) => report.watermark);
    if (reached.length > 0) writeLastTime(process.cwd(), Math.min(...reached));
    return true;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    terminal.say(terminal.style(`${shortTime(clock.now())}  Failed: ${text}`, 'red'));
    return false;
  }
}

/** Pulls one lever. */
async function answer({ terminal, config, signal, clock, ask }: LocalShipping, parts: RunParts): Promise<boolean> {
  const log = localLog(terminal.say, process.env.LOG_LEVEL);
  const handle = createHandler({ ...localParts(log), ...parts, clock, config, signal });
  const endsAt = clock.now() + RUN_MS;
  const result = await handle(ask, { getRemainingTimeInMillis: () => endsAt - clock.now() });
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  return true;
}

function sayIntroduction(terminal: Terminal, { jumpcloud, logzio }: Config): void {
  const minutes = jumpcloud.settings.timeIntervalMinutes;
  terminal.say(
    `JumpCloud ${jumpcloud.url} to Logz.io ${logzio.url}, every ${plural(minutes, 'minute')}. Stop with Ctrl+C.`,
  );
}
