/**
 * Under which name an organization's live events go on. A key without an organization ships as
 * `live#default`. The stream keeps that name when the organization is named in `config.yaml` later,
 * or no longer: all that it remembers lies under it.
 */
import { STREAM_NAME, type Stored } from './items.ts';
import type { Key, Table } from './table.ts';

/** The name of an organization's own stream, or of the only one a key belongs to. */
export function liveStreamName(orgId: string | undefined): string {
  return `live#${orgId ?? 'default'}`;
}

/** @returns undefined for the stream of a key whose organization is not named */
export function orgIdOf(name: string): string | undefined {
  return name === UNNAMED ? undefined : name.slice(liveStreamName('').length);
}

/** The stream of a key whose organization is not named. */
export const UNNAMED = liveStreamName(undefined);

type Known = Stored<typeof STREAM_NAME>;

const nameKey = (name: string): Key<typeof STREAM_NAME> => ({ kind: STREAM_NAME, stream: name, id: '' });

/** What is known of a name: nothing before somebody had to ask. */
export async function readName(table: Table, name: string): Promise<Known> {
  return (await table.get(nameKey(name))) ?? {};
}

export async function noteName(table: Table, name: string, known: Known): Promise<void> {
  await table.put(nameKey(name), known);
}

/** @returns the stream in which an organization's events go on, as far as is known */
export async function streamOf(table: Table, orgId: string | undefined): Promise<string> {
  const own = liveStreamName(orgId);
  return (await readName(table, own)).movedTo ?? own;
}
