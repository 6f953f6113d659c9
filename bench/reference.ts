/**
 * What the figures are compared with, over the same HTTP client. `floor`: receive the pages, parse
 * each once, gzip its bytes once. `plain loop`: what one writes by hand with no promise: also set
 * three fields of each event, write it as a line, and send the lines.
 */
import { promisify } from 'node:util';
import { gzip as gzipWithCallback } from 'node:zlib';
import { createPost } from '../lib/platform/http-client.ts';
import type { Measured } from './subject.ts';

export type Reference = 'floor' | 'plain loop';

const KILOBYTE = 1024;
const TIMEOUT_MS = 60_000;
const gzip = promisify(gzipWithCallback);
const post = createPost();
const [, , kind = '', jumpcloudUrl = '', listenerUrl = '', startTime = ''] = process.argv;

async function request(url: string, body: Buffer | string, headers: Record<string, string>) {
  const signal = new AbortController().signal;
  return await post({ url, headers, body, timeoutMs: TIMEOUT_MS, maxAnswerBytes: Number.POSITIVE_INFINITY, signal });
}

function lineOf(event: Record<string, unknown>): string {
  event['@timestamp'] = event.timestamp;
  event.type = 'jumpcloud';
  event.source = 'directory insights';
  return `${JSON.stringify(event)}\n`;
}

async function measure(): Promise<Measured> {
  const startedAt = performance.now();
  let eventsRead = 0;
  let searchAfter: unknown;
  for (let isLast = false; !isLast; ) {
    const query = {
      service: ['all'],
      limit: 10_000,
      start_time: startTime,
      end_time: new Date().toISOString(),
      ...(searchAfter !== undefined && { search_after: searchAfter }),
    };
    const url = `${jumpcloudUrl}/insights/directory/v1/events`;
    const { headers, body } = await request(url, JSON.stringify(query), { 'content-type': 'application/json' });
    searchAfter = JSON.parse(String(headers['x-search_after']));
    const events: Record<string, unknown>[] = JSON.parse(body.toString());
    if (kind === 'floor') await gzip(body, { level: 1 });
    else if (events.length > 0) {
      const lines = await gzip(events.map(lineOf).join(''), { level: 1 });
      await request(listenerUrl, lines, { 'content-encoding': 'gzip' });
    }
    isLast = events.length < Number(headers['x-limit']);
    eventsRead += events.length;
  }
  const { user, system } = process.cpuUsage();
  return {
    initMicros: 0,
    cpuMicros: user + system,
    runMicros: [],
    wallMs: performance.now() - startedAt,
    peakBytes: process.resourceUsage().maxRSS * KILOBYTE,
    result: { eventsRead },
  };
}

measure().then((measured) => process.send?.(measured, () => process.exit()));
