/**
 * The floor under every figure: receives the same pages over the same HTTP client, parses each
 * once, and gzips its bytes once; nothing else. `--without-parse` leaves the parsing out: what no
 * program can do without.
 */
import { promisify } from 'node:util';
import { gzip as gzipWithCallback } from 'node:zlib';
import { createPost } from '../lib/platform/http.ts';
import type { Measured } from './subject.ts';

const KILOBYTE = 1024;
const TIMEOUT_MS = 60_000;
const gzip = promisify(gzipWithCallback);
const [, , url = '', startTime = ''] = process.argv;
const parses = !process.argv.includes('--without-parse');

async function measure(): Promise<Measured> {
  const startedAt = performance.now();
  const post = createPost();
  let eventsRead = 0;
  let searchAfter: unknown;
  for (let isLast = false; !isLast; ) {
    const { headers, body } = await post({
      url: `${url}/insights/directory/v1/events`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        service: ['all'],
        limit: 10_000,
        start_time: startTime,
        end_time: new Date().toISOString(),
        ...(searchAfter !== undefined && { search_after: searchAfter }),
      }),
      timeoutMs: TIMEOUT_MS,
      maxAnswerBytes: Number.POSITIVE_INFINITY,
      signal: new AbortController().signal,
    });
    searchAfter = JSON.parse(String(headers['x-search_after']));
    const count = Number(headers['x-result-count']);
    isLast = count < Number(headers['x-limit']);
    if (parses && JSON.parse(body.toString()).length !== count) throw new Error('a page is not what its header says');
    await gzip(body, { level: 1 });
    eventsRead += count;
  }
  const { user, system } = process.cpuUsage();
  return {
    initMicros: 0,
    cpuMicros: user + system,
    wallMs: performance.now() - startedAt,
    peakBytes: process.resourceUsage().maxRSS * KILOBYTE,
    result: { eventsRead },
  };
}

measure().then((measured) => process.send?.(measured, () => process.exit()));
