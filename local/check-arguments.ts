/** What `npm run check:live` may be given on its command line. */
import { readFlags } from './command-line.ts';

export interface CheckArguments {
  /** A deployed stack's table, to look at what the runs left there. */
  readonly table: string | undefined;
  /** One organization; absent: all of the configured ones. */
  readonly org: string | undefined;
  /** The folder of another `config.yaml`. */
  readonly config: string | undefined;
  readonly help: boolean;
}

export const CHECK_HELP = `Tests each part on the way of an event. Says which is wrong, and what to do. The
parts: tokens, JumpCloud (credential, role, organization, Directory Insights,
query), clocks, Logz.io. Ships one marked log to Logz.io, and changes nothing
else.

  npm run check:live
  npm run check:live -- --table NAME   also the table of a deployed stack, and
                                       whether its schedule is running

  --table NAME   the stack's output TableName
  --org ID       only this organization of config.yaml
  --config DIR   the folder of another config.yaml
  --help         this text

Uses the same config.yaml and environment variables as "npm start". A token that
is in neither is read from its SSM parameter, with the AWS credentials and the
region of this machine. To test from AWS, give the deployed function
{"check": true}.

Exit code: 0 every tested part is right; 1 a part is wrong; 2 wrong flag or
wrong configuration.
`;

/** @throws CommandLineError */
export function parseCheckArguments(words: readonly string[]): CheckArguments {
  return readFlags(words, { table: 'text', org: 'text', config: 'text', help: 'switch' });
}
