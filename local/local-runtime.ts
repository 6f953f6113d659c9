/**
 * The handler's runtime on this machine: the same parts as in the Lambda, with the embedded AWS
 * behind them.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Runtime } from '../lib/commands/context.ts';
import { type Clock, type Log, system } from '../lib/platform/outside.ts';
import { createDynamoDb } from '../lib/state/table.ts';
import { EMBEDDED_CREDENTIALS, EMBEDDED_REGION } from '../simulators/aws-answers.ts';

export const TABLE = 'jumpcloud-logzio';
/** A killed run's lease is in the way of the next one this long; a living run renews it. */
const LEASE_MS = 10_000;

/** @param accessKeyId the one the database was started for, if it was. */
export function localDynamoDb(endpoint: string, accessKeyId = EMBEDDED_CREDENTIALS.accessKeyId): DynamoDBClient {
  const { secretAccessKey } = EMBEDDED_CREDENTIALS;
  return createDynamoDb({ endpoint, region: EMBEDDED_REGION, credentials: { accessKeyId, secretAccessKey } });
}

/** What a local run has whatever it is for. */
export function localParts(
  log: Log,
): Pick<Runtime, keyof typeof system | 'metrics' | 'leaseMs' | 'log' | 'hasSchedule'> & { clock: Clock } {
  return { ...system, metrics: { write: () => undefined }, leaseMs: LEASE_MS, log, hasSchedule: false };
}

/**
 * A log for a person: warnings as they are, requests when `LOG_LEVEL` is DEBUG. Results and errors
 * are left to the runner, which says them in its own way.
 */
export function localLog(say: (text: string) => void, level: string | undefined): Log {
  return {
    debug: (message, fields) => {
      if (level?.toUpperCase() === 'DEBUG') say(`${message} ${JSON.stringify(fields)}`);
    },
    info: () => {},
    warn: (message) => say(`Warning: ${message}`),
    error: () => {},
  };
}
