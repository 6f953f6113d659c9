/** From an unknown document to checked values, with every fault and every tolerated form. */
import * as v from 'valibot';
import { isJsonObject } from '../platform/json.ts';
import type { Fault } from './fault.ts';
import { describeFound, describeSecret } from './found.ts';
import type { Setting } from './setting.ts';
import { type SettingPath, settings, type Values } from './settings.ts';
import { sectionFaults } from './unknown-keys.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What could be read; a path with a fault has no value. */
export interface Reading {
  readonly values: Partial<Values>;
  readonly faults: Fault[];
  readonly warnings: string[];
}

/** What fails in two ways, as 0.5 for whole minutes from 1 on, would be told the same twice. */
const ONE_FAULT_A_VALUE = { abortPipeEarly: true };

/** @param document the parsed `config.yaml`; `undefined` and `null` are an empty one. */
export function readValues(document: unknown, environment: Environment): Reading {
  const faults = sectionFaults(document);
  const warnings: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [path, setting] of settings) {
    const { place, given } = pick(document, environment, path, setting);
    if (isEmpty(given)) {
      values[path] = setting.fallback;
      continue;
    }
    const tolerated = setting.tolerate?.(given);
    if (tolerated?.warning !== undefined) warnings.push(`${place}: ${tolerated.warning}`);
    const result = v.safeParse(setting.schema, tolerated ? tolerated.value : given, ONE_FAULT_A_VALUE);
    if (result.success) values[path] = result.output;
    else faults.push(...result.issues.map((issue) => toFault({ place, path, setting, given }, issue)));
  }
  return { values: values as Partial<Values>, faults, warnings };
}

/** The environment comes before the file; an empty variable is an absent one. */
function pick(document: unknown, environment: Environment, path: SettingPath, setting: Setting) {
  const variable = setting.environment;
  const fromEnvironment = variable === undefined ? undefined : environment[variable];
  if (variable !== undefined && !isEmpty(fromEnvironment)) return { place: variable, given: fromEnvironment };
  let given = document;
  for (const key of path.split('.')) given = isJsonObject(given) && Object.hasOwn(given, key) ? given[key] : undefined;
  return { place: path, given };
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

interface Given {
  /** The key, or the environment variable. */
  readonly place: string;
  readonly path: SettingPath;
  readonly setting: Setting;
  readonly given: unknown;
}

/** Our own messages are reasons; the library's would repeat the value, which may be a secret. */
function toFault({ place, path, setting, given }: Given, issue: v.BaseIssue<unknown>): Fault {
  const ownWords = /^(check|raw_check|raw_transform)$/.test(issue.type);
  const entry = (issue.path ?? []).find((item) => typeof item.key === 'number');
  const described = entry === undefined ? given : issue.input;
  const found = setting.secret ? describeSecret(described) : describeFound(described);
  return {
    path: entry === undefined ? place : `${place}[${entry.key}]`,
    found: found + indentationHint(given, path),
    expected: ownWords ? issue.message : setting.expected,
  };
}

/** A key that swallowed the keys after it, because they stand one space too far to the right. */
function indentationHint(given: unknown, path: SettingPath): string {
  if (!isJsonObject(given)) return '';
  const section = path.slice(0, path.lastIndexOf('.') + 1);
  const following = Object.keys(given).find((key) =>
    settings.some(([known]) => `${known}.`.startsWith(`${section}${key}.`)),
  );
  return following === undefined ? '' : ` (is \`${following}\` indented too far?)`;
}
