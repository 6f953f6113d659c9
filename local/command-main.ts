/** Runs `npm run status`, `npm run dry-run` and `npm run quarantine`, in AWS or on this machine. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Result } from '../lib/commands/context.ts';
import { readConfig } from '../lib/config/read.ts';
import { system } from '../lib/platform/outside.ts';
import { type CommandArguments, HELP, type Name, parseCommand } from './command-arguments.ts';
import { isDone, showAnswer } from './command-screen.ts';
import { interruptible, localFolder } from './program.ts';
import { CloudError, outputsOfShipper, runCommand } from './stack.ts';
import { isWell } from './status.ts';
import { statusOf } from './status-cloud.ts';
import { readStatus } from './status-file.ts';
import { showStatus } from './status-screen.ts';
import { createTerminal, type Terminal } from './terminal.ts';
import { answerHere } from './with-runtime.ts';

export async function commandMain(name: Name, words: readonly string[]): Promise<number> {
  for (const output of [process.stdout, process.stderr]) output.on('error', ignoreGoneReader);
  return await interruptible(async (signal) => {
    const wanted = parseCommand(name, words);
    if (wanted.help) {
      process.stdout.write(HELP[name]);
      return true;
    }
    // npm drops a --local that has no -- before it, and leaves no trace: so say who is asked.
    if (!wanted.local && !wanted.json)
      screen(process.stderr).say(`Asking the stack ${wanted.stack}. For this machine, add: -- --local`);
    return await (name === 'status' ? status : answer)(wanted, signal);
  });
}

/** Of `| head -1`, say: a replay goes on to its end, and the exit code is the command's own. */
function ignoreGoneReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

async function status({ local, json, stack }: CommandArguments, signal: AbortSignal): Promise<boolean> {
  const found = local ? readStatus(localFolder()) : await statusOf(stack, system.clock, signal);
  if (found === undefined)
    throw new CloudError(`No run has ended on this machine yet: ${localFolder()} has no status. Start it: npm start`);
  const now = system.clock.now();
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
  const { FunctionName } = await outputsOfShipper(stack);
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
  const { config, warnings } = readConfig(process.cwd(), process.env, system.clock.now());
  for (const warning of warnings) terminal.say(`Warning: ${warning}`);
  const given = JSON.parse(JSON.stringify(ask)); // without the keys that have no value
  return await answerHere({ terminal, folder: localFolder(), config, signal, clock: system.clock }, given);
}

function screen(output: NodeJS.WriteStream): Terminal {
  return createTerminal(output, process.env);
}

function printJson(value: object): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
