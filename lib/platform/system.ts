/** The real clock, random numbers and compression: only this file of `lib/` asks the system. */
import { randomUUID } from 'node:crypto';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Clock, Compression, Random } from './outside.ts';

const waitFor = (ms: number, signal?: AbortSignal) => setTimeout(ms, undefined, signal && { signal });

export const systemClock: Clock = {
  now: Date.now,
  elapsedMs: () => performance.now(),
  sleep: waitFor,
  timer: waitFor,
  turn: () => setImmediate(),
};

export const systemRandom: Random = { fraction: Math.random, uuid: randomUUID };

/** A usual bulk shrinks to less: one piece of work for the thread, not one for every 16 KB. */
const CHUNK_BYTES = 512 * 1024;
const gzipAsync = promisify(gzip);

export const systemCompression: Compression = {
  gzip: (bytes, level) => gzipAsync(bytes, { chunkSize: CHUNK_BYTES, ...(level !== undefined && { level }) }),
  gunzip: promisify(gunzip),
};

/** What every process on a real machine has. */
export const system = { clock: systemClock, random: systemRandom, compression: systemCompression };
