/** What Lambda invokes: makes the clients once, then hands every invocation to the handler. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import middy from '@middy/core';
import { createHandler } from '../lib/commands/handler.ts';
import { createRunMetrics } from '../lib/commands/metrics.ts';
import type { Runtime } from '../lib/commands/runtime.ts';
import { parseDeployedConfig } from '../lib/config/deployed.ts';
import { systemClock } from '../lib/platform/clock.ts';
import { proxiedPost } from '../lib/platform/proxied-post.ts';
import { createSsm, ssmSecret } from '../lib/platform/secrets.ts';
import { createDynamoDb } from '../lib/state/table.ts';

const table = process.env.TABLE_NAME;
if (!table) throw new Error('TABLE_NAME is not set: this function is deployed by "npx cdk deploy", which sets it');

const logger = new Logger();
const config = parseDeployedConfig(readFileSync(join(import.meta.dirname, 'config.json'), 'utf8'));
const ssm = createSsm();
const runMetrics = createRunMetrics(new Metrics(), config);

const post = proxiedPost(config.network, ssm);

const runtime: Runtime = {
  config,
  clock: systemClock,
  dynamodb: createDynamoDb(),
  table,
  jumpcloudSecret: ssmSecret(ssm, config.jumpcloud.credentials.tokenParameter),
  logzioSecret: ssmSecret(ssm, config.logzio.tokenParameter),
  post,
  disconnect: post.disconnect,
  log: logger,
  onRun: (report) => runMetrics.run(report, systemClock.now()),
  onNeighbour: (stream, watermark) => runMetrics.neighbour(stream, watermark, systemClock.now()),
  onQuarantined: (stream, events) => runMetrics.quarantined(stream, events),
  onAudit: (stream, differentEvents, waiting) => runMetrics.audit(stream, differentEvents, waiting),
};

const handle = createHandler(runtime);

export const handler = middy((event: unknown, context: { getRemainingTimeInMillis(): number }) =>
  handle(event, context),
).use(injectLambdaContext(logger));
