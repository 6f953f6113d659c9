/** What `npm run tokens` may be given on its command line, which never is a token. */
import { parseArgs } from 'node:util';
import { looksLikeToken } from '../lib/config/fault.ts';
import { CommandLineError, unknownFlag } from './command-line.ts';

const TOKEN_NAMES = ['logzio', 'jumpcloud', 'proxy', 'hashing'] as const;
export type TokenName = (typeof TOKEN_NAMES)[number];

export interface TokensArguments {
  /** Which tokens to put; empty: all that are configured. */
  readonly only: readonly TokenName[];
  /** The folder of another `config.yaml`. */
  readonly config?: string;
  /** Whether to go on without asking. */
  readonly yes: boolean;
  readonly help: boolean;
}

export const HELP = `Puts the tokens into AWS SSM Parameter Store, where the deployed function reads
them, as SecureStrings. Shows account, region and parameter names first.

  npm run tokens                      both tokens (and the proxy's credentials,
                                      and a key where fields are hashed)
  npm run tokens -- --only logzio     one of them, when it has changed

  --only NAME   logzio, jumpcloud, proxy or hashing; more than once, if you like
  --config DIR  the folder of another config.yaml, as of a second stack
  --yes         do not ask before writing
  --help        this text

For each token it looks at the environment variable first, then at config.yaml.
If the token is in neither, it asks for it. What you type is not shown.

  logzio        LOGZIO_API_TOKEN        logzio.token
  jumpcloud     JUMPCLOUD_API_TOKEN     jumpcloud_api.credentials.token
  proxy         PROXY_CREDENTIALS       (user:password; not in config.yaml)
  hashing       HASH_KEY                (otherwise a random key is made)

An existing key of output.hash_fields is replaced only with --only hashing:
with another key, all values get new hashes.

Never put a token on the command line. AWS credentials and region are taken from
AWS_PROFILE, AWS_REGION and the other places that the AWS CLI looks at.

Exit code: 0 written; 1 AWS refused, or you said no; 2 wrong flag or wrong
configuration; 130 interrupted. After any other than 0, the output says what was
written and what was not.
`;

const EXPOSED =
  "A token does not belong on the command line: it stays in the shell's history,\n" +
  'and every user of this machine can read it in the list of processes. Revoke\n' +
  'this one and make a new one. Set LOGZIO_API_TOKEN or JUMPCLOUD_API_TOKEN, use\n' +
  'config.yaml, or run "npm run tokens" and type the token when asked.';

/** @throws CommandLineError */
export function parseTokensArguments(words: readonly string[]): TokensArguments {
  const { tokens } = parseArgs({
    args: [...words],
    options: {
      only: { type: 'string' },
      config: { type: 'string' },
      yes: { type: 'boolean', short: 'y' },
      help: { type: 'boolean', short: 'h' },
    },
    strict: false,
    tokens: true,
  });
  const only: TokenName[] = [];
  const flags = new Set<string>();
  let config: string | undefined;
  for (const token of tokens) {
    if (token.kind === 'positional') refuseWord(token.value);
    if (token.kind !== 'option') continue;
    if (token.name === 'only') only.push(tokenName(token.value));
    else if (token.name === 'config') config = folderName(token.value);
    else if (token.value === undefined && (token.name === 'yes' || token.name === 'help')) flags.add(token.name);
    else refuseFlag(token.name, token.value);
  }
  return {
    only: [...new Set(only)],
    ...(config !== undefined && { config }),
    yes: flags.has('yes'),
    help: flags.has('help'),
  };
}

function tokenName(value: string | undefined): TokenName {
  const known = TOKEN_NAMES.find((name) => name === value);
  if (known) return known;
  if (value !== undefined && looksLikeToken(value)) throw new CommandLineError(EXPOSED);
  throw new CommandLineError(`--only takes ${TOKEN_NAMES.join(', ')}${value ? `, not "${value}"` : ''}. See --help.`);
}

function folderName(value: string | undefined): string {
  if (value && !value.startsWith('--')) return value;
  throw new CommandLineError('--config needs a value. See --help.');
}

function refuseWord(value: string): never {
  if ((TOKEN_NAMES as readonly string[]).includes(value))
    throw new CommandLineError(`Did you mean --only ${value}? See --help.`);
  throw new CommandLineError(EXPOSED);
}

function refuseFlag(name: string, value: string | undefined): never {
  // --logzio-token=…, --token …: whatever follows is a token, or was meant as one.
  if (/token|key|secret|password/i.test(name) || looksLikeToken(name) || looksLikeToken(value ?? ''))
    throw new CommandLineError(EXPOSED);
  if (name === 'yes' || name === 'help') throw new CommandLineError(`--${name} takes no value. See --help.`);
  throw unknownFlag(`${name.length === 1 ? '-' : '--'}${name}`, ['only', 'config', 'yes', 'help']);
}
