/** The one stack: what ships, what watches over it, and what the operator is told after a deployment. */
import { Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { DeployedConfig } from '../lib/config/config.ts';
import { alarmTopic } from './alarm-topic.ts';
import { Alarms } from './alarms.ts';
import { Backfill } from './backfill.ts';
import { dashboard } from './dashboard.ts';
import { optionalKey } from './encryption.ts';
import { nextSteps } from './outputs.ts';
import { ownMetrics } from './own-metrics.ts';
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

export class PipelineStack extends Stack {
  constructor(
    scope: Construct,
    name: string,
    { config, codeDirectory, backfillCodeDirectory, logLevel }: PipelineProps,
  ) {
    super(scope, name, {
      description: 'JumpCloud Directory Insights events to Logz.io',
      tags: { project: 'jumpcloud-logzio' },
    });
    const key = optionalKey(this, config.aws.kmsKeyArn);
    const table = stateTable(this, config.state.table, key);
    const shipper = new Shipper(this, 'Shipper', { config, code: Code.fromAsset(codeDirectory), table, key, logLevel });
    const backfill =
      backfillCodeDirectory === undefined
        ? undefined
        : new Backfill(this, 'Backfill', { code: Code.fromAsset(backfillCodeDirectory), shipper, key });
    const schedules = new Schedules(this, 'Schedules', { config, target: shipper.function });

    const metrics = ownMetrics(name, config.jumpcloud.settings.timeIntervalMinutes);
    const topic = alarmTopic(this, config.alarms, key);
    const alarms = new Alarms(this, 'Alarms', {
      config,
      topic,
      metrics,
      shipper,
      undelivered: schedules.undelivered,
      backfill,
    });
    const board = dashboard(this, { metrics, alarms: alarms.all, shipper, table });
    savedQueries(this, shipper.logs);
    nextSteps(this, { config, shipper, backfill, table, topic, board });
  }
}
