/**
 * A backfill from this machine: the same plan, slices and totals, with the checkpoints in
 * `.local/`.
 */

import { driveBackfill, type Engine, LATE_EVENTS } from '../lib/backfill/drive.ts';
import type { BackfillRequest, BackfillStart, Totals } from '../lib/backfill/protocol.ts';
import { createHandler } from '../lib/commands/handler.ts';
import type { Clock } from '../lib/platform/outside.ts';
import type { BackfillScreen } from './backfill-screen.ts';
import { inProcessEngine } from './in-process-engine.ts';
import { shortTime } from './progress.ts';
import type { Terminal } from './terminal.ts';
import { invocationOf, type LocalRun, openRuntime } from './with-runtime.ts';

const LOOK_EVERY_MS = 1_000;

export interface LocalBackfill extends Omit<LocalRun, 'askYesNo'> {
  readonly start: BackfillStart;
  readonly screen: BackfillScreen;
}

/**
 * @throws BackfillFailedError, LocalSecretsError; whatever `signal` says; or when the folder is in
 * use
 */
export async function backfillHere(options: LocalBackfill): Promise<Totals> {
  const { start, terminal, clock, signal } = options;
  const { runtime, state } = await openRuntime(options);
  terminal.say(`Backfill from ${start.start_time}, from this machine. Ctrl-C stops it safely.`);
  const handle = createHandler(runtime);
  const ask = (request: BackfillRequest) => handle(request, invocationOf(clock));
  const finished = new AbortController();
  const watching = watch(ask, options, finished.signal);
  try {
    return await driveBackfill(tellingEngine(inProcessEngine(ask, clock, signal), terminal, clock), start);
  } finally {
    finished.abort();
    await watching;
    await state.close();
  }
}

/** Says what is waited for, and how long. */
function tellingEngine(engine: Engine, terminal: Terminal, clock: Clock): Engine {
  return {
    ...engine,
    wait(name, ms) {
      const until = shortTime(clock.now() + ms);
      terminal.say(
        name === LATE_EVENTS
          ? `All events of now are sent. Late ones may come until ${until}; waiting. Ctrl-C is safe.`
          : `Waiting until ${until}: ${name}. Ctrl-C is safe.`,
      );
      return engine.wait(name, ms);
    },
  };
}

async function watch(
  ask: (request: BackfillRequest) => Promise<object>,
  { start: { start_time, end_time, org_id }, screen, clock }: LocalBackfill,
  finished: AbortSignal,
): Promise<void> {
  const range = { start_time, ...(end_time !== undefined && { end_time }), ...(org_id !== undefined && { org_id }) };
  while (!finished.aborted) {
    const totals = await ask({ backfill: 'status', ...range }).catch(() => ({}));
    if ('slices' in totals && !finished.aborted) screen.show(totals as Totals);
    await clock.timer(LOOK_EVERY_MS, finished).catch(() => undefined);
  }
}
