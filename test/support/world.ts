/**
 * A small world for whole runs: JumpCloud, Logz.io and AWS as simulators on loopback, one clock for
 * all of them.
 */

import assert from 'node:assert/strict';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { Result, Runtime } from '../../lib/commands/context.ts';
import { createHandler, type Handler } from '../../lib/commands/handler.ts';
import type { Config } from '../../lib/config/config.ts';
import { parseConfig } from '../../lib/config/parse.ts';
import { createPost } from '../../lib/platform/http-client.ts';
import { type Metric, system } from '../../lib/platform/outside.ts';
import { ssmSecret } from '../../lib/platform/secrets.ts';
import type { EpochMs } from '../../lib/platform/time.ts';
import { createDynamoDb, Table } from '../../lib/state/table.ts';
import { startAws } from '../../simulators/aws.ts';
import { type JumpcloudOptions, SIMULATED_API_KEY, startJumpcloud } from '../../simulators/jumpcloud.ts';
import { type LogzioOptions, SIMULATED_SHIPPING_TOKEN, startLogzio } from '../../simulators/logzio.ts';
import { VirtualClock } from './virtual-clock.ts';

export const NOON: EpochMs = Date.parse('2026-11-20T12:00:00Z');
export const MINUTE_MS = 60_000;
export const HASH_KEY = 'key-of-the-hashes-0123456789abcdef';
export const TABLE = 'jumpcloud-logzio-test';
const RUN_MS = 290_000;

export interface WorldOptions {
  /** Written like `config.yaml`. */
  readonly config?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly jumpcloud?: JumpcloudOptions;
  readonly logzio?: LogzioOptions;
  readonly now?: EpochMs;
}

export type World = Awaited<ReturnType<typeof startWorld>>;

export async function startWorld(options: WorldOptions = {}) {
  const clock = new VirtualClock(options.now ?? NOON);
  const jumpcloud = await startJumpcloud({ clock: clock.now, ...options.jumpcloud });
  const logzio = await startLogzio({ clock: clock.now, ...options.logzio });
  const parameters = {
    '/jumpcloud-logzio/logzio-token': SIMULATED_SHIPPING_TOKEN,
    '/jumpcloud-logzio/jumpcloud-token': SIMULATED_API_KEY,
    '/jumpcloud-logzio/hash-key': HASH_KEY,
  };
  // AWS keeps real time: its client takes a Date that is far from its own for a clock to correct,
  // and asks again.
  const aws = await startAws({ table: TABLE, parameters });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const dynamodb = createDynamoDb({ endpoint: aws.dynamoDb.endpoint, region: 'us-east-1', credentials });
  const ssm = new SSMClient({ endpoint: aws.ssm.endpoint, region: 'us-east-1', credentials });
  const table = new Table(dynamodb, TABLE);
  const printed: string[] = [];
  const written: Metric[] = [];
  const print = (level: string) => (message: string, fields: object) => {
    // The deployed logger drops such a field, with a warning of its own each time.
    assert.ok(!('message' in fields), 'a field may not be named as the line itself');
    printed.push(JSON.stringify({ level, message, ...fields }));
  };

  /** Reads the configuration as it would be read from `config.yaml`. */
  function configure(config: WorldOptions['config'] = {}): Config {
    return parseConfig(
      {
        ...config,
        logzio: { url: logzio.url, ...config.logzio },
        jumpcloud_api: { url: jumpcloud.url, start_date: '-1h', ...config.jumpcloud_api },
      },
      {},
      clock.now(),
    ).config;
  }

  let config: Config;
  try {
    config = configure(options.config);
  } catch (error) {
    // Servers that nobody closes would keep the process alive.
    await Promise.all([jumpcloud.close(), logzio.close(), aws.close()]);
    throw error;
  }
  const runtime: Runtime = {
    ...system,
    config,
    clock,
    metrics: { write: (metric) => void written.push(metric) },
    table,
    jumpcloudSecret: ssmSecret(ssm, '/jumpcloud-logzio/jumpcloud-token'),
    logzioSecret: ssmSecret(ssm, '/jumpcloud-logzio/logzio-token'),
    hashKeySecret: config.output.hashFields.length > 0 ? ssmSecret(ssm, config.output.hashKeyParameter) : undefined,
    post: createPost(),
    log: { debug: print('DEBUG'), info: print('INFO'), warn: print('WARN'), error: print('ERROR') },
    tokenUrl: jumpcloud.tokenUrl,
  };

  return {
    clock,
    jumpcloud,
    logzio,
    aws,
    dynamodb,
    table,
    ssm,
    runtime,
    configure,
    /** Every line that was logged. */
    printed,
    /** Every metric that was written. */
    written,
    /** A function instance, as Lambda would start it: with nothing in memory. */
    instance(overrides: Partial<Runtime> = {}): Handler {
      return createHandler({ ...runtime, ...overrides });
    },
    /** Invokes a new instance. @param lifeMs what Lambda says is left */
    async invoke(input: unknown = {}, overrides: Partial<Runtime> = {}, lifeMs = RUN_MS): Promise<Result> {
      const endsAt = clock.now() + lifeMs;
      return await this.instance(overrides)(input, { getRemainingTimeInMillis: () => endsAt - clock.now() });
    },
    /** What Logz.io took, parsed. */
    shipped(): Record<string, unknown>[] {
      return logzio.lines.map((line) => JSON.parse(line));
    },
    async [Symbol.asyncDispose]() {
      dynamodb.destroy();
      ssm.destroy();
      await Promise.all([jumpcloud.close(), logzio.close(), aws.close()]);
    },
  };
}

/** An event of the directory service. @param at instant, or RFC 3339 text */
export function loginAt(at: EpochMs | string, id: string, more: Record<string, unknown> = {}) {
  const timestamp = typeof at === 'string' ? at : new Date(at).toISOString();
  return {
    text: JSON.stringify({
      id,
      timestamp,
      service: 'directory',
      event_type: 'user_login_attempt',
      success: true,
      ...more,
    }),
  };
}
