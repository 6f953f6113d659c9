/** `npm run tokens`: puts the tokens into SSM as SecureStrings, and says where before it does. */

import { randomBytes } from 'node:crypto';
import { requireNode } from '../infra/node-version.ts';
import type { Config } from '../lib/config/config.ts';
import { ConfigError } from '../lib/config/fault.ts';
import type { Environment } from '../lib/config/parse.ts';
import { HASH_KEY_FORM } from '../lib/platform/secrets.ts';
import { CommandLineError } from './command-line.ts';
import { readNamedConfig } from './named-config.ts';
import { AwsRefused, findPlace, type Place, putSecureString } from './parameter-store.ts';
import { EXIT } from './program.ts';
import { askHidden, askYesNo, Interrupted, terminalHere as terminal } from './prompt.ts';
import { HELP, parseTokensArguments, type TokenName } from './tokens-arguments.ts';

interface Target {
  readonly name: TokenName;
  readonly title: string;
  /** The environment variable that may hold it. */
  readonly variable: string;
  readonly parameter: string;
  readonly given: string | undefined;
  /** Nobody has to type it: a random one does where none is given. */
  readonly isMade?: boolean;
  /** One that is there already stays. */
  readonly keepsOld?: boolean;
}

/** As many as SHA-256 has: a longer key is no better. */
const HASH_KEY_BYTES = 32;

/** Tokens that must not show, whatever quotes them. */
const secrets = new Set<string>();

function say(text: string, stream: NodeJS.WritableStream = process.stdout): void {
  stream.write(`${[...secrets].reduce((shown, secret) => shown.replaceAll(secret, '…'), text)}\n`);
}

async function main(words: readonly string[]): Promise<number> {
  requireNode(process.versions.node);
  const { only, config: folder, yes, help } = parseTokensArguments(words);
  if (help) {
    say(HELP.trimEnd());
    return EXIT.done;
  }
  const { config, warnings } = readNamedConfig(folder, process.env);
  for (const warning of warnings) say(`Warning: ${warning}`, process.stderr);
  const targets = chosen(config, only);
  for (const { given } of targets) if (given) secrets.add(given);
  refuseMissing(targets);
  say(describePlan(await findPlace(), targets, config.aws.kmsKeyArn));
  const values = await collect(targets, folder);
  const parameters = targets.length === 1 ? 'this parameter' : `these ${targets.length} parameters`;
  if (askYesNo && !yes && !(await askYesNo(`Write ${parameters}? [y/N] `))) {
    say('Nothing was written.');
    return EXIT.notDone;
  }
  await write(targets, values, config.aws.kmsKeyArn);
  return EXIT.done;
}

function chosen(config: Config, only: readonly TokenName[]): Target[] {
  const { logzio, jumpcloud, network, output } = config;
  const credential = jumpcloud.credentials.type === 'api_key' ? 'JumpCloud API key' : 'JumpCloud service account';
  const all: Target[] = [
    {
      name: 'logzio',
      title: 'Logz.io shipping token',
      variable: 'LOGZIO_API_TOKEN',
      parameter: logzio.tokenParameter,
      given: logzio.token,
    },
    {
      name: 'jumpcloud',
      title: credential,
      variable: 'JUMPCLOUD_API_TOKEN',
      parameter: jumpcloud.credentials.tokenParameter,
      given: jumpcloud.credentials.token,
    },
  ];
  const proxyParameter = network.proxyCredentialsParameter;
  if (proxyParameter !== undefined) {
    const variable = 'PROXY_CREDENTIALS';
    all.push({
      name: 'proxy',
      title: 'Proxy user:password',
      variable,
      parameter: proxyParameter,
      given: process.env[variable] || undefined,
    });
  } else if (only.includes('proxy')) {
    throw new CommandLineError(
      '--only proxy: config.yaml has no network.proxy_credentials_parameter to put them into.',
    );
  }
  if (output.hashFields.length > 0) {
    all.push({
      name: 'hashing',
      title: 'Key of output.hash_fields',
      variable: 'HASH_KEY',
      parameter: output.hashKeyParameter,
      given: process.env.HASH_KEY?.trim() || undefined,
      isMade: true,
      keepsOld: !only.includes('hashing'),
    });
  } else if (only.includes('hashing')) {
    throw new CommandLineError('--only hashing: config.yaml has no output.hash_fields.');
  }
  return only.length === 0 ? all : all.filter(({ name }) => only.includes(name));
}

