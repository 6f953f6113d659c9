/** Faults of the document's structure: keys nobody knows, and sections that are no mapping. */
import { isJsonObject } from '../platform/json.ts';
import type { Fault } from './fault.ts';
import { describeFound, describeName } from './found.ts';
import { nearest } from './nearest.ts';
import { knownKeys, settings } from './settings.ts';

/** @returns a fault for every unknown key and every section of the wrong kind, top down */
export function sectionFaults(document: unknown, prefix = ''): Fault[] {
  const known = knownKeys(prefix);
  if (document === undefined || document === null) return [];
  if (!isJsonObject(document)) {
    const expected = `a mapping with the keys ${known.join(', ')}`;
    return [{ path: prefix || 'config.yaml', found: describeFound(document), expected }];
  }
  return Object.entries(document).flatMap(([key, value]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    if (!known.includes(key)) return [unknownKey(prefix, key, known)];
    return isSection(path) ? sectionFaults(value, path) : [];
  });
}

function isSection(path: string): boolean {
  return settings.some(([known]) => known.startsWith(`${path}.`));
}

function unknownKey(prefix: string, key: string, known: string[]): Fault {
  const near = nearest(key, known);
  const suggestion = near === undefined ? elsewhere(key) : join(prefix, near);
  const advice = suggestion === undefined ? `known here: ${known.join(', ')}` : `did you mean ${suggestion}?`;
  return { path: join(prefix, describeName(key)), expected: `unknown key; ${advice}` };
}

/** The same key in another section: `token` right under `jumpcloud_api`, for example. */
function elsewhere(key: string): string | undefined {
  const places = new Map(settings.map(([path]) => [path.slice(path.lastIndexOf('.') + 1), path]));
  return places.get(nearest(key, places.keys()) ?? '');
}

function join(prefix: string, key: string): string {
  return prefix === '' ? key : `${prefix}.${key}`;
}
