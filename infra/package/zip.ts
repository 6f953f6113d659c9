/**
 * A folder's files as a zip: sorted, all of the same time and mode, so that the same files give the
 * same bytes.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';

const UNIX = 3;
const READABLE_BY_ALL = 0o100644 << 16;

/** @param directory without folders in it. */
export function zipOf(directory: string): Uint8Array {
  const names = readdirSync(directory).sort();
  const files = names.map((name) => [name, new Uint8Array(readFileSync(join(directory, name)))]);
  // The first instant that a zip can hold. It holds local time: this is the same in every time
  // zone.
  const mtime = new Date(1980, 0, 1);
  return zipSync(Object.fromEntries(files), { level: 9, mtime, os: UNIX, attrs: READABLE_BY_ALL });
}
