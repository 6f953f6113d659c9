/**
 * The page an operator looks at first. Three rows, three questions: is it fresh, is it complete,
 * what does it cost.
 */
import { Duration } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  LogQueryWidget,
  MathExpression,
  Metric,
  SingleValueWidget,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { OwnMetrics } from './own-metrics.ts';
import { ownName } from './own-name.ts';
import { USD } from './prices.ts';
import { RUN_TOTALS } from './saved-queries.ts';
import type { Shipper } from './shipper.ts';
import { MEMORY_MB } from './shipper.ts';
import type { StateTable } from './state-table.ts';

interface DashboardInput {
  readonly metrics: OwnMetrics;
  readonly alarms: Alarm[];
  readonly shipper: Shipper;
  readonly table: StateTable;
}

const FULL_WIDTH = 24;
const HALF = FULL_WIDTH / 2;
const FIVE_MINUTES = Duration.minutes(5);

const INTRODUCTION = `**Fresh?** The watermark age stays under the line. **Complete?** Quarantine and audit difference stay at zero.
**Cost?** What was used in the chosen time range, at list prices (us-east-1, no free tier).
This page is free among an account's first three dashboards, $3 a month after that. The table of runs reads the logs each time it is shown ($0.005 a GB).`;

/** @returns the dashboard, named like the stack. */
export function dashboard(scope: Construct, { metrics, alarms, shipper, table }: DashboardInput): Dashboard {
  const board = new Dashboard(scope, 'Dashboard', {
    dashboardName: ownName(scope),
    defaultInterval: Duration.days(1),
  });
  board.addWidgets(new TextWidget({ markdown: INTRODUCTION, width: FULL_WIDTH, height: 3 }));
  board.addWidgets(...fresh(metrics, alarms));
  board.addWidgets(...complete(metrics, shipper));
  board.addWidgets(...cost(shipper, table));
  return board;
}

function fresh(metrics: OwnMetrics, alarms: Alarm[]) {
  const [stale] = alarms.filter((alarm) => alarm.metric === metrics.watermarkAge);
  return [
    new GraphWidget({
      title: 'Is it fresh?',
      left: [metrics.watermarkAge.with({ period: FIVE_MINUTES, label: 'Watermark age (s)' })],
      leftAnnotations: stale === undefined ? [] : [stale.toAnnotation()],
      leftYAxis: { min: 0 },
      width: HALF,
      height: 6,
    }),
    new AlarmStatusWidget({ title: 'Alarms', alarms, width: HALF, height: 6 }),
  ];
}

function complete(metrics: OwnMetrics, shipper: Shipper) {
  return [
    new GraphWidget({
      title: 'Is it complete?',
      left: [
        metrics.quarantined.with({ label: 'Events in quarantine' }),
        metrics.auditDifference.with({ label: 'Audit: events missing or too many' }),
      ],
      right: [metrics.greatestLateness.with({ label: 'Greatest lateness (s)' })],
      leftYAxis: { min: 0 },
      width: HALF,
      height: 6,
    }),
    new LogQueryWidget({
      title: 'Runs, summed up by hour',
      logGroupNames: [shipper.logs.logGroupName],
      queryLines: [...RUN_TOTALS],
      width: HALF,
      height: 6,
    }),
  ];
}

function cost(shipper: Shipper, table: StateTable) {
  const period = FIVE_MINUTES;
  const sum = { statistic: Stats.SUM, period };
  const duration = shipper.function.metricDuration(sum);
  const requests = shipper.function.metricInvocations(sum);
  const capacity = (metricName: string) =>
    new Metric({ namespace: 'AWS/DynamoDB', metricName, dimensionsMap: { TableName: table.tableName }, ...sum });
  const logBytes = new Metric({
    namespace: 'AWS/Logs',
    metricName: 'IncomingBytes',
    dimensionsMap: { LogGroupName: shipper.logs.logGroupName },
    ...sum,
  });
  const dollars = (label: string, expression: string, usingMetrics: Record<string, Metric>) =>
    new MathExpression({ label, expression, usingMetrics, period });
  const gigabytes = MEMORY_MB / 1024;
  return [
    new SingleValueWidget({
      title: 'What does it cost? US dollars in the time range',
      metrics: [
        dollars(
          'Lambda',
          `ms / 1000 * ${gigabytes} * ${USD.lambdaGbSecond} + n / 1000000 * ${USD.lambdaMillionRequests}`,
          {
            ms: duration,
            n: requests,
          },
        ),
        dollars(
          'DynamoDB',
          `(FILL(w, 0) * ${USD.dynamodbMillionWrites} + FILL(r, 0) * ${USD.dynamodbMillionReads}) / 1000000`,
          {
            w: capacity('ConsumedWriteCapacityUnits'),
            r: capacity('ConsumedReadCapacityUnits'),
          },
        ),
        dollars('Logs', `bytes / 1000000000 * ${USD.logsGigabyte}`, { bytes: logBytes }),
      ],
      setPeriodToTimeRange: true,
      fullPrecision: true,
      width: HALF,
      height: 6,
    }),
    new GraphWidget({
      title: 'Runs and how long they take',
      left: [shipper.function.metricDuration({ statistic: Stats.MAXIMUM, period, label: 'Longest run (ms)' })],
      right: [
        requests.with({ label: 'Runs' }),
        shipper.function.metricErrors({ ...sum, label: 'Failed' }),
        shipper.function.metricThrottles({ ...sum, label: 'Throttled' }),
      ],
      leftYAxis: { min: 0 },
      rightYAxis: { min: 0 },
      width: HALF,
      height: 6,
    }),
  ];
}
