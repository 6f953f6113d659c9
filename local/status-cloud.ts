/** The status of a deployed stack: its runs from its log, its quarantine, its alarms. */

import { CloudWatchClient, DescribeAlarmsCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Result } from '../lib/commands/context.ts';
import type { Clock } from '../lib/platform/outside.ts';
import { DAY_MS, type EpochMs, HOUR_MS } from '../lib/platform/time.ts';
import { alarmNames, outputsOfShipper, runCommand } from './stack.ts';
import type { Status, StreamStatus } from './status.ts';

/** How far back the log is read, where an old watermark is a fault earlier. */
const LOOK_BACK_MS = 3 * HOUR_MS;
/** Where the alarm is not there: of a run every 5 minutes. */
const USUAL_LIMIT_S = 930;
/** A new stack's first audit ends before. */
const LONGEST_WITHOUT_AUDIT_MS = 2 * DAY_MS;
/** As many as one request may name. */
const ALARMS_AT_ONCE = 100;

/** A `run` line of the log. The watermark is null while another run holds the stream. */
interface RunLine {
  readonly level: string;
  readonly summary: string;
  readonly stream: string;
  readonly watermark: string | null;
}

/** @throws CloudError */
export async function statusOf(stack: string, clock: Clock, signal: AbortSignal): Promise<Status> {
  const { FunctionName, LogGroupName } = await outputsOfShipper(stack);
  const lambda = new LambdaClient({ maxAttempts: 1 });
  const logs = new CloudWatchLogsClient();
  const cloudwatch = new CloudWatchClient();
  try {
    const alarms = await alarmsOf(cloudwatch, await alarmNames(stack), clock.now());
    const since = clock.now() - Math.max(LOOK_BACK_MS, alarms.staleAfterMs);
    const [quarantine, runs] = await Promise.all([
      runCommand(lambda, FunctionName, { quarantine: 'list' }, signal),
      lastRuns(logs, LogGroupName, since),
    ]);
    return statusFrom(quarantine, runs, alarms);
  } finally {
    for (const client of [lambda, logs, cloudwatch]) client.destroy();
  }
}

type LastRuns = ReadonlyMap<string, { readonly at: number; readonly line: RunLine }>;
type Alarms = Required<Status>['alarms'] & Pick<Status, 'staleAfterMs'>;

/** @param quarantine the answer of `{"quarantine": "list"}`: it names every configured stream */
export function statusFrom(quarantine: Result, runs: LastRuns, { staleAfterMs, ...alarms }: Alarms): Status {
  const answers = (quarantine.streams ?? [quarantine]) as readonly Waiting[];
  return { streams: answers.map((answer) => streamStatus(answer, runs)), staleAfterMs, alarms };
}

interface Waiting {
  readonly stream: string;
  readonly waiting: readonly { readonly events: number }[];
}

function streamStatus({ stream, waiting }: Waiting, runs: LastRuns): StreamStatus {
  const inQuarantine = waiting.reduce((sum, { events }) => sum + events, 0);
  const run = runs.get(stream);
  if (run === undefined) return { stream, failed: true, lastRun: 'no run has reported for hours', inQuarantine };
  const { watermark, level, summary } = run.line;
  return {
    ...{ stream, ranAt: run.at, failed: level === 'ERROR', lastRun: summary, inQuarantine },
    ...(watermark !== null && { watermark: Date.parse(watermark) }),
  };
}

export async function lastRuns(client: CloudWatchLogsClient, logGroupName: string, startTime: number) {
  const newest = new Map<string, { at: number; line: RunLine }>();
  const query = { logGroupName, startTime, filterPattern: '{ $.message = "run" }' };
  for await (const { events = [] } of paginateFilterLogEvents({ client }, query))
    for (const { message = '', timestamp: at = 0 } of events) {
      const line = JSON.parse(message) as RunLine;
      if (line.watermark !== null && at >= (newest.get(line.stream)?.at ?? 0)) newest.set(line.stream, { at, line });
    }
  return newest;
}

/** The alarm on old data knows how old is too old. */
export async function alarmsOf(client: CloudWatchClient, names: readonly string[], now: EpochMs): Promise<Alarms> {
  const { MetricAlarms = [] } = await client.send(
    new DescribeAlarmsCommand({ AlarmNames: names.slice(0, ALARMS_AT_ONCE), MaxRecords: ALARMS_AT_ONCE }),
  );
  const stale = MetricAlarms.find(({ AlarmName }) => AlarmName?.endsWith('-stale'));
  return {
    count: MetricAlarms.length,
    ringing: MetricAlarms.filter((alarm) => rings(alarm, now)).map(({ AlarmName = '' }) => AlarmName),
    staleAfterMs: (stale?.Threshold ?? USUAL_LIMIT_S) * 1000,
  };
}

/** Without data the one on the audit says that no audit finishes. */
function rings({ AlarmName, StateValue, StateUpdatedTimestamp }: MetricAlarm, now: EpochMs): boolean {
  if (StateValue !== 'INSUFFICIENT_DATA' || !AlarmName?.endsWith('-incomplete')) return StateValue === 'ALARM';
  return now - Number(StateUpdatedTimestamp) > LONGEST_WITHOUT_AUDIT_MS;
}
