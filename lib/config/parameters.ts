/** The configuration from the parameters of the package's stack, as the environment holds them. */

import { isJsonObject, type JsonObject } from '../platform/json.ts';
import type { EpochMs } from '../platform/time.ts';
import type { DeployedConfig } from './config.ts';
import { withoutTokens } from './deployed.ts';
import { ConfigError, type Fault } from './fault.ts';
import { describeFound } from './found.ts';
import { parseConfig } from './parse.ts';
import type { Environment } from './read-values.ts';
import { type SettingPath, settings } from './settings.ts';

/** Each parameter of the stack, with the key of `config.yaml` that it stands for. */
export const PARAMETERS = {
  ListenerUrl: 'logzio.url',
  LogzioTokenName: 'logzio.token_parameter',
  LogType: 'logzio.type',
  JumpCloudRegion: 'jumpcloud_api.region',
  JumpCloudTokenName: 'jumpcloud_api.credentials.token_parameter',
  CredentialsType: 'jumpcloud_api.credentials.type',
  OrganizationIds: 'jumpcloud_api.credentials.org_ids',
  Start: 'jumpcloud_api.start_date',
  IntervalMinutes: 'jumpcloud_api.settings.time_interval',
  Services: 'jumpcloud_api.settings.services',
  Shape: 'output.shape',
  DropFields: 'output.drop_fields',
  HashFields: 'output.hash_fields',
  HashKeyName: 'output.hash_key_parameter',
  AlarmEmail: 'alarms.email',
  ExistingTopicArn: 'alarms.topic_arn',
  ExistingTable: 'state.table',
} as const satisfies Record<string, SettingPath>;

/** The one parameter that holds JSON: keys of `config.yaml` that no other parameter stands for. */
export const OTHER_SETTINGS = 'OtherSettings';

/** Keys that only the function reads. Others change the template: permissions, alarms, network. */
const OTHERS: readonly SettingPath[] = [
  'logzio.allow_http',
  'jumpcloud_api.url',
  'jumpcloud_api.settings.limit',
  'jumpcloud_api.settings.search_term',
  'output.fields',
  'output.tags',
  'output.preserve_original_event',
  'output.preserve_duplicate_custom_fields',
];

const LISTS: readonly string[] = ['OrganizationIds', 'Services', 'DropFields', 'HashFields'];
const VARIABLE_PREFIX = 'SETTING_';

/** @returns the environment variable that carries a parameter */
export function variableOf(parameter: string): string {
  return VARIABLE_PREFIX + parameter;
}

/** Whether the function was deployed from the package, and not by the CDK. */
export function hasParameters(environment: Environment): boolean {
  return Object.keys(PARAMETERS).some((name) => environment[variableOf(name)] !== undefined);
}

/**
 * @returns the configuration, and what is worth a warning although it works
 * @throws ConfigError with all faults at once, each with the parameter's name, and no token among
 * them
 */
export function configFromParameters(
  environment: Environment,
  now: EpochMs,
): { config: DeployedConfig; warnings: string[] } {
  const { document, faults } = otherSettings(environment[variableOf(OTHER_SETTINGS)]?.trim() || '{}');
  for (const [name, path] of Object.entries(PARAMETERS)) {
    const text = environment[variableOf(name)]?.trim();
    if (text) put(document, path.split('.'), settingOf(name, text));
  }
  try {
    const { config, warnings } = parseConfig(document, {}, now);
    if (faults.length > 0) throw new ConfigError(faults);
    return { config: withoutTokens(config), warnings };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError([...new Set([...faults, ...error.faults])].map(withParameter));
  }
}

function otherSettings(text: string): { document: JsonObject; faults: Fault[] } {
  const refused = (expected: string) => ({
    document: {},
    faults: [{ path: OTHER_SETTINGS, found: describeFound(text), expected }],
  });
  try {
    const document: unknown = JSON.parse(text);
    return isJsonObject(document) ? { document, faults: misplaced(document) } : refused(OTHER_SETTINGS_EXPECTED);
  } catch {
    return refused(OTHER_SETTINGS_EXPECTED);
  }
}

const OTHER_SETTINGS_EXPECTED =
  'JSON with keys of config.yaml, such as {"output": {"tags": ["production"]}, "jumpcloud_api": {"settings": {"limit": 1000}}}';

/** Keys that exist, but not here. Those that do not exist at all are `parseConfig`'s to name. */
function misplaced(document: JsonObject): Fault[] {
  return settings.flatMap(([path]): Fault[] => {
    if (OTHERS.includes(path) || !isGiven(document, path.split('.'))) return [];
    const parameter = parameterOf(path);
    if (parameter !== undefined) return [{ path: OTHER_SETTINGS, expected: `without ${path}: set ${parameter}` }];
    const why = path.endsWith('.token')
      ? 'tokens belong in SSM, and this one can be read in the stack now: replace it at its issuer'
      : 'the package does not have it; deploy with "npx cdk deploy" to use it';
    return [{ path: OTHER_SETTINGS, expected: `without ${path}: ${why}` }];
  });
}

function isGiven(document: unknown, [key = '', ...rest]: readonly string[]): boolean {
  if (!isJsonObject(document) || !Object.hasOwn(document, key)) return false;
  return rest.length === 0 || isGiven(document[key], rest);
}

function put(document: JsonObject, [key = '', ...rest]: readonly string[], value: JsonObject[string]): void {
  if (rest.length === 0) document[key] = value;
  else {
    const inner = document[key] ?? {};
    // Anything else is at fault, and is refused as it stands.
    if (!isJsonObject(inner)) return;
    document[key] = inner;
    put(inner, rest, value);
  }
}

function settingOf(parameter: string, text: string): JsonObject[string] {
  if (LISTS.includes(parameter)) {
    const entries = text.split(',').map((entry) => entry.trim());
    return entries.filter((entry) => entry !== '');
  }
  return parameter === 'IntervalMinutes' && /^\d+$/.test(text) ? Number(text) : text;
}

function parameterOf(path: string): string | undefined {
  if (path === 'jumpcloud_api.credentials.org_id') return 'OrganizationIds';
  return Object.entries(PARAMETERS).find(([, known]) => path.replace(/\[\d+\]$/, '') === known)?.[0];
}

/** People who deploy the package see parameters, and no `config.yaml`. */
function withParameter({ path, ...fault }: Fault): Fault {
  const parameter = path === OTHER_SETTINGS ? undefined : (parameterOf(path) ?? OTHER_SETTINGS);
  return { path: parameter === undefined ? path : `${parameter} (${path})`, ...fault };
}
