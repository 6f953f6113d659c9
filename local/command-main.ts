/** Runs `npm run status`, `npm run dry-run` and `npm run quarantine`, in AWS or on this machine. */

import { join } from 'node:path';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Result } from '../lib/commands/context.ts';
import { ConfigError } from '../lib/config/fault.ts';
import { InputError } from '../lib/config/given-instant.ts';
import { readConfig } from '../lib/config/read.ts';
import { systemClock } from '../lib/platform/system.ts';
import { type CommandArguments, HELP, type Name, parseCommand } from './command-arguments.ts';
import { CommandLineError } from './command-line.ts';
import { isDone, showAnswer } from './command-screen.ts';
import { LocalSecretsError } from './local-secrets.ts';
import { CloudError, runCommand, stackOutputs } from './stack.ts';
import { isWell } from './status.ts';
import { statusOf } from './status-cloud.ts';
import { readStatus } from './status-file.ts';
import { showStatus } from './status-screen.ts';
import { createTerminal, type Terminal } from './terminal.ts';
import { answerHere } from './with-runtime.ts';

/** What is wrong lies in how it was started. */
const USER_ERRORS = [CommandLineError, ConfigError, InputError, LocalSecretsError];
const EXIT = { done: 0, notDone: 1, wrongUse: 2, interrupted: 130 } as const;

export async function commandMain(name: Name, words: readonly string[]): Promise<number> {
  const interrupt = new AbortController();
  const onInterrupt = () => {
    // The second one does not wait for anything.
    if (interrupt.signal.aborted) process.exit(EXIT.interrupted);
    interrupt.abort(new Error('interrupted'));
  };
  process.on('SIGINT', onInterrupt).on('SIGTERM', onInterrupt);
  try {
    const wanted = parseCommand(name, words);
    if (wanted.help) {
      process.stdout.write(HELP[name]);
      return EXIT.done;
    }
    const isGood = await (name === 'status' ? status : answer)(wanted, interrupt.signal);
    return isGood ? EXIT.done : EXIT.notDone;
  } catch (error) {
    if (interrupt.signal.aborted) return EXIT.interrupted;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return USER_ERRORS.some((kind) => error instanceof kind) ? EXIT.wrongUse : EXIT.notDone;
  } finally {
    process.off('SIGINT', onInterrupt).off('SIGTERM', onInterrupt);
  }
}

async function status({ local, json, stack }: CommandArguments, signal: AbortSignal): Promise<boolean> {
  const found = local ? readStatus(localFolder()) : await statusOf(stack, systemClock, signal);
  if (found === undefined)
    throw new CloudError(`No run has ended on this machine yet: ${localFolder()} has no status. Start it: npm start`);
  const now = systemClock.now();
  if (json) printJson({ ok: isWell(found, now), ...found });
  else showStatus(screen(process.stdout), found, now);
  return isWell(found, now);
}

async function answer(wanted: CommandArguments, signal: AbortSignal): Promise<boolean> {
  const result = await (wanted.local ? askHere(wanted, signal) : askStack(wanted, signal));
  if (wanted.json) printJson(result);
  else showAnswer(screen(process.stdout), result);
  return isDone(result);
}

async function askStack({ stack, ask }: CommandArguments, signal: AbortSignal): Promise<Result> {
  const { FunctionName } = await stackOutputs(stack);
  if (!FunctionName)
    throw new CloudError(`The stack ${stack} is not one of this program: it has no output FunctionName. See --stack.`);
  // Never asked twice: a replay would ship twice.
  const lambda = new LambdaClient({ maxAttempts: 1 });
  try {
    return await runCommand(lambda, FunctionName, ask, signal);
  } finally {
    lambda.destroy();
  }
}

/** Standard output is for the answer; what else is said goes to standard error. */
async function askHere({ ask }: CommandArguments, signal: AbortSignal): Promise<Result> {
  const terminal = screen(process.stderr);
  const { config, warnings } = readConfig(process.cwd(), process.env, systemClock.now());
  for (const warning of warnings) terminal.say(`Warning: ${warning}`);
  const given = JSON.parse(JSON.stringify(ask)); // without the keys that have no value
  return await answerHere({ terminal, folder: localFolder(), config, signal, clock: systemClock }, given);
}

function screen(output: NodeJS.WriteStream): Terminal {
  return createTerminal(output, process.env);
}

function localFolder(): string {
  return join(process.cwd(), '.local');
}

function printJson(value: object): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
