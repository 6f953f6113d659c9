/** What the programs of the command line share: exit codes, Ctrl-C, how they report an error. */
import { join } from 'node:path';
import { ConfigError } from '../lib/config/fault.ts';
import { InputError } from '../lib/config/start-date.ts';
import { CommandLineError } from './command-line.ts';
import { LastTimeError } from './last-time.ts';
import { LocalSecretsError } from './local-secrets.ts';

export const EXIT = { done: 0, notDone: 1, wrongUse: 2, interrupted: 130 } as const;

/** What is wrong lies in how it was started. */
const USER_ERRORS = [CommandLineError, ConfigError, InputError, LocalSecretsError, LastTimeError];

/**
 * The first Ctrl-C or SIGTERM aborts the signal, and the second ends the process at once.
 * @param work returns whether all is done and well
 * @returns the exit code
 */
export async function interruptible(work: (signal: AbortSignal) => Promise<boolean>): Promise<number> {
  const interrupt = new AbortController();
  const onInterrupt = () => {
    if (interrupt.signal.aborted) process.exit(EXIT.interrupted);
    interrupt.abort(new Error('interrupted'));
  };
  process.on('SIGINT', onInterrupt).on('SIGTERM', onInterrupt);
  try {
    return (await work(interrupt.signal)) ? EXIT.done : EXIT.notDone;
  } catch (error) {
    return interrupt.signal.aborted ? EXIT.interrupted : reportError(error);
  } finally {
    process.off('SIGINT', onInterrupt).off('SIGTERM', onInterrupt);
  }
}

/** Where a run on this machine keeps its state. */
export function localFolder(): string {
  return join(process.cwd(), '.local');
}

export function say(text: string, stream: NodeJS.WritableStream = process.stdout): void {
  stream.write(`${text}\n`);
}

/** Prints the message. @returns the exit code */
export function reportError(error: unknown): number {
  say(error instanceof Error ? error.message : String(error), process.stderr);
  return USER_ERRORS.some((kind) => error instanceof kind) ? EXIT.wrongUse : EXIT.notDone;
}
