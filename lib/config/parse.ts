/** From a parsed `config.yaml` and the environment to the one `Config`, with every fault. */
import * as v from 'valibot';
import { isJsonObject } from '../platform/json.ts';
import type { EpochMs } from '../platform/time.ts';
import { toConfig } from './config.ts';
import { crossFaults, crossWarnings } from './cross-checks.ts';
import { ConfigError, describeFound, describeName, describeSecret, type Fault, hideTokens, nearest } from './fault.ts';
import type { Setting } from './setting.ts';
import { knownKeys, type SettingPath, settings, type Values } from './settings.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @param document what the YAML file holds; `undefined` where there is none.
 * @param environment overrides the file where a setting names a variable.
 * @param now against which a start date is judged.
 * @returns the configuration and what is worth telling the user although it works.
 * @throws ConfigError with all faults at once, and no token among them.
 */
export function parseConfig(document: unknown, environment: Environment, now: EpochMs) {
  const { values, faults, warnings } = readValues(document, environment);
  if (!isEmpty(environment.JUMPCLOUD_ORG_ID) && values['jumpcloud_api.credentials.org_ids']?.length) {
    values['jumpcloud_api.credentials.org_ids'] = []; // the variable stands for the whole choice
    warnings.push('JUMPCLOUD_ORG_ID: replaces jumpcloud_api.credentials.org_ids; this one organization is shipped');
  }
  faults.push(...crossFaults(values, now));
  if (faults.length > 0) throw new ConfigError(faults);
  const complete = values as Values; // Without faults, every path has its value.
  warnings.push(...crossWarnings(complete, now));
  return { config: toConfig(complete), warnings: warnings.map(hideTokens) };
}

/** What could be read; a path with a fault has no value. */
function readValues(document: unknown, environment: Environment) {
  const faults = sectionFaults(document);
  const warnings: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [path, setting] of settings) {
    const found = pick(document, environment, path, setting);
    if (isEmpty(found.given)) {
      values[path] = setting.fallback;
      continue;
    }
    const tolerated = setting.tolerate?.(found.given) ?? { value: found.given };
    if (tolerated.warning !== undefined) warnings.push(`${found.place}: ${tolerated.warning}`);
    // What fails in two ways, as 0.5 for whole minutes from 1 on, is one fault.
    const result = v.safeParse(setting.schema, tolerated.value, { abortPipeEarly: true });
    if (result.success) values[path] = result.output;
    else faults.push(...result.issues.map((issue) => toFault(found, setting, issue)));
  }
  return { values: values as Partial<Values>, faults, warnings };
}

/** The environment comes before the file; an empty variable is an absent one. */
function pick(document: unknown, environment: Environment, path: SettingPath, setting: Setting) {
  const { environment: variable = '' } = setting;
  const given = environment[variable];
  return isEmpty(given) ? { place: path, given: valueAt(document, path) } : { place: variable, given };
}

/** @returns undefined where the document does not have the key */
export function valueAt(document: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce((value, key) => (isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined), document);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

/** Our own messages are reasons; the library's would repeat the value, which may be a secret. */
function toFault({ place, given }: ReturnType<typeof pick>, setting: Setting, issue: v.BaseIssue<unknown>): Fault {
  const index = issue.path?.map(({ key }) => key).find((key) => typeof key === 'number');
  const described = index === undefined ? given : issue.input;
  const isOurs = ['check', 'check_items', 'raw_transform'].includes(issue.type);
  const hint = isJsonObject(given) && !isOurs ? ' (indented too far?)' : '';
  return {
    path: index === undefined ? place : `${place}[${index}]`,
    found: (setting.secret ? describeSecret(described) : describeFound(described)) + hint,
    expected: isOurs ? issue.message : setting.expected,
  };
}

/** @returns a fault for every unknown key and every section of the wrong kind, top down */
function sectionFaults(document: unknown, prefix = ''): Fault[] {
  const known = knownKeys(prefix);
  if (known.length === 0 || document === undefined || document === null) return [];
  if (!isJsonObject(document)) {
    const expected = `a mapping with the keys ${known.join(', ')}`;
    return [{ path: prefix || 'config.yaml', found: describeFound(document), expected }];
  }
  const pathTo = (key: string) => (prefix === '' ? key : `${prefix}.${key}`);
  return Object.entries(document).flatMap(([key, value]) => {
    if (known.includes(key)) return sectionFaults(value, pathTo(key));
    const near = nearest(key, known);
    const meant = near === undefined ? elsewhere(key) : pathTo(near);
    const advice = meant === undefined ? `known here: ${known.join(', ')}` : `did you mean ${meant}?`;
    return [{ path: pathTo(describeName(key)), expected: `unknown key; ${advice}` }];
  });
}

/** The same key in another section: `token` right under `jumpcloud_api`, for example. */
function elsewhere(key: string): string | undefined {
  const places = new Map(settings.map(([path]) => [path.slice(path.lastIndexOf('.') + 1), path]));
  return places.get(nearest(key, places.keys()) ?? '');
}
