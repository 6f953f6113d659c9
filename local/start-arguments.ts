/** The command line of `npm start`. */
import { isJsonObject } from '../lib/json.ts';

export interface StartArguments {
  readonly help: boolean;
  readonly demo: boolean;
  readonly once: boolean;
  /** What to ask the function instead of shipping. */
  readonly ask: unknown;
}

export const HELP = `Ships JumpCloud Directory Insights events to Logz.io from this machine.

  npm start                    without any configuration: a trial run with
                               made-up events against stand-ins of JumpCloud,
                               Logz.io and AWS; nothing leaves this computer
  npm start                    with config.yaml, or with LOGZIO_API_TOKEN and
                               JUMPCLOUD_API_TOKEN set: ships the real events,
                               every time_interval minutes, until stopped

  npm start -- --once          ships what there is, and ends
  npm start -- --ask '{"quarantine": "list"}'
                               pulls an operator's lever, as docs/operations.md
                               lists them, and ends
  npm start -- --demo          the trial run, whatever is configured
  npm start -- --help          this

Environment, each overriding config.yaml:
  LOGZIO_API_TOKEN             Logz.io shipping token
  LOGZIO_LISTENER_URL          e.g. https://listener-eu.logz.io:8071
  JUMPCLOUD_API_TOKEN          JumpCloud API key
  JUMPCLOUD_ORG_ID             organization, for multi-tenant administrators
  LOG_LEVEL=DEBUG              shows every request, without its secrets
  NO_COLOR=1                   no colour

Where things are:
  .local/                      checkpoint and trial data, readable by you only
  lastTime.txt                 how far it came; where to begin when .local/ has
                               no checkpoint

Exit code: 0 all arrived, or stopped in good order; 1 something failed;
2 wrong use or configuration.
`;

export class StartArgumentsError extends Error {
  override readonly name = 'StartArgumentsError';
}

/** @throws {StartArgumentsError} for anything it does not know, tokens included. */
export function parseStartArguments(words: readonly string[]): StartArguments {
  const known = ['--help', '-h', '--demo', '--once', '--ask'];
  const askedAt = words.indexOf('--ask');
  const ask = askedAt === -1 ? undefined : parseAsk(words[askedAt + 1]);
  const strange = words.filter((word, nth) => !known.includes(word) && (askedAt === -1 || nth !== askedAt + 1));
  if (strange.length > 0) {
    // not shown: somebody may have put a token there
    const flags = strange.filter((word) => /^--?[a-z-]{1,20}$/.test(word));
    const what = flags.length > 0 ? flags.join(' ') : `${strange.length} word${strange.length === 1 ? '' : 's'}`;
    throw new StartArgumentsError(`Not understood: ${what}. See: npm start -- --help`);
  }
  const arguments_ = {
    help: words.includes('--help') || words.includes('-h'),
    demo: words.includes('--demo'),
    once: words.includes('--once'),
    ask,
  };
  if (arguments_.demo && arguments_.once) throw new StartArgumentsError('--demo and --once cannot be combined.');
  return arguments_;
}

/** @throws {StartArgumentsError} without repeating what it cannot read. */
function parseAsk(text: string | undefined): unknown {
  try {
    const ask: unknown = JSON.parse(text ?? '');
    if (isJsonObject(ask)) return ask;
  } catch {
    // Said below.
  }
  throw new StartArgumentsError(`--ask needs a JSON object, as in: npm start -- --ask '{"quarantine": "list"}'`);
}
