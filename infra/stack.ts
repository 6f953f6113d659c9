/** The one stack: what ships, what watches over it, and the next steps after a deployment. */
import { Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { DeployedConfig } from '../lib/config/config.ts';
import { alarmTopic } from './alarm-topic.ts';
import { Alarms } from './alarms.ts';
import { Backfill } from './backfill.ts';
import { dashboard } from './dashboard.ts';
import { nextSteps } from './outputs.ts';
import { ownMetrics } from './own-metrics.ts';
import { ownName } from './own-name.ts';
import { savedQueries } from './saved-queries.ts';
import { Schedules } from './schedules.ts';
import { Shipper } from './shipper.ts';
import { stateTable } from './state-table.ts';

export interface PipelineProps {
  readonly config: DeployedConfig;
  /** What `bundle` made. */
  readonly codeDirectory: string;
  /** What `bundle` made of the backfill's function; absent: the stack has none. */
  readonly backfillCodeDirectory?: string | undefined;
  /** `LOG_LEVEL` as it stood when the stack was synthesized; absent: INFO. */
  readonly logLevel?: string | undefined;
}

export const DESCRIPTION = 'JumpCloud Directory Insights events to Logz.io';

/** What `cdk deploy` deploys. */
export class PipelineStack extends Stack {
  constructor(
    scope: Construct,
    name: string,
    { config, codeDirectory, backfillCodeDirectory, logLevel }: PipelineProps,
  ) {
    super(scope, name, { description: DESCRIPTION, tags: { project: 'jumpcloud-logzio' } });
    addPipeline(this, {
      config,
      code: Code.fromAsset(codeDirectory),
      ...(backfillCodeDirectory !== undefined && { backfillCode: Code.fromAsset(backfillCodeDirectory) }),
      logLevel,
    });
  }
}

interface Pipeline {
  readonly config: DeployedConfig;
  readonly code: Code;
  readonly backfillCode?: Code;
  readonly logLevel?: string | undefined;
  /** See `ShipperProps`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Everything in the stack, whether the CDK deploys it or a package. */
export function addPipeline(
  stack: Stack,
  { config, code, backfillCode, logLevel, settings }: Pipeline,
): { shipper: Shipper; backfill: Backfill | undefined } {
  const { kmsKeyArn } = config.aws;
  // The customer's own: its policy has to admit CloudWatch and DynamoDB already, as
  // docs/decisions/006-encryption.md shows.
  const key = kmsKeyArn === undefined ? undefined : Key.fromKeyArn(stack, 'Key', kmsKeyArn);
  const table = stateTable(stack, config.state.table, key);
  const shipper = new Shipper(stack, 'Shipper', { config, code, table, key, logLevel, settings });
  const backfill =
    backfillCode === undefined ? undefined : new Backfill(stack, 'Backfill', { code: backfillCode, shipper, key });
  const schedules = new Schedules(stack, 'Schedules', { config, target: shipper.function });

  const metrics = ownMetrics(ownName(stack), config.jumpcloud.settings.timeIntervalMinutes);
  const topic = alarmTopic(stack, config.alarms, key);
  const { undelivered } = schedules;
  const alarms = new Alarms(stack, 'Alarms', { config, topic, metrics, shipper, undelivered, backfill });
  const board = dashboard(stack, { metrics, alarms: alarms.all, shipper, table });
  savedQueries(stack, shipper.logs);
  nextSteps(stack, { config, shipper, backfill, table, topic, board });
  return { shipper, backfill };
}
