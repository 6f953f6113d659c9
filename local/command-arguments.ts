/** The command lines of `npm run status`, `npm run dry-run` and `npm run quarantine`. */
import { parseInput } from '../lib/commands/input.ts';
import { CommandLineError, inFlags, readFlags } from './command-line.ts';
import { STACK } from './stack.ts';

const COMMON = `  --org ID       one organization only; otherwise all of them
  --stack NAME   the deployed stack, jumpcloud-logzio by default
  --local        this machine (config.yaml, .local/) instead of the stack
  --json         the answer as JSON
  --help         this text

To get only the JSON, add -s after npm: npm -s run … -- --json

Credentials and region are found as the AWS CLI finds them: AWS_PROFILE,
AWS_REGION, and so on.`;

const EXIT = 'Exit code: 0 done; 1 it failed; 2 wrong use or configuration; 130 Ctrl-C.';

export const HELP = {
  status: `Shows for each stream (one organization's events) how old its newest data is,
what its last run did, and what is in quarantine. Then shows which alarms ring.

  npm run status
  npm run status -- --local      of this machine, even while npm start runs

${COMMON.replace(/^ {2}--org.*\n/, '')}
You need cloudformation:DescribeStacks, cloudformation:ListStackResources,
lambda:InvokeFunction, logs:FilterLogEvents and cloudwatch:DescribeAlarms.

Exit code: 0 all is well; 1 something is wrong or unknown; 2 wrong use;
130 Ctrl-C.
`,
  'dry-run': `Shows what a run would ship. Nothing is shipped or saved.

  npm run dry-run
  npm run dry-run -- --from -2h --to -1h

  --from TIME    begin here, not where the next run begins: -2h, -3d or
                 2026-08-01T00:00:00Z
  --to TIME      its end; now by default
${COMMON}
You need cloudformation:DescribeStacks and lambda:InvokeFunction. With --local,
stop npm start first.

${EXIT}
`,
  quarantine: `Lists the events that Logz.io did not take, or ships them again.

  npm run quarantine -- list
  npm run quarantine -- replay
  npm run quarantine -- replay --ids ID,ID

  --ids ID,ID    replay: only these entries, as the list names them
  --before TIME  list: only entries from then or older
${COMMON}
You need cloudformation:DescribeStacks and lambda:InvokeFunction. With --local,
stop npm start first.

Exit code: 0 done; 1 it failed, or a replay left some; 2 wrong use or
configuration; 130 Ctrl-C.
`,
} as const;

export type Name = keyof typeof HELP;

export interface CommandArguments {
  readonly name: Name;
  readonly help: boolean;
  readonly json: boolean;
  readonly local: boolean;
  readonly stack: string;
  /** What to ask the function. */
  readonly ask: object;
}

const FLAGS = { org: 'text', stack: 'text', local: 'switch', json: 'switch', help: 'switch' } as const;

/** @throws CommandLineError */
export function parseCommand(name: Name, words: readonly string[]): CommandArguments {
  if (name === 'status') {
    const { org: _, ...known } = FLAGS;
    return { name, ask: {}, ...common(readFlags(words, known)) };
  }
  if (name === 'dry-run') {
    const { from, to, org, ...given } = readFlags(words, { ...FLAGS, from: 'text', to: 'text' });
    if (to !== undefined && from === undefined) throw new CommandLineError('--to needs --from. See --help.');
    return { name, ask: checked({ dry_run: true, start_time: from, end_time: to, org_id: org }), ...common(given) };
  }
  return quarantineCommand(words);
}

function quarantineCommand([verb = '', ...words]: readonly string[]): CommandArguments {
  const name = 'quarantine';
  if (verb === 'list') {
    const { before, org, ...given } = readFlags(words, { ...FLAGS, before: 'text' });
    return { name, ask: checked({ quarantine: verb, before, org_id: org }), ...common(given) };
  }
  if (verb === 'replay') {
    const { ids, org, ...given } = readFlags(words, { ...FLAGS, ids: 'text' });
    return { name, ask: { quarantine: verb, ids: ids?.split(','), org_id: org }, ...common(given) };
  }
  const { help } = readFlags(verb.startsWith('-') ? [verb, ...words] : words, FLAGS);
  if (!help) throw new CommandLineError('Say what to do: npm run quarantine -- list, or replay. See --help.');
  return { name, ask: {}, ...common({ help, json: false, local: false, stack: undefined }) };
}

function checked(ask: object): object {
  inFlags(() => parseInput(ask, Date.now()));
  return ask;
}

interface Common {
  readonly help: boolean;
  readonly json: boolean;
  readonly local: boolean;
  readonly stack: string | undefined;
}

function common({ stack = STACK, ...given }: Common) {
  return { ...given, stack };
}
