/**
 * Public list prices that the dashboard and `npm run cost` multiply with what was used: us-east-1,
 * US dollars, without free tier, as of 2026-06.
 */

export const USD = {
  /** Lambda on arm64, first 7.5 billion GB-seconds a month. */
  lambdaGbSecond: 0.0000133334,
  lambdaMillionRequests: 0.2,
  /** DynamoDB on demand. */
  dynamodbMillionWrites: 0.625,
  dynamodbMillionReads: 0.125,
  /** CloudWatch Logs, standard class, ingestion. */
  logsGigabyte: 0.5,
  /** CloudWatch, each a month. */
  alarm: 0.1,
  customMetric: 0.3,
  /** EventBridge Scheduler. */
  schedulerMillionRuns: 1,
  /** From AWS to the internet, first 10 TB. */
  egressGigabyte: 0.09,
} as const;
