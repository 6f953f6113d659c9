/**
 * `npm run check:live`: tests each part from this machine, and says which one is wrong and what to
 * do.
 */
import { SSMClient } from '@aws-sdk/client-ssm';
import { requireNode } from '../infra/node-version.ts';
import { check, verdictOn } from '../lib/commands/check.ts';
import type { Finding } from '../lib/commands/check-connections.ts';
import type { Runtime } from '../lib/commands/context.ts';
import { organizationsOf } from '../lib/commands/context.ts';
import type { Config } from '../lib/config/config.ts';
import { createPost, proxiedPost } from '../lib/platform/http-client.ts';
import { system } from '../lib/platform/outside.ts';
import { proxiesFrom } from '../lib/platform/proxy.ts';
import {
  givenSecret,
  HASH_KEY_FORM,
  type Secret,
  SecretError,
  type SecretForm,
  ssmSecret,
} from '../lib/platform/secrets.ts';
import { liveStreamName } from '../lib/state/stream-name.ts';
import { createDynamoDb, Table } from '../lib/state/table.ts';
import { CHECK_HELP, parseCheckArguments } from './check-arguments.ts';
import { CommandLineError } from './command-line.ts';
import { screenOf, showFinding, showText } from './findings-screen.ts';
import { givenHashKey } from './local-secrets.ts';
import { readNamedConfig } from './named-config.ts';
import { EXIT, reportError, say } from './program.ts';

const NO_TABLE =
  'no table was named. In AWS: add -- --table NAME (TableName in the outputs of the stack), or give the function {"check": true}. On this machine: npm run status -- --local';

async function main(words: readonly string[]): Promise<number> {
  requireNode(process.versions.node);
  const { table, org, config: folder, help } = parseCheckArguments(words);
  if (help) {
    say(CHECK_HELP.trimEnd());
    return EXIT.done;
  }
  const { config, warnings, fromFile } = readNamedConfig(folder, process.env);
  for (const warning of warnings) say(`Warning: ${warning}`, process.stderr);
  if (!fromFile)
    say('There is no config.yaml in this folder: the environment and the defaults are used.', process.stderr);
  const dynamodb = createDynamoDb();
  const runtime = runtimeFor(config, new Table(dynamodb, table ?? ''));
  let allRight = true;
  for (const orgId of chosen(config, org))
    allRight = (await checkStream(runtime, orgId, table !== undefined)) && allRight;
  dynamodb.destroy();
  return allRight ? EXIT.done : EXIT.notDone;
}

async function checkStream(runtime: Runtime, orgId: string | undefined, isTableNamed: boolean): Promise<boolean> {
  const screen = screenOf(process.stdout, process.env);
  const stream = liveStreamName(orgId);
  say(`Checking ${stream}. One marked log is shipped to Logz.io.\n`);
  const findings: Finding[] = [];
  for await (const finding of check(runtime, orgId, isTableNamed ? {} : { noTable: NO_TABLE })) {
    findings.push(finding);
    say(showFinding(finding, screen));
  }
  say(`\n${showText(verdictOn(findings), screen)}`);
  return findings.every(({ outcome }) => outcome !== 'wrong');
}

function chosen(config: Config, org: string | undefined): readonly (string | undefined)[] {
  const configured = organizationsOf(config);
  if (org === undefined) return configured;
  if (configured.includes(org)) return [org];
  const known = configured.filter((id) => id !== undefined).join(', ') || 'none';
  throw new CommandLineError(`--org: this organization is not in config.yaml (configured: ${known}).`);
}

function runtimeFor(config: Config, table: Table): Runtime {
  const { logzio, jumpcloud, network, output } = config;
  const silent = () => undefined;
  const proxyCredentials = process.env.PROXY_CREDENTIALS;
  const mayAskSsm = network.proxyCredentialsParameter !== undefined && proxyCredentials === undefined;
  const ssm = new SSMClient({ requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000 } });
  const kept = (parameter: string, form: SecretForm | undefined, given: string): Secret =>
    withAdvice(
      ssm,
      ssmSecret(ssm, parameter, form),
      `set ${given}, or AWS credentials and AWS_REGION with which the parameter can be read`,
    );
  const secret = (variable: string, key: string, given: string | undefined, parameter: string): Secret =>
    given !== undefined
      ? givenSecret(process.env[variable] ? variable : `config.yaml, ${key}`, given)
      : kept(parameter, undefined, `${variable} or ${key} in config.yaml`);
  return {
    ...system,
    config,
    metrics: { write: silent },
    table,
    jumpcloudSecret: secret(
      'JUMPCLOUD_API_TOKEN',
      'jumpcloud_api.credentials.token',
      jumpcloud.credentials.token,
      jumpcloud.credentials.tokenParameter,
    ),
    logzioSecret: secret('LOGZIO_API_TOKEN', 'logzio.token', logzio.token, logzio.tokenParameter),
    hashKeySecret:
      output.hashFields.length === 0
        ? undefined
        : (givenHashKey(process.env) ?? kept(output.hashKeyParameter, HASH_KEY_FORM, 'HASH_KEY')),
    post: mayAskSsm ? proxiedPost(network, ssm) : createPost(proxiesFrom(process.env, network.proxy, proxyCredentials)),
    log: { debug: silent, info: silent, warn: silent, error: silent },
  };
}

function withAdvice(ssm: SSMClient, secret: Secret, advice: string): Secret {
  const read = async () => {
    try {
      await needSettings(ssm, secret.name);
      return await secret.read();
    } catch (cause) {
      throw new SecretError(`${cause instanceof Error ? cause.message : cause}; ${advice}`, { cause });
    }
  };
  return { ...secret, read };
}

/**
 * Unlike a function, this machine may have neither region nor credentials; SSM is not asked at all
 * then.
 */
async function needSettings({ config }: SSMClient, name: string): Promise<void> {
  try {
    await config.region();
    await config.credentials();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SecretError(`SSM parameter ${name} cannot be read: ${why}`, { cause });
  }
}

process.exitCode = await main(process.argv.slice(2)).catch(reportError);
