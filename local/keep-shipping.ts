/**
 * Real events from this machine: a run every `time_interval` minutes until it is stopped, the
 * checkpoint in `.local/`.
 */
import { createHandler } from '../lib/commands/handler.ts';
import type { Invocation, Result } from '../lib/commands/invocation.ts';
import { organizationsOf } from '../lib/commands/live-stream.ts';
import type { Runtime } from '../lib/commands/runtime.ts';
import type { Config } from '../lib/config/config.ts';
import type { Clock, EpochMs } from '../lib/platform/clock.ts';
import type { Report } from '../lib/ship/report.ts';
import { localPost } from './local-post.ts';
import { localLog, localParts } from './local-runtime.ts';
import { localSecrets } from './local-secrets.ts';
import { openState } from './local-state.ts';
import { shortTime, showProgress } from './progress.ts';
import { sayIntroduction, sayRound } from './run-words.ts';
import { sideFiles } from './side-files.ts';
import { tellWaits } from './tell-waits.ts';
import type { Terminal } from './terminal.ts';
import { whereToBegin } from './where-to-begin.ts';

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
  /** A command in place of shipping; its answer is printed as JSON. */
  readonly ask?: unknown;
  /** Ends it in good order. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** How long a run may take; absent: as long as a Lambda may. */
  readonly runMs?: number;
  /** Asks a person; absent where nobody can be asked. */
  readonly askYesNo?: (question: string) => Promise<boolean>;
}

/**
 * @returns whether the last run did all it had to
 * @throws LocalSecretsError, LastTimeError; or when the folder is in use
 */
export async function keepShipping(options: LocalShipping): Promise<boolean> {
  const { terminal, folder, signal, clock } = options;
  const secrets = localSecrets(options.config);
  const post = localPost(options.config.network, process.env);
  const state = await openState(folder, options.config);
  try {
    const { ask, askYesNo, ...quiet } = options;
    const beginning = ask === undefined && askYesNo ? { ...quiet, askYesNo } : quiet;
    const startDate = await whereToBegin(beginning, state);
    const config = { ...options.config, jumpcloud: { ...options.config.jumpcloud, startDate } };
    const log = localLog(terminal.say, process.env.LOG_LEVEL);
    const runtime: Runtime = {
      ...localParts(log),
      ...tellWaits(clock, log, terminal.say),
      ...secrets,
      config,
      table: state.table,
      post,
      disconnect: post.disconnect,
      signal,
    };
    if (options.ask !== undefined) return await answer(runtime, options.ask);
    sayIntroduction(terminal, config, options.once);
    const onReached = sideFiles(options, config);
    return await loop(options, (reports) => run({ ...options, runtime, onReached }, reports));
  } finally {
    if (signal.aborted) terminal.say(`Stopped ${shortTime(clock.now())}; the checkpoint is in ${state.path}.`);
    await state.close();
  }
}

async function loop(options: LocalShipping, runOnce: (reports: Report[]) => Promise<boolean>): Promise<boolean> {
  const { terminal, config, once, signal, clock } = options;
  const intervalMs = config.jumpcloud.settings.timeIntervalMinutes * 60_000;
  for (;;) {
    const startedAt = clock.now();
    const reports: Report[] = [];
    const isDone = await runOnce(reports);
    const waitMs = pauseAfter(reports, isDone, once, startedAt + intervalMs, clock.now());
    if (!isDone && waitMs !== undefined && !signal.aborted)
      terminal.say(`Trying again at ${shortTime(clock.now() + waitMs)}.`);
    const isAllThere = isDone && reports.every(({ waitingInQuarantine }) => waitingInQuarantine === 0);
    if (signal.aborted) return isAllThere;
    // Ended with --once: what is left over is no success.
    if (waitMs === undefined) return isAllThere && isCaughtUp(reports, terminal);
    await clock.timer(waitMs, signal).catch(() => undefined);
    if (signal.aborted) return isDone;
  }
}

/** Says which streams are not. */
function isCaughtUp(reports: readonly Report[], terminal: Terminal): boolean {
  const behind = reports.filter(({ caughtUp }) => !caughtUp);
  for (const { stream, watermark } of behind)
    terminal.say(`${stream} came no further than ${shortTime(watermark)}. Nothing is lost: start it again.`);
  return behind.length === 0;
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
  // One that came no further would do the same again at once, and again.
  if (isDone && reports.some(({ caughtUp, moved }) => !caughtUp && moved)) return 0;
  return once ? undefined : Math.max(0, next - now);
}

interface Round extends Pick<LocalShipping, 'terminal' | 'runMs'> {
  readonly runtime: Runtime;
  /** Called with the watermark of the stream that is furthest behind. */
  readonly onReached: (watermark: EpochMs) => void;
}

/**
 * One run of every organization.
 * @returns false when one of them failed; what failed has been said.
 */
async function run({ terminal, runtime, runMs, onReached }: Round, reports: Report[]): Promise<boolean> {
  const { clock, config } = runtime;
  const handle = createHandler({
    ...runtime,
    onProgress: showProgress(terminal, clock, organizationsOf(config).length > 1),
    onRun: (report) => void reports.push(report),
  });
  terminal.progress('  asking JumpCloud…');
  try {
    await handle({}, invocationOf(clock, runMs));
    sayRound(terminal, reports, clock.now());
    const reached = reports.filter((report) => report.heldUntil === undefined).map((report) => report.watermark);
    if (reached.length > 0) onReached(Math.min(...reached));
    return true;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    terminal.say(terminal.style(`${shortTime(clock.now())}  Failed: ${text}`, 'red'));
    return false;
  }
}

/** Runs one command. @returns false where a check found a part wrong */
async function answer(runtime: Runtime, ask: unknown): Promise<boolean> {
  const result = await createHandler(runtime)(ask, invocationOf(runtime.clock));
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  const results = Array.isArray(result.streams) ? (result.streams as Result[]) : [result];
  return results.every(({ ok }) => ok !== false);
}

function invocationOf(clock: Clock, runMs = RUN_MS): Invocation {
  const endsAt = clock.now() + runMs;
  return { getRemainingTimeInMillis: () => endsAt - clock.now() };
}
