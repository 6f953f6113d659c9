/** Opens what a run on this machine needs, in `.local/`, and closes it afterwards. */

import type { Invocation, Result, Runtime } from '../lib/commands/context.ts';
import { createHandler } from '../lib/commands/handler.ts';
import type { Config } from '../lib/config/config.ts';
import { createPost } from '../lib/platform/http-client.ts';
import type { Clock } from '../lib/platform/outside.ts';
import { proxiesFrom } from '../lib/platform/proxy.ts';
import { localLog, localParts } from './local-runtime.ts';
import { localSecrets } from './local-secrets.ts';
import { openState } from './local-state.ts';
import { shortTime } from './progress.ts';
import { reportWaits } from './report-waits.ts';
import type { Terminal } from './terminal.ts';
import { whereToBegin } from './where-to-begin.ts';

/** As long as a Lambda may run; what is left then is the next run's, which follows at once. */
const RUN_MS = 15 * 60_000;

export interface LocalRun {
  readonly terminal: Terminal;
  /** `.local` of the project; made readable by its owner only. */
  readonly folder: string;
  readonly config: Config;
  /** Ends it in good order. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Asks a person; absent where nobody can be asked. */
  readonly askYesNo?: (question: string) => Promise<boolean>;
}

/**
 * What a run needs whatever it is for; the state is the caller's to close.
 * @throws LocalSecretsError; or when the folder is in use
 */
export async function openRuntime({ terminal, folder, config, signal, clock }: Omit<LocalRun, 'askYesNo'>) {
  const secrets = localSecrets(config);
  const post = createPost(proxiesFrom(process.env, config.network.proxy, process.env.PROXY_CREDENTIALS));
  const state = await openState(folder, config);
  const log = localLog(terminal.say, process.env.LOG_LEVEL);
  const parts = { ...localParts(log), ...reportWaits(clock, log, terminal.say), ...secrets };
  const runtime: Runtime = { ...parts, config, table: state.table, post, signal };
  return { runtime, state, disconnect: post.disconnect };
}

/** @throws LocalSecretsError, LastTimeError; or when the folder is in use */
export async function withRuntime<T>(options: LocalRun, use: (runtime: Runtime) => Promise<T>): Promise<T> {
  const { runtime, state, disconnect } = await openRuntime(options);
  const { terminal, config, signal, clock } = options;
  try {
    const startDate = await whereToBegin(options, state);
    return await use({ ...runtime, disconnect, config: { ...config, jumpcloud: { ...config.jumpcloud, startDate } } });
  } finally {
    if (signal.aborted) terminal.say(`Stopped ${shortTime(clock.now())}; the checkpoint is in ${state.path}.`);
    await state.close();
  }
}

/** Runs one command on this machine's checkpoint. */
export async function answerHere(options: LocalRun, command: unknown): Promise<Result> {
  const { askYesNo: _, ...unasked } = options;
  return await withRuntime(unasked, (runtime) => createHandler(runtime)(command, invocationOf(runtime.clock)));
}

export function invocationOf(clock: Clock, runMs = RUN_MS): Invocation {
  const endsAt = clock.now() + runMs;
  return { getRemainingTimeInMillis: () => endsAt - clock.now() };
}