/** Without a terminal nobody can be asked. */
function refuseMissing(targets: readonly Target[]): void {
  const missing = targets.filter(({ given, isMade }) => given === undefined && !isMade);
  if (terminal || missing.length === 0) return;
  const names = missing.map(({ title, variable }) => `  ${title}: set ${variable}`).join('\n');
  throw new CommandLineError(`There is no terminal to ask on, and no value for:\n${names}`);
}

function describePlan(place: Place, targets: readonly Target[], kmsKeyArn: string | undefined): string {
  return [
    `AWS account  ${place.account}`,
    `As           ${place.identity}`,
    `Region       ${place.region}`,
    ...(place.endpoint ? [`Endpoint     ${place.endpoint} (AWS_ENDPOINT_URL)`] : []),
    `Key          ${kmsKeyArn ?? "AWS's own for SSM (aws/ssm)"}`,
    '',
    ...targets.flatMap((target) => [
      `${target.title}`,
      `  to    ${target.parameter}${replacing(target)}`,
      `  from  ${sourceOf(target)}`,
    ]),
    ...(targets.length > 1 ? ['', 'One of them alone: npm run tokens -- --only logzio (or jumpcloud)'] : []),
    '',
  ].join('\n');
}

function replacing({ keepsOld }: Target): string {
  if (keepsOld === undefined) return '';
  return keepsOld ? ', unless it holds a key already' : ', in place of an old key: all hashes change';
}

function sourceOf({ variable, given, isMade }: Target): string {
  if (given !== undefined) return process.env[variable] ? variable : 'config.yaml';
  return isMade ? 'random bytes' : 'you, in a moment';
}

/**
 * @returns each target's value, typed where none was given, and checked as if it had come from the
 * environment.
 */
async function collect(targets: readonly Target[], folder: string | undefined): Promise<Map<TokenName, string>> {
  const values = new Map<TokenName, string>();
  const typed: Record<string, string> = {};
  for (const { name, title, variable, given, isMade } of targets) {
    const value = given ?? (isMade ? randomKey() : await ask(title));
    if (value === '') throw new CommandLineError(`${title}: nothing was typed.`);
    secrets.add(value);
    if (name === 'proxy' && !/^[^\s:]+:\S+$/.test(value))
      throw new CommandLineError(`${title}: expected user:password, without spaces.`);
    if (name === 'hashing' && !HASH_KEY_FORM.pattern.test(value))
      throw new CommandLineError(`${variable}: expected ${HASH_KEY_FORM.expected}.`);
    if (given === undefined && !isMade) say(`  ${value.length} characters`);
    values.set(name, value);
    typed[variable] = value;
  }
  const checked: Environment = { ...process.env, ...typed };
  readNamedConfig(folder, checked);
  return values;
}

async function ask(title: string): Promise<string> {
  return terminal ? (await askHidden(`${title} (not shown): `, terminal)).trim() : '';
}

function randomKey(): string {
  return randomBytes(HASH_KEY_BYTES).toString('base64url');
}

async function write(
  targets: readonly Target[],
  values: Map<TokenName, string>,
  kmsKeyArn: string | undefined,
): Promise<void> {
  let replaced = false;
  for (const { name, title, parameter, keepsOld = false } of targets) {
    const value = values.get(name) ?? '';
    const description = `${title}, read by jumpcloud-logzio`;
    const version = await putSecureString({ name: parameter, value, description, kmsKeyArn, keepsOld });
    if (version === 'kept') {
      say(`Kept: ${parameter} holds a key already. To replace it: npm run tokens -- --only hashing`);
      continue;
    }
    say(`Written: ${parameter}${version === undefined ? '' : `, version ${version}`}`);
    replaced ||= (version ?? 1) > 1;
  }
  if (replaced)
    say(
      '\nTry it before you revoke the old one: npm run check:live\nA deployed function uses the old one until it is refused. Then it reads the new\none.',
    );
}

function exitCodeFor(error: unknown): number {
  if (error instanceof Interrupted) {
    say(`${error.message} Nothing was written.`, process.stderr);
    return EXIT.interrupted;
  }
  say(error instanceof Error ? error.message : String(error), process.stderr);
  if (error instanceof AwsRefused) return EXIT.notDone;
  return error instanceof CommandLineError || error instanceof ConfigError ? EXIT.wrongUse : EXIT.notDone;
}

process.exitCode = await main(process.argv.slice(2)).catch(exitCodeFor);
