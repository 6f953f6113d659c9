/** Decides what `npm start` does, and with which exit code it ends. */

import type { Result } from '../lib/commands/context.ts';
import { readConfig } from '../lib/config/read.ts';
import { system } from '../lib/platform/outside.ts';
import { CommandLineError } from './command-line.ts';
import { runDemo } from './demo.ts';
import { keepShipping } from './keep-shipping.ts';
import { EXIT, localFolder, reportError } from './program.ts';
import { askYesNo, Interrupted } from './prompt.ts';
import { HELP, parseStartArguments } from './start-arguments.ts';
import { createTerminal } from './terminal.ts';
import { answerHere } from './with-runtime.ts';

/** How long npm's end may go unnoticed. */
const LOOK_FOR_PARENT_MS = 1_000;
/** An orchestrator kills 30 s after SIGTERM; whatever hangs then is left behind before that. */
const LONGEST_STOP_MS = 29_000;

export async function main(words: readonly string[]): Promise<number> {
  // Of an answer, only the JSON is for standard output.
  const screen = words.some((word) => word.startsWith('--ask')) ? process.stderr : process.stdout;
  const terminal = createTerminal(screen, process.env);
  // Its reader has gone; the work goes on.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => {});
  const { signal, dispose } = stopSignal();
  try {
    const { help, demo, once, ask } = parseStartArguments(words);
    if (help) {
      process.stdout.write(HELP);
      return EXIT.done;
    }
    const folder = localFolder();
    const read = demo ? undefined : readConfig(process.cwd(), process.env, Date.now());
    const isConfigured = read?.fromFile || process.env.LOGZIO_API_TOKEN || process.env.JUMPCLOUD_API_TOKEN;
    if (read === undefined || !isConfigured) {
      if (once || ask)
        throw new CommandLineError('--once and --ask need config.yaml, or both tokens in the environment. See --help.');
      return (await runDemo(terminal, folder, signal)) ? EXIT.done : EXIT.notDone;
    }
    for (const warning of read.warnings) terminal.say(`Warning: ${warning}`);
    const run = { terminal, folder, config: read.config, signal, clock: system.clock };
    if (ask !== undefined) return printAnswer(await answerHere(run, ask));
    return (await keepShipping({ ...run, once, ...(askYesNo && { askYesNo }) })) ? EXIT.done : EXIT.notDone;
  } catch (error) {
    terminal.progress('');
    if (error instanceof Interrupted) return EXIT.interrupted;
    return reportError(error);
  } finally {
    dispose();
  }
}

/** A check that found a part wrong is a failure. */
function printAnswer(answer: Result): number {
  process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
  const results = Array.isArray(answer.streams) ? (answer.streams as Result[]) : [answer];
  return results.every(({ ok }) => ok !== false) ? EXIT.done : EXIT.notDone;
}

/** Aborted by the first SIGINT or SIGTERM; a second one ends the process at once. */
function stopSignal(): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(name === 'SIGINT' ? EXIT.interrupted : 143);
    controller.abort(new Error(`stopped by ${name}`));
    setTimeout(() => process.exit(EXIT.notDone), LONGEST_STOP_MS).unref();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  // A signal to npm is meant for this process; a shell between the two does not always pass the
  // signal on. Started without npm, it outlives the shell it came from, as it should.
  const isNpms = process.env.npm_lifecycle_event === 'start';
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (isNpms && process.ppid !== parent && !controller.signal.aborted) onSignal('SIGTERM');
  }, LOOK_FOR_PARENT_MS);
  watch.unref();
  return {
    signal: controller.signal,
    dispose: () => {
      clearInterval(watch);
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    },
  };
}
