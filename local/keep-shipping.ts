/**
 * Real events from this machine: a run every `time_interval` minutes until it is stopped, the
 * checkpoint in `.local/`.
 */

import type { Runtime } from '../lib/commands/context.ts';
import { organizationsOf } from '../lib/commands/context.ts';
import { createHandler } from '../lib/commands/handler.ts';
import type { EpochMs } from '../lib/platform/time.ts';
import type { Report } from '../lib/ship/report.ts';
import { shortTime, showProgress } from './progress.ts';
import { sayIntroduction, sayRound } from './run-words.ts';
import { sideFiles } from './side-files.ts';
import { statusNotes } from './status-file.ts';
import type { Terminal } from './terminal.ts';
import { invocationOf, type LocalRun, withRuntime } from './with-runtime.ts';

/** After a lease of a killed run has lapsed. */
const LEASE_MARGIN_MS = 500;

export interface LocalShipping extends LocalRun {
  /** One run, or as many as it takes to catch up, instead of one every interval. */
  readonly once: boolean;
  /** How long a run may take; absent: as long as a Lambda may. */
  readonly runMs?: number;
}

/**
 * @returns whether the last run did all it had to
 * @throws LocalSecretsError, LastTimeError; or when the folder is in use
 */
export async function keepShipping(options: LocalShipping): Promise<boolean> {
  return await withRuntime(options, async (runtime) => {
    sayIntroduction(options.terminal, runtime.config, options.once);
    const round = {
      ...options,
      runtime,
      onReached: sideFiles(options, runtime.config),
      noteRound: statusNotes(options),
    };
    return await loop(options, (reports) => run(round, reports));
  });
}

async function loop(options: LocalShipping, runOnce: (reports: Report[]) => Promise<boolean>): Promise<boolean> {
  const { terminal, config, once, signal, clock } = options;
  const intervalMs = config.jumpcloud.settings.timeIntervalMinutes * 60_000;
  for (;;) {
    const startedAt = clock.now();
    const reports: Report[] = [];
    const isDone = await runOnce(reports);
    const pauseMs = pauseAfter(reports, isDone, once ? undefined : startedAt + intervalMs, clock.now());
    // The clock may have been set back by days during the run.
    const waitMs = pauseMs && Math.min(pauseMs, intervalMs);
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
    terminal.say(`${stream} was read only up to ${shortTime(watermark)}. Nothing is lost: start it again.`);
  return behind.length === 0;
}

/** @returns undefined when there is no next run */
function pauseAfter(
  reports: readonly Report[],
  isDone: boolean,
  next: EpochMs | undefined,
  now: EpochMs,
): number | undefined {
  const heldUntil = Math.max(...reports.map((report) => report.heldUntil ?? 0), 0);
  if (heldUntil > 0) return Math.max(0, heldUntil + LEASE_MARGIN_MS - now);
  // One that came no further would do the same again at once, and again.
  if (isDone && reports.some(({ caughtUp, moved }) => !caughtUp && moved)) return 0;
  return next && Math.max(0, next - now);
}

interface Round extends Pick<LocalShipping, 'terminal' | 'runMs'> {
  readonly runtime: Runtime;
  /** Called with the watermark of the stream that is furthest behind. */
  readonly onReached: (watermark: EpochMs) => void;
  /** Called after every round, with what failed in it. */
  readonly noteRound: (reports: readonly Report[], failure?: string) => void;
}

/**
 * One run of every organization.
 * @returns false when one of them failed; what failed has been said.
 */
async function run({ terminal, runtime, runMs, onReached, noteRound }: Round, reports: Report[]): Promise<boolean> {
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
    noteRound(reports);
    const reached = reports.filter((report) => report.heldUntil === undefined).map((report) => report.watermark);
    if (reached.length > 0) onReached(Math.min(...reached));
    return true;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    noteRound(reports, text);
    terminal.say(terminal.style(`${shortTime(clock.now())}  Failed: ${text}`, 'red'));
    return false;
  }
}
