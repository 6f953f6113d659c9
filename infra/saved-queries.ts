/**
 * Logs Insights queries that an operator finds ready in the console, under the stack's name. They
 * cost nothing until they are run.
 */
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { QueryDefinition, QueryString } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ownName } from './own-name.ts';

/** The one line that every run ends with. */
const SUMMARIES = 'filter message = "run" and ispresent(shipped)';

/** What the runs of each hour add up to; also shown on the dashboard. */
export const RUN_TOTALS = [
  SUMMARIES,
  'stats sum(shipped) as shipped, sum(alreadyDelivered) as alreadyDelivered, sum(late) as late, ' +
    'sum(possibleRepeats) as possibleRepeats, sum(quarantined) as quarantined, max(greatestLatenessSeconds) as greatestLateness by bin(1h)',
  'sort by bin(1h) desc',
] as const;

const QUERIES: Record<string, readonly string[]> = {
  'runs-by-hour': RUN_TOTALS,
  runs: [
    'fields @timestamp, stream, shipped, alreadyDelivered, late, pages, bulks, retries, watermark, watermarkAgeSeconds, caughtUp',
    SUMMARIES,
    'sort @timestamp desc',
    'limit 200',
  ],
  'stale-streams': [
    SUMMARIES,
    'stats latest(watermarkAgeSeconds) as ageSeconds, latest(watermark) as readTo, max(@timestamp) as lastRun by stream',
    'sort ageSeconds desc',
    'limit 100',
  ],
  'late-events': [
    SUMMARIES,
    'stats sum(late) as lateEvents, max(greatestLatenessSeconds) as greatestLateness by stream, bin(1d)',
    'sort greatestLateness desc',
  ],
  failures: [
    'fields @timestamp, level, message, error.name, error.message, stream',
    'filter level in ["ERROR", "WARN"] or type = "platform.report" and record.status != "success"',
    'sort @timestamp desc',
    'limit 200',
  ],
  'billed-seconds': [
    'filter type = "platform.report"',
    'stats count(*) as runs, sum(record.metrics.billedDurationMs) / 1000 as billedSeconds, ' +
      'max(record.metrics.durationMs) as longestMs, max(record.metrics.maxMemoryUsedMB) as mostMemoryMB by bin(1d)',
  ],
};

export function savedQueries(scope: Construct, logs: ILogGroup): void {
  for (const [name, lines] of Object.entries(QUERIES)) {
    const [first, ...rest] = lines;
    new QueryDefinition(scope, `Query-${name}`, {
      queryDefinitionName: `${ownName(scope)}/${name}`,
      queryString: verbatim([first ?? '', ...rest]),
      logGroups: [logs],
    });
  }
}

/**
 * The construct library's builder sorts its clauses in an order of its own; these queries mean
 * theirs.
 */
function verbatim(lines: string[]): QueryString {
  return new (class extends QueryString {
    override toString(): string {
      return lines.join('\n| ');
    }
  })();
}
