/** The alarms. Each description says what happened and links to what to do. */
import { Duration } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Alarm, ComparisonOperator, MathExpression, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type DeployedConfig, INTERVALS_BEFORE_STALE, staleAfterMs } from '../lib/config/config.ts';
import { alarmSection } from '../lib/platform/messages.ts';
import type { Backfill } from './backfill.ts';
import type { OwnMetrics } from './own-metrics.ts';
import { METRIC_NAMESPACE } from './own-metrics.ts';
import { ownName } from './own-name.ts';
import type { Shipper } from './shipper.ts';

interface AlarmsProps {
  readonly config: DeployedConfig;
  readonly topic: ITopic;
  readonly metrics: OwnMetrics;
  readonly shipper: Shipper;
  readonly undelivered: IQueue;
  readonly backfill: Backfill | undefined;
}

interface AlarmSpec {
  /** Heading in docs/alarms.md: `#alarm-<name>`. */
  readonly name: string;
  readonly meaning: string;
  readonly metric: IMetric;
  /** Rings from above this value. */
  readonly above: number;
  /**
   * 'is reported': on the topic, once nothing came for all of `periods`; not while nothing ever
   * came, as after a deployment.
   */
  readonly silence?: 'is a fault' | 'is normal' | 'is reported';
  /** How many of the metric's periods it looks at; one above the value is enough. */
  readonly periods?: number;
}

const MISSING_DATA = {
  'is a fault': TreatMissingData.BREACHING,
  'is normal': TreatMissingData.NOT_BREACHING,
  'is reported': TreatMissingData.MISSING,
};

/**
 * Audits are a day apart, and up to an hour more: one day alone may have none. CloudWatch looks at
 * seven days at most.
 */
const DAYS_WITHOUT_AUDIT = 2;

const FIVE_MINUTES = Duration.minutes(5);

/** CloudWatch looks no further back for an alarm on a query: it never rang with a longer period. */
const LONGEST_QUERY_MINUTES = 180;

/**
 * Share of the allowed lateness at which an operator should raise it, before events come too late
 * to be found.
 */
const LATENESS_WARNING_SHARE = 0.8;

export class Alarms extends Construct {
  readonly all: Alarm[];
  readonly #action: SnsAction;

  constructor(scope: Construct, id: string, { config, topic, metrics, shipper, undelivered, backfill }: AlarmsProps) {
    super(scope, id);
    this.#action = new SnsAction(topic);
    const { settings } = config.jumpcloud;
    const staleSeconds = staleAfterMs(settings) / 1000;
    const lateSeconds = LATENESS_WARNING_SHARE * settings.allowedLatenessMinutes * 60;
    const specs: AlarmSpec[] = [
      {
        name: 'failed',
        meaning: 'A run failed. Nothing is lost: the next run tries again from the last save.',
        metric: shipper.function.metricErrors({ period: FIVE_MINUTES, statistic: Stats.SUM }),
        above: 0,
      },
      {
        name: 'throttled',
        meaning: 'Lambda did not start a run: too many functions of the account ran at the same time.',
        metric: shipper.function.metricThrottles({ period: FIVE_MINUTES, statistic: Stats.SUM }),
        above: 0,
      },
      {
        name: 'undelivered',
        meaning: 'EventBridge Scheduler could not start the function.',
        metric: undelivered.metricApproximateNumberOfMessagesVisible({
          period: FIVE_MINUTES,
          statistic: Stats.MAXIMUM,
        }),
        above: 0,
      },
      {
        name: 'stale',
        meaning: `The data in Logz.io is older than ${INTERVALS_BEFORE_STALE} intervals and the source lag, or no run reported for as long.`,
        metric: metrics.watermarkAge,
        above: staleSeconds,
        silence: 'is a fault',
      },
      {
        name: 'quarantine',
        meaning: 'Logz.io did not take some events. They are kept in quarantine.',
        metric: metrics.quarantined,
        above: 0,
      },
      {
        name: 'late',
        meaning: `JumpCloud showed events more than ${lateSeconds / 60} minutes after they happened. After more than ${settings.allowedLatenessMinutes} minutes the runs may miss them.`,
        metric: metrics.greatestLateness,
        above: lateSeconds,
      },
      {
        name: 'incomplete',
        meaning: `The daily audit found an hour in which JumpCloud's number of events differs from the number shipped. Or, as "insufficient data": no audit finished for ${DAYS_WITHOUT_AUDIT} days or more.`,
        metric: metrics.auditDifference,
        above: 0,
        silence: 'is reported',
        periods: DAYS_WITHOUT_AUDIT,
      },
      ...(backfill === undefined
        ? []
        : [
            {
              name: 'backfill',
              meaning:
                'A backfill ended before everything was shipped. Start the same backfill again: it goes on where it was.',
              metric: backfill.failed,
              above: 0,
            },
          ]),
    ];
    const severalStreams = config.jumpcloud.credentials.orgIds.length > 1;
    this.all = [...specs, ...(severalStreams ? naming(specs, metrics) : [])].map((spec) => this.#alarm(spec));
  }

  #alarm({ name, meaning, metric, above, silence = 'is normal', periods = 1 }: AlarmSpec): Alarm {
    const alarm = new Alarm(this, name, {
      alarmName: `${ownName(this)}-${name}`,
      alarmDescription: `${meaning} What to do: ${alarmSection(name.replace(/-stream$/, ''))}`,
      metric,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods,
      ...(periods > 1 && { datapointsToAlarm: 1 }),
      treatMissingData: MISSING_DATA[silence],
    });
    alarm.addAlarmAction(this.#action);
    alarm.addOkAction(this.#action);
    if (silence === 'is reported') alarm.addInsufficientDataAction(this.#action);
    return alarm;
  }
}

/**
 * With several streams, a second alarm beside each that looks across them: its contributors are the
 * streams in trouble, by name. CloudWatch charges it by the metrics it looks at, and a stream has a
 * metric of its own only while it is in trouble.
 */
function naming(specs: AlarmSpec[], metrics: OwnMetrics): AlarmSpec[] {
  const named = new Map<IMetric, string>([
    [metrics.watermarkAge, 'WatermarkAgeSeconds'],
    [metrics.quarantined, 'Quarantined'],
    [metrics.greatestLateness, 'GreatestLatenessSeconds'],
  ]);
  return specs.flatMap((spec) => {
    const metricName = named.get(spec.metric);
    if (metricName === undefined) return [];
    const service = metrics.watermarkAge.dimensions?.service;
    return [
      {
        name: `${spec.name}-stream`,
        meaning: `Names the stream. ${spec.meaning}`,
        metric: new MathExpression({
          expression:
            `SELECT MAX(${metricName}) FROM SCHEMA("${METRIC_NAMESPACE}", service, stream) ` +
            `WHERE service = '${service}' GROUP BY stream ORDER BY MAX() DESC`,
          period: Duration.minutes(Math.min(LONGEST_QUERY_MINUTES, metrics.watermarkAge.period.toMinutes())),
        }),
        above: spec.above,
      },
    ];
  });
}
