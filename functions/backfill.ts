/**
 * What Lambda invokes to run a backfill: a durable function that only asks the shipping function,
 * again and again.
 */
import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import { runBackfill } from '../lib/backfill/durable-engine.ts';
import { system } from '../lib/platform/outside.ts';

const shipper = process.env.SHIPPER_FUNCTION;
const self = process.env.BACKFILL_FUNCTION;
if (!shipper || !self) {
  throw new Error('SHIPPER_FUNCTION or BACKFILL_FUNCTION is not set: this function is deployed by "npx cdk deploy"');
}

export const handler = withDurableExecution((event, context) =>
  runBackfill(event, context, { shipper, self, clock: system.clock }),
);
