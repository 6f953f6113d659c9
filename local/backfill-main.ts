/** Decides what `npm run backfill` does, and with which exit code it ends. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Totals } from '../lib/backfill/protocol.ts';
import { readConfig } from '../lib/config/read.ts';
import { system } from '../lib/platform/outside.ts';
import { type BackfillArguments, HELP, parseBackfillArguments } from './backfill-arguments.ts';
import { findExecution, findFunctions, startBackfill, watchBackfill } from './backfill-cloud.ts';
import { backfillHere } from './backfill-here.ts';
import { backfillScreen, closingLines } from './backfill-screen.ts';
import { interruptible, localFolder } from './program.ts';
import { stackFlag } from './stack.ts';
import { createTerminal, type Terminal } from './terminal.ts';

export async function backfillMain(words: readonly string[]): Promise<number> {
  const terminal = createTerminal(process.stdout, process.env);
  process.stdout.on('error', () => {}); // its reader has gone; the work goes on
  return await interruptible(async (signal) => {
    const wanted = parseBackfillArguments(words, system.clock.now());
    if (wanted.kind === 'help') {
      process.stdout.write(HELP);
      return true;
    }
    try {
      terminal.say(closingLines(await run(wanted, terminal, signal)).join('\n'));
      return true;
    } finally {
      terminal.progress('');
    }
  });
}

async function run(
  wanted: Exclude<BackfillArguments, { kind: 'help' }>,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Totals> {
  const clock = system.clock;
  const screen = backfillScreen(terminal, process.stdout, clock);
  if (wanted.kind === 'start' && wanted.here) {
    const { config, warnings } = readConfig(process.cwd(), process.env, clock.now());
    for (const warning of warnings) terminal.say(`Warning: ${warning}`);
    signal.addEventListener('abort', () => {
      terminal.say('Stopping. Started again, the backfill goes on where it was.');
    });
    return await backfillHere({
      config,
      start: wanted.start,
      folder: localFolder(),
      terminal,
      screen,
      clock,
      signal,
    });
  }
  const lambda = new LambdaClient();
  try {
    const functions = await findFunctions(wanted.stack);
    const cloud = { lambda, clock };
    const execution =
      wanted.kind === 'watch'
        ? await findExecution(cloud, functions, wanted.execution)
        : await startBackfill(cloud, functions, wanted.start);
    if (wanted.kind === 'start') terminal.say(`Backfill from ${wanted.start.start_time} started in the account.`);
    signal.addEventListener('abort', () => {
      terminal.say(
        `It goes on without being watched. To look again:\n  npm run backfill -- --watch ${inShell(execution.name)}${stackFlag(wanted.stack)}`,
      );
    });
    return await watchBackfill(cloud, functions, execution, { screen, signal });
  } finally {
    lambda.destroy();
  }
}

/** An ARN has a `$` in it. */
function inShell(word: string): string {
  return /^[\w.-]+$/.test(word) ? word : `'${word}'`;
}
