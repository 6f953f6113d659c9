/**
 * `health.json`: what a running program says of its freshness to those who must not open its
 * database.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject } from '../lib/platform/json.ts';
import type { EpochMs } from '../lib/platform/time.ts';
import { duration } from './progress.ts';
import { replaceFile } from './replace-file.ts';

const FILE = 'health.json';

export interface Health {
  /** Of the stream that is furthest behind, after the last run that did all it had to. */
  readonly watermark: EpochMs;
  /** An older watermark is a fault. */
  readonly staleAfterMs: number;
}

/**
 * @param folder `.local` of the project
 * @throws FileError
 */
export function writeHealth(folder: string, { watermark, staleAfterMs }: Health): void {
  const text = JSON.stringify({ watermark: new Date(watermark).toISOString(), staleAfterMs });
  replaceFile(join(folder, FILE), `${text}\n`);
}

/** @returns whether the events in Logz.io are fresh, in one sentence */
export function readHealth(folder: string, now: EpochMs): { healthy: boolean; says: string } {
  const health = parse(join(folder, FILE));
  if (health === undefined)
    return { healthy: false, says: `Unhealthy: no run has ended well yet: there is no readable ${FILE} in ${folder}.` };
  const ageMs = Math.max(0, now - health.watermark);
  const age = `the watermark is ${duration(ageMs / 1000)} old`;
  const limit = duration(health.staleAfterMs / 1000);
  return ageMs <= health.staleAfterMs
    ? { healthy: true, says: `Healthy: ${age}; up to ${limit} is right.` }
    : { healthy: false, says: `Unhealthy: ${age}; over ${limit} is too old. The program's output says why.` };
}

function parse(path: string): Health | undefined {
  try {
    const found: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (!isJsonObject(found)) return undefined;
    const watermark = Date.parse(String(found.watermark));
    const staleAfterMs = Number(found.staleAfterMs);
    return Number.isFinite(watermark) && staleAfterMs > 0 ? { watermark, staleAfterMs } : undefined;
  } catch {
    return undefined;
  }
}
