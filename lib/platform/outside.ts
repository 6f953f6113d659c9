/** Everything outside the program, as one typed object, and what of it every machine has. */
import { randomUUID } from 'node:crypto';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type {
  AttributeValue,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { Post } from './http.ts';
import type { EpochMs } from './time.ts';

/** All questions for the time, and all waits, go through it. */
export interface Clock {
  /** The current instant. May step back or forth, as a machine's clock does. */
  now(): EpochMs;
  /** A stopwatch in milliseconds: never steps, begins anywhere. */
  elapsedMs(): number;
  /** A pause in the work. @throws when `signal` is aborted meanwhile */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Resolves later, while the work goes on. @throws when `signal` is aborted meanwhile */
  timer(ms: number, signal?: AbortSignal): Promise<void>;
  /** Lets requests and timers that are due go on first. */
  turn(): Promise<void>;
}

export interface Random {
  /** At least 0 and less than 1. */
  fraction(): number;
  /** An id that nobody else has. */
  uuid(): string;
}

export interface Compression {
  gzip(bytes: Buffer | string, level?: number): Promise<Buffer>;
  gunzip(bytes: Uint8Array): Promise<Buffer>;
}

type Write = (message: string, fields: Readonly<Record<string, unknown>>) => void;

/** A log with fields. Nothing given to it may carry a token. */
export type Log = Readonly<Record<'debug' | 'info' | 'warn' | 'error', Write>>;

/** One value of a metric that alarms watch. */
export interface Metric {
  readonly name: string;
  readonly unit: 'Seconds' | 'Count';
  readonly value: number;
  /** Set while this stream is in trouble: the value is then written under its name too. */
  readonly stream?: string;
}

type Item = Record<string, AttributeValue>;

/** What of DynamoDB's client the program uses. */
export interface DynamoDb {
  send(
    command: GetItemCommand | PutItemCommand | UpdateItemCommand | DeleteItemCommand | QueryCommand,
  ): Promise<DynamoDbAnswer>;
}

/** What of the answers of all these commands the program reads. */
export interface DynamoDbAnswer {
  readonly Item?: Item | undefined; // of a get
  readonly Attributes?: Item | undefined; // of an update
  readonly Items?: Item[] | undefined; // of a query, as the next
  readonly LastEvaluatedKey?: Item | undefined;
}

export interface Outside {
  readonly clock: Clock;
  readonly random: Random;
  readonly post: Post;
  readonly dynamodb: DynamoDb;
  readonly ssm: Pick<SSMClient, 'send'>;
  readonly compression: Compression;
  readonly log: Log;
  readonly metrics: { write(metric: Metric): void };
}

/** What waiting and trying again need. */
export type Timing = Pick<Outside, 'clock' | 'random'>;

/** A usual bulk shrinks to less: one piece of work for the thread, not one for every 16 KB. */
const CHUNK_BYTES = 512 * 1024;
const gzipAsync = promisify(gzip);
const waitFor = (ms: number, signal?: AbortSignal) => setTimeout(ms, undefined, signal && { signal });

/** What every process on a real machine has; nothing else in `lib/` asks the system. */
export const system: Pick<Outside, 'clock' | 'random' | 'compression'> = {
  clock: {
    now: Date.now,
    elapsedMs: () => performance.now(),
    sleep: waitFor,
    timer: waitFor,
    turn: () => setImmediate(),
  },
  random: { fraction: Math.random, uuid: randomUUID },
  compression: {
    gzip: (bytes, level) => gzipAsync(bytes, { chunkSize: CHUNK_BYTES, ...(level !== undefined && { level }) }),
    gunzip: promisify(gunzip),
  },
};
