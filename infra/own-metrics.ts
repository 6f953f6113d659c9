/**
 * The metrics that the function writes, as CloudWatch sees them. All carry the stack's name as
 * `service`.
 */
import { Duration } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { INTERVALS_BEFORE_STALE } from '../lib/config/config.ts';

export const METRIC_NAMESPACE = 'JumpCloudLogzio';

/**
 * Every custom metric costs money for each hour in which it is written, so that only the first is
 * written by every run, and none a stream at a time: a stream becomes a dimension only while it is
 * in trouble.
 */
export interface OwnMetrics {
  /**
   * Seconds from the watermark to now, of the stream that lags most among those that reported.
   * Written by every run.
   */
  readonly watermarkAge: Metric;
  /** Events that lie in quarantine. Written only while there are some. */
  readonly quarantined: Metric;
  /**
   * Seconds by which an event of a run came after its timestamp, at least. Written only from half
   * the allowed lateness upwards.
   */
  readonly greatestLateness: Metric;
  /**
   * Events by which settled hours differ from JumpCloud's count. Written by every audit that came
   * to its end or found some.
   */
  readonly auditDifference: Metric;
}

/** Longest period CloudWatch takes for an alarm. */
const LONGEST_PERIOD_MINUTES = 24 * 60;

/** @param service the stack's name. */
export function ownMetrics(service: string, timeIntervalMinutes: number): OwnMetrics {
  const period = Duration.minutes(Math.min(LONGEST_PERIOD_MINUTES, INTERVALS_BEFORE_STALE * timeIntervalMinutes));
  // No label here: with one, an alarm turns into a metric-math alarm, which names its metric less
  // plainly.
  const metric = (metricName: string) =>
    new Metric({
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensionsMap: { service },
      statistic: Stats.MAXIMUM,
      period,
    });
  return {
    watermarkAge: metric('WatermarkAgeSeconds'),
    quarantined: metric('Quarantined'),
    greatestLateness: metric('GreatestLatenessSeconds'),
    auditDifference: metric('AuditDifference').with({ period: Duration.days(1) }),
  };
}
