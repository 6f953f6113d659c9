/** What `cdk deploy` prints at its end: the next steps, in order, with the addresses to click. */
import { Aws, CfnOutput } from 'aws-cdk-lib';
import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { DeployedConfig } from '../lib/config/config.ts';
import { type Backfill, backfillsPage } from './backfill.ts';
import { dashboardAddress } from './dashboard.ts';
import { parameterNames } from './permissions.ts';
import type { Shipper } from './shipper.ts';
import type { StateTable } from './state-table.ts';

interface OutputsInput {
  readonly config: DeployedConfig;
  readonly shipper: Shipper;
  readonly backfill: Backfill | undefined;
  readonly table: StateTable;
  readonly topic: ITopic;
  readonly board: Dashboard;
}

export function nextSteps(scope: Construct, { config, shipper, backfill, table, topic, board }: OutputsInput): void {
  const outputs: Record<string, string> = {
    Step1Tokens: 'npm run tokens (once, and whenever a token changes)',
    Step2Test: `Press "Test" with {"check":true}, then with {}: ${shipper.testPage}`,
    Step3WhatToExpect: whatToExpect(config),
    Step4SeeInLogzio: `${logzioApp(config.logzio.url)} query: type:${config.logzio.type}`,
    Step5Watch: dashboardAddress(board),
    ...(backfill && {
      Step6History: `npm run backfill -- --from -90d (months of history, when wanted): ${backfillsPage(backfill.function.functionName)}`,
      BackfillFunction: backfill.qualifiedName,
    }),
    Logs: logsAddress(shipper.logs.logGroupName),
    FunctionName: shipper.function.functionName,
    LogGroupName: shipper.logs.logGroupName,
    TableName: table.tableName,
    AlarmTopicArn: topic.topicArn,
    TokenParameters: parameterNames(config).join(', '),
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(scope, name, { value });
}

function whatToExpect({ jumpcloud: { startDate, settings } }: DeployedConfig): string {
  const every = `a run every ${settings.timeIntervalMinutes} minute(s)`;
  if (startDate !== 'now') return `${every}; the first ones catch up from start_date.`;
  return `${every}; start_date is now, so the first run ships 0 events: this is normal. To see events at once, set start_date: -1h before the first run.`;
}

/** `listener-eu.logz.io` belongs to `app-eu.logz.io`; of any other host the application is unknown. */
function logzioApp(listener: string): string {
  const region = /^listener(-[a-z]+)?\.logz\.io$/.exec(new URL(listener).hostname);
  return region === null ? 'Logz.io,' : `https://app${region[1] ?? ''}.logz.io`;
}

function logsAddress(logGroupName: string): string {
  return `https://${Aws.REGION}.console.aws.amazon.com/cloudwatch/home?region=${Aws.REGION}#logsV2:log-groups/log-group/${logGroupName}`;
}
