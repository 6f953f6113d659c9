/** The command line of `npm start`. */
import { refuseUnknownKeys } from '../lib/commands/input.ts';
import { isJsonObject } from '../lib/platform/json.ts';
import { CommandLineError, readFlags } from './command-line.ts';

export interface StartArguments {
  readonly help: boolean;
  readonly demo: boolean;
  readonly once: boolean;
  /** What to ask the function instead of shipping. */
  readonly ask: unknown;
}

export const HELP = `Ships JumpCloud Directory Insights events to Logz.io from this machine.

  npm start                    without any configuration: a trial run with
                               made-up events against simulators of JumpCloud,
                               Logz.io and AWS; nothing leaves this computer
  npm start                    with config.yaml, or with LOGZIO_API_TOKEN and
                               JUMPCLOUD_API_TOKEN set: ships the real events,
                               every time_interval minutes, until stopped

  npm start -- --once          ships what there is, and ends
  npm start -- --ask '{"quarantine": "list"}'
                               runs a command of docs/operations.md, prints
                               its answer as JSON, and ends; "npm -s start"
                               prints nothing but the JSON
  npm start -- --demo          the trial run, even with a configuration
  npm start -- --help          this text

Environment variables; each replaces its setting in config.yaml:
  LOGZIO_API_TOKEN             Logz.io shipping token
  LOGZIO_LISTENER_URL          e.g. https://listener-eu.logz.io:8071
  JUMPCLOUD_API_TOKEN          JumpCloud API key
  JUMPCLOUD_ORG_ID             organization, for multi-tenant administrators
  HTTPS_PROXY                  e.g. http://proxy.example.com:3128
  PROXY_CREDENTIALS            user:password for the proxy; not in config.yaml
  LOG_LEVEL=DEBUG              shows every request, without its secrets
  NO_COLOR=1                   no colour

Where things are:
  .local/                      checkpoint and trial data, readable by you only
  lastTime.txt                 how far it has read; where to begin if .local/
                               has no checkpoint

Exit code: 0 all arrived, or stopped; 1 it failed, a check is wrong, or --once
did not catch up; 2 wrong use or configuration; 130 Ctrl-C at a question.
`;

/** @throws CommandLineError or InputError for anything it does not know, tokens included. */
export function parseStartArguments(words: readonly string[]): StartArguments {
  const { ask, ...switches } = readFlags(words, { demo: 'switch', once: 'switch', ask: 'text', help: 'switch' });
  if (switches.demo && switches.once) throw new CommandLineError('--demo and --once cannot be combined. See --help.');
  return { ...switches, ask: ask === undefined ? undefined : parseAsk(ask) };
}

/**
 * @throws CommandLineError without repeating what it cannot read; InputError for a key that is no
 * command
 */
function parseAsk(text: string): unknown {
  let ask: unknown;
  try {
    ask = JSON.parse(text);
  } catch {
    // Said below.
  }
  if (!isJsonObject(ask))
    throw new CommandLineError(`--ask needs a JSON object, as in: npm start -- --ask '{"quarantine": "list"}'`);
  refuseUnknownKeys(ask);
  return ask;
}
