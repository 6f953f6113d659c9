/** What `npm run check:live` may be given on its command line. */
import { parseArgs } from 'node:util';
import { nearest } from '../lib/config/nearest.ts';

const FLAGS = ['table', 'org', 'help'];

export interface CheckArguments {
  /** A deployed stack's table, to look at what the runs left there. */
  readonly table: string | undefined;
  /** One organization; absent: all of the configured ones. */
  readonly org: string | undefined;
  readonly help: boolean;
}

export const CHECK_HELP = `Tests each part that events pass through, one after the other, and says which
one is wrong and what to do: tokens, JumpCloud (credential, role, organization,
Directory Insights, query), clocks, Logz.io. One marked log is shipped to
Logz.io; nothing else is changed.

  npm run check:live
  npm run check:live -- --table NAME   also the table of a deployed stack, and
                                       by it whether its schedule is running

  --table NAME   the stack's output TableName
  --org ID       only this organization of config.yaml
  --help         this text

Takes the same config.yaml and environment variables as "npm start". A token
that is in neither is read from its SSM parameter, with the AWS credentials and
the region of this machine. In AWS itself, invoke the deployed function with
{"check": true}.

Exit code: 0 every tested part is right; 1 a part is wrong; 2 wrong flag or
wrong configuration.
`;

/** The command line is wrong; the message never repeats a value, which may be a token. */
export class CheckArgumentsError extends Error {
  override readonly name = 'CheckArgumentsError';
}

/** @throws CheckArgumentsError */
export function parseCheckArguments(words: readonly string[]): CheckArguments {
  const { tokens } = parseArgs({
    args: [...words],
    options: { table: { type: 'string' }, org: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    strict: false,
    tokens: true,
  });
  const given: { table?: string; org?: string; help?: boolean } = {};
  for (const token of tokens) {
    if (token.kind === 'positional') throw new CheckArgumentsError('Only flags are taken, no words. See --help.');
    if (token.kind !== 'option') continue;
    if (token.name === 'help') given.help = true;
    else if (token.name !== 'table' && token.name !== 'org') throw unknownFlag(token.rawName);
    else if (!token.value) throw new CheckArgumentsError(`--${token.name} needs a value. See --help.`);
    else given[token.name] = token.value;
  }
  return { table: given.table, org: given.org, help: given.help ?? false };
}

function unknownFlag(rawName: string): CheckArgumentsError {
  const near = nearest(rawName.replace(/^-+/, ''), FLAGS);
  const advice = near ? `did you mean --${near}?` : 'known are --table, --org and --help.';
  return new CheckArgumentsError(`Unknown flag ${rawName}: ${advice} See --help.`);
}
