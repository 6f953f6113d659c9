/** What Lambda invokes: makes the clients once, then hands every invocation to the handler. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { MetricUnit, Metrics as PowertoolsMetrics } from '@aws-lambda-powertools/metrics';
import middy from '@middy/core';
import { createHandler } from '../lib/commands/handler.ts';
import { deployedConfig } from '../lib/config/parameters.ts';
import { proxiedPost } from '../lib/platform/http-client.ts';
import { type Metric, system } from '../lib/platform/outside.ts';
import { createSsm, HASH_KEY_FORM, ssmSecret } from '../lib/platform/secrets.ts';
import { createDynamoDb, Table } from '../lib/state/table.ts';

const table = process.env.TABLE_NAME;
if (!table) throw new Error('TABLE_NAME is not set: "npx cdk deploy" or the template of the package sets it');

const logger = new Logger();
const powertools = new PowertoolsMetrics();
const bundled = () => JSON.parse(readFileSync(join(import.meta.dirname, 'config.json'), 'utf8'));
const { config, warnings } = deployedConfig(process.env, bundled, Date.now());
for (const warning of warnings) logger.warn(warning);
const ssm = createSsm();
const post = proxiedPost(config.network, ssm);

/** All streams share a metric, since each costs money; one in trouble has it under its name too. */
function write({ name, unit, value, stream }: Metric): void {
  powertools.singleMetric().addMetric(name, MetricUnit[unit], value);
  if (stream === undefined) return;
  const named = powertools.singleMetric();
  named.addDimension('stream', stream);
  named.addMetric(name, MetricUnit[unit], value);
}

const handle = createHandler({
  ...system,
  config,
  table: new Table(createDynamoDb(), table),
  jumpcloudSecret: ssmSecret(ssm, config.jumpcloud.credentials.tokenParameter),
  logzioSecret: ssmSecret(ssm, config.logzio.tokenParameter),
  hashKeySecret:
    config.output.hashFields.length > 0 ? ssmSecret(ssm, config.output.hashKeyParameter, HASH_KEY_FORM) : undefined,
  post,
  disconnect: post.disconnect,
  log: logger,
  metrics: { write },
  alarms: config.alarms,
});

export const handler = middy((event: unknown, context: { getRemainingTimeInMillis(): number }) =>
  handle(event, context),
).use(injectLambdaContext(logger));
