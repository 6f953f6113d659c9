/**
 * What `cdk deploy` prints at its end. It sorts outputs by name, so that the names give the order:
 * first the next steps, with addresses to click, then the names that other programs read.
 */
import { CfnOutput } from 'aws-cdk-lib';
import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { DeployedConfig } from '../lib/config/config.ts';
import { stackFlag } from '../local/stack.ts';
import type { Backfill } from './backfill.ts';
import { consolePage, subscriptionsPage } from './console.ts';
import { ownName } from './own-name.ts';
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
    AfterDeploy1Tokens: `npm run tokens${configFlag(scope)} (once, and whenever a token changes)`,
    AfterDeploy2Alarms: whoHearsAlarms(config.alarms, topic),
    AfterDeploy3Test: `Press "Test" with {"check":true}, then with {}: ${functionPage(shipper)}?tab=testing`,
    AfterDeploy4FirstEvents: firstEvents(config),
    AfterDeploy5SeeInLogzio: `${logzioApp(config.logzio.url)} query: type:${config.logzio.type}`,
    AfterDeploy6Watch: consolePage('cloudwatch', `dashboards:name=${board.dashboardName}`),
    ...(backfill && {
      AfterDeploy7History: `npm run backfill -- --from -90d${stackFlag(ownName(scope))} (months of history, when wanted): ${functionPage(backfill)}`,
      BackfillFunction: backfill.qualifiedName,
    }),
    Logs: consolePage('cloudwatch', `logsV2:log-groups/log-group/${shipper.logs.logGroupName}`),
    FunctionName: shipper.function.functionName,
    LogGroupName: shipper.logs.logGroupName,
    TableName: table.tableName,
    AlarmTopicArn: topic.topicArn,
    TokenParameters: parameterNames(config).join(', '),
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(scope, name, { value });
}

/** `-c config=DIRECTORY` of the CDK, for the other commands. */
function configFlag(scope: Construct): string {
  const folder: string | undefined = scope.node.tryGetContext('config');
  return folder === undefined ? '' : ` -- --config ${folder}`;
}

/** Its tests, its log, and the durable executions where it has some. */
function functionPage({ function: { functionName } }: Shipper | Backfill): string {
  return consolePage('lambda', `/functions/${functionName}`);
}

function whoHearsAlarms({ email, topicArn }: DeployedConfig['alarms'], topic: ITopic): string {
  if (email !== undefined) {
    return `Click the link in AWS's mail to ${email}. No alarm arrives before. Status: ${subscriptionsPage()}`;
  }
  if (topicArn !== undefined) return `Check that somebody subscribes to ${topicArn}: ${subscriptionsPage()}`;
  return `No alarm reaches anybody: set alarms.email or alarms.topic_arn and deploy, or subscribe to ${topic.topicArn}`;
}

function firstEvents({ jumpcloud: { startDate, settings } }: DeployedConfig): string {
  const every = `A run every ${settings.timeIntervalMinutes} minute(s).`;
  if (startDate !== 'now') return `${every} The first ones catch up from start_date.`;
  return `${every} start_date is now, so the first run ships 0 events: this is normal. To see events at once, press "Test" with {"rewind_to":"-1h"}, then with {}.`;
}

/**
 * `listener-eu.logz.io` belongs to `app-eu.logz.io`; of any other host the application is unknown.
 */
function logzioApp(listener: string): string {
  const region = /^https?:\/\/listener(-[a-z]+)?\.logz\.io(:\d+)?$/.exec(listener);
  return region === null ? 'Logz.io,' : `https://app${region[1] ?? ''}.logz.io`;
}
