/** Reads a directory's `config.yaml` together with the environment. */

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileFault } from '../platform/file-fault.ts';
import { EncodingError, textOfFile } from '../platform/file-text.ts';
import { isJsonObject } from '../platform/json.ts';
import type { EpochMs } from '../platform/time.ts';
import type { Config, DeployedConfig } from './config.ts';
import { withoutTokens } from './deployed.ts';
import { ConfigError, type Fault } from './fault.ts';
import { describeFound } from './found.ts';
import { parseConfig } from './parse.ts';
import type { Environment } from './read-values.ts';
import { parseYaml } from './yaml.ts';

const FILE = 'config.yaml';
/**
 * Two schedules each, and a stack holds 500 resources:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 */
const MAX_ORGANIZATIONS_OF_A_STACK = 200;

/**
 * @param directory where `config.yaml` stands; without one, the environment and the defaults are
 * all there is.
 * @param environment see `parseConfig`.
 * @returns the configuration, what is worth telling the user, and whether there was a file.
 * @throws ConfigError with all faults at once, and no token among them.
 */
export function readConfig(
  directory: string,
  environment: Environment,
  now: EpochMs,
): { config: Config; warnings: string[]; fromFile: boolean } {
  const text = textOf(directory, FILE);
  if (text === undefined) refuseOtherNames(directory);
  const document = text === undefined ? undefined : parseYaml(text, FILE);
  const { config, warnings } = parseConfig(document, environment, now);
  if (holdsToken(document) && isReadableByOthers(join(directory, FILE))) {
    warnings.push(`${FILE}: holds a token and other users of this machine may read it: chmod 600 ${FILE}`);
  }
  return { config, warnings, fromFile: text !== undefined };
}

/** The same for a deployment: without tokens, and with no more organizations than fit one stack. */
export function readConfigToDeploy(
  directory: string,
  environment: Environment,
  now: EpochMs,
): { config: DeployedConfig; warnings: string[]; fromFile: boolean } {
  const { config, ...found } = readConfig(directory, environment, now);
  const { orgIds } = config.jumpcloud.credentials;
  if (orgIds.length > MAX_ORGANIZATIONS_OF_A_STACK) throw new ConfigError([tooManyFor(orgIds)]);
  return { config: withoutTokens(config), ...found };
}

function tooManyFor(orgIds: readonly string[]): Fault {
  return {
    path: 'jumpcloud_api.credentials.org_ids',
    found: describeFound(orgIds),
    expected: `at most ${MAX_ORGANIZATIONS_OF_A_STACK}, since a stack has room for no more. Put the others into DIRECTORY/${FILE} and deploy them as a second stack: npx cdk deploy -c stack=NAME -c config=DIRECTORY`,
  };
}

/** @returns undefined where there is no such file. */
function textOf(directory: string, name: string): string | undefined {
  try {
    return textOfFile(readFileSync(join(directory, name)));
  } catch (error) {
    if (error instanceof EncodingError) throw new ConfigError([{ path: name, expected: error.message }]);
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ConfigError([{ path: name, expected: `cannot be read: ${fileFault(name, error)}` }]);
  }
}

function refuseOtherNames(directory: string): void {
  const other = ['config.yml', 'Config.yaml', 'config.yaml.txt'].find((name) => textOf(directory, name) !== undefined);
  if (other !== undefined) throw new ConfigError([{ path: other, expected: `must be named ${FILE}; rename it` }]);
}

/** Whether a token stands in the file itself, used or not. */
function holdsToken(document: unknown): boolean {
  if (!isJsonObject(document)) return false;
  const { logzio, jumpcloud_api: jumpcloud } = document;
  const credentials = isJsonObject(jumpcloud) ? jumpcloud.credentials : undefined;
  return [logzio, credentials].some((section) => isJsonObject(section) && Boolean(section.token));
}

function isReadableByOthers(path: string): boolean {
  return process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0;
}
