/** `npm run cost`: what a stack costs a month, from measured figures and list prices. */
import { parseArgs } from 'node:util';
import { USD } from './prices.ts';
import { MEMORY_MB } from './shipper.ts';

/**
 * Measured on 2026-11-27 with bench/laboratory.ts: the deployed bundle, the sample day's events
 * (677 bytes each, 781 as a log), simulators in another process.
 */
const MEASURED = {
  /** Processor time for an event that is shipped, and for one that is read again and known. */
  shippedMicros: 37,
  knownMicros: 17,
  /** Of a shipped event, after gzip: what leaves AWS. */
  gzippedBytes: 91,
} as const;

/** What cannot be measured without the real services; on the careful side. */
const ASSUMED = {
  /** A warm run with nothing to do but ask once and save: JumpCloud answers in half a second. */
  quietRunSeconds: 0.7,
  /** Each further page of 10,000 events, as far as work on the page before does not cover it. */
  pageSeconds: 0.5,
  /** Summary line, metric and Lambda's own lines of one run. */
  loggedBytes: 3_000,
  /**
   * The daily audit, of half a second each: 14 counts, and 24 for the hours of a day that differs.
   */
  auditSeconds: 20,
} as const;

/** A function of 1,769 MB has one processor (AWS). */
const PROCESSORS = MEMORY_MB / 1_769;
const GIGABYTE = 1e9;
const DAYS = 30;
const INTERVAL_MINUTES = 5;
const LATENESS_MINUTES = 15;
const RUNS = (DAYS * 24 * 60) / INTERVAL_MINUTES;
const PAGE_EVENTS = 10_000;
/** An event is read by every run until it is settled. */
const READS_OF_AN_EVENT = (LATENESS_MINUTES + INTERVAL_MINUTES) / INTERVAL_MINUTES;
/** Of a stack with one organization. */
export const ALARMS = 8;
/** DynamoDB's units, and what the store keeps: see docs/decisions/001-checkpoint-in-dynamodb.md. */
const WRITE_UNIT_BYTES = 1_024;
const READ_UNIT_BYTES = 4_096;
const FINGERPRINT_BYTES = 16;
const FINGERPRINTS_IN_THE_CHECKPOINT = 512;
/**
 * Taking the lease and saving, each the whole item: with its fingerprints inside, or with them in
 * chunks.
 */
const CHECKPOINT_WRITE_UNITS = { full: 5, chunked: 1 };

export interface MonthlyCost {
  readonly lambda: number;
  readonly dynamodb: number;
  readonly cloudwatch: number;
  /** Scheduler and traffic. */
  readonly rest: number;
  readonly total: number;
}

/**
 * One organization, a run every five minutes, fifteen minutes of allowed lateness, no free tier; US
 * dollars.
 */
export function monthlyCost(eventsADay: number): MonthlyCost {
  const shipped = (eventsADay * INTERVAL_MINUTES) / (24 * 60);
  const lambda = lambdaCost(shipped);
  const dynamodb = dynamodbCost(shipped);
  const cloudwatch =
    ALARMS * USD.alarm + USD.customMetric + ((RUNS * ASSUMED.loggedBytes) / GIGABYTE) * USD.logsGigabyte;
  const traffic = ((eventsADay * DAYS * MEASURED.gzippedBytes) / GIGABYTE) * USD.egressGigabyte;
  const rest = traffic + ((RUNS + DAYS) / 1e6) * USD.schedulerMillionRuns;
  return { lambda, dynamodb, cloudwatch, rest, total: lambda + dynamodb + cloudwatch + rest };
}

function lambdaCost(shipped: number): number {
  const read = shipped * READS_OF_AN_EVENT;
  const processorSeconds = (shipped * MEASURED.shippedMicros + (read - shipped) * MEASURED.knownMicros) / 1e6;
  const pages = Math.ceil(read / PAGE_EVENTS);
  const runSeconds =
    ASSUMED.quietRunSeconds + Math.max(0, pages - 1) * ASSUMED.pageSeconds + processorSeconds / PROCESSORS;
  const seconds = RUNS * runSeconds + DAYS * ASSUMED.auditSeconds;
  return ((seconds * MEMORY_MB) / 1_024) * USD.lambdaGbSecond + ((RUNS + DAYS) / 1e6) * USD.lambdaMillionRequests;
}

function dynamodbCost(shipped: number): number {
  const chunkBytes = shipped * FINGERPRINT_BYTES;
  const isChunked = shipped > FINGERPRINTS_IN_THE_CHECKPOINT;
  // Written once, deleted once at the same price, and read by every run in between and by the one
  // that deletes it.
  const chunkWrites = isChunked ? 2 * Math.ceil(chunkBytes / WRITE_UNIT_BYTES) : 0;
  const chunkReads = isChunked ? (READS_OF_AN_EVENT + 1) * Math.ceil(chunkBytes / READ_UNIT_BYTES) : 0;
  const checkpointWrites = 2 * (isChunked ? CHECKPOINT_WRITE_UNITS.chunked : CHECKPOINT_WRITE_UNITS.full);
  const writes = RUNS * (checkpointWrites + chunkWrites);
  return (writes * USD.dynamodbMillionWrites + RUNS * chunkReads * USD.dynamodbMillionReads) / 1e6;
}

/** For the README. */
export function costTable(): string {
  const dollars = (value: number) => `$${value.toFixed(2)}`;
  const rows = [10_000, 1_000_000, 50_000_000].map((events) => {
    const { lambda, dynamodb, cloudwatch, rest, total } = monthlyCost(events);
    return `| ${events.toLocaleString('en-US')} | ${[lambda, dynamodb, cloudwatch, rest].map(dollars).join(' | ')} | **${dollars(total)}** |`;
  });
  return [
    '| events a day | Lambda | DynamoDB | CloudWatch | scheduler, traffic | a month |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { help: { type: 'boolean' } } });
  const help = 'npm run cost    prints what a stack costs a month; takes no options';
  process.stdout.write(`${values.help ? help : costTable()}\n`);
}
