/** Every key of `config.yaml`: the one table for checking, reference and example. */

import type { Setting, ValueOf } from './setting.ts';
import { deploymentSettings } from './settings-deployment.ts';
import { sinkSettings } from './settings-sink.ts';
import { sourceSettings } from './settings-source.ts';

const table = { ...sinkSettings, ...sourceSettings, ...deploymentSettings };

export type SettingPath = keyof typeof table;
export type Values = { readonly [P in SettingPath]: ValueOf<(typeof table)[P]> };

/** In the order a reader wants: where to, where from, what it looks like, where it runs. */
const SECTIONS = ['logzio', 'jumpcloud_api', 'output', 'state', 'aws', 'alarms', 'network'];

const sectionOf = (path: string) => SECTIONS.indexOf(path.split('.')[0] ?? '');

export const settings: readonly (readonly [SettingPath, Setting])[] = (
  Object.entries(table) as [SettingPath, Setting][]
).toSorted(([a], [b]) => sectionOf(a) - sectionOf(b));

/** @returns the keys that may stand under `prefix` (`''`: at the top), each once. */
export function knownKeys(prefix: string): string[] {
  const start = prefix === '' ? '' : `${prefix}.`;
  const keys = settings.flatMap(([path]) =>
    path.startsWith(start) ? (path.slice(start.length).split('.')[0] ?? '') : [],
  );
  return [...new Set(keys)];
}
