/** The configuration from the parameters of the package's stack, as the environment holds them. */
import { isJsonObject, type JsonObject } from '../platform/json.ts';
import type { EpochMs } from '../platform/time.ts';
import { type DeployedConfig, withoutTokens } from './config.ts';
import { ConfigError, describeFound, type Fault } from './fault.ts';
import { type Environment, parseConfig, valueAt } from './parse.ts';
import type { Setting } from './setting.ts';
import { type SettingPath, settings, settingsByPath } from './settings.ts';

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

/** @returns the environment variable that carries a parameter */
export function variableOf(parameter: string): string {
  return `SETTING_${parameter}`;
}

/**
 * The configuration of a deployed function, and what is worth a warning although it works. The CDK
 * puts it into the bundle, the package's template into the environment.
 * @param bundled reads it from the bundle
 * @throws ConfigError with all faults at once, each with its parameter's name, and without a token
 */
export function deployedConfig(environment: Environment, bundled: () => DeployedConfig, now: EpochMs) {
  const others = environment[variableOf(OTHER_SETTINGS)];
  if (others === undefined) return { config: bundled(), warnings: [] };
  const { document, faults } = otherSettings(others.trim() || '{}');
  for (const [name, path] of Object.entries(PARAMETERS)) {
    const text = environment[variableOf(name)]?.trim();
    if (text) put(document, path.split('.'), typed(path, text));
  }
  try {
    const { config, warnings } = parseConfig(document, {}, now);
    if (faults.length === 0) return { config: withoutTokens(config), warnings };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    faults.push(...error.faults);
  }
  throw new ConfigError(faults.map(withParameter));
}

function otherSettings(text: string): { document: JsonObject; faults: Fault[] } {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    document = undefined;
  }
  if (isJsonObject(document)) return { document, faults: misplaced(document) };
  const expected =
    'JSON with keys of config.yaml, such as {"output": {"tags": ["production"]}, "jumpcloud_api": {"settings": {"limit": 1000}}}';
  return { document: {}, faults: [{ path: OTHER_SETTINGS, found: describeFound(text), expected }] };
}

/** Keys that exist, but not here. Those that do not exist at all are `parseConfig`'s to name. */
function misplaced(document: JsonObject): Fault[] {
  const here = settings.filter(([path]) => !OTHERS.includes(path) && valueAt(document, path) !== undefined);
  return here.map(([path, { secret }]) => {
    const parameter = parameterOf(path);
    const advice = secret
      ? 'tokens belong in SSM, and this one can be read in the stack now: replace it at its issuer'
      : 'the package does not have it; deploy with "npx cdk deploy" to use it';
    return { path: OTHER_SETTINGS, expected: `without ${path}: ${parameter ? `set ${parameter}` : advice}` };
  });
}

function put(document: JsonObject, [key = '', ...rest]: readonly string[], value: JsonObject[string]): void {
  document[key] ??= {};
  const inner = document[key];
  if (rest.length === 0) document[key] = value;
  // Anything else is at fault, and is refused as it stands.
  else if (isJsonObject(inner)) put(inner, rest, value);
}

/** What the text would be in YAML, by the kind of its key's default. */
function typed(path: SettingPath, text: string): JsonObject[string] {
  const { fallback }: Setting = settingsByPath[path];
  if (Array.isArray(fallback)) return text.split(/\s*,\s*/).filter((entry) => entry !== '');
  return typeof fallback === 'number' && /^\d+$/.test(text) ? Number(text) : text;
}

function parameterOf(path: string): string | undefined {
  if (path === 'jumpcloud_api.credentials.org_id') return 'OrganizationIds';
  return Object.entries(PARAMETERS).find(([, known]) => path.replace(/\[\d+\]$/, '') === known)?.[0];
}

/** People who deploy the package see parameters, and no `config.yaml`. */
function withParameter({ path, ...fault }: Fault): Fault {
  return { path: path === OTHER_SETTINGS ? path : `${parameterOf(path) ?? OTHER_SETTINGS} (${path})`, ...fault };
}
