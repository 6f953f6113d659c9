/**
 * `node bench/gzip-levels.ts`: what each gzip level costs and saves, for bulks of several sizes.
 */
import { gzipSync } from 'node:zlib';
import { History } from './events.ts';

const LEVELS = [1, 2, 3, 4, 6, 9];
const SIZES_MB = [1, 3, 9];
const REPEATS = 5;
const EVENTS = 14_000;
const MEGABYTE = 1024 * 1024;

const history = new History({ kind: 'sample day', count: EVENTS, from: Date.now(), stepMs: 20 });
const body = Buffer.concat([...history.page(0, EVENTS)]);
process.stdout.write('| level | bulk | CPU an event | shrinks to |\n|---|---|---|---|\n');
for (const megabytes of SIZES_MB) {
  const bulk = body.subarray(0, megabytes * MEGABYTE);
  const events = bulk.length / history.eventBytes;
  for (const level of LEVELS) {
    gzipSync(bulk, { level });
    const before = process.cpuUsage();
    let gzipped = 0;
    for (let n = 0; n < REPEATS; n++) gzipped = gzipSync(bulk, { level }).length;
    const { user, system } = process.cpuUsage(before);
    const micros = (user + system) / REPEATS / events;
    const share = ((100 * gzipped) / bulk.length).toFixed(1);
    process.stdout.write(`| ${level} | ${megabytes} MB | ${micros.toFixed(2)} µs | ${share} % |\n`);
  }
}
