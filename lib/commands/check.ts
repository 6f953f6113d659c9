/** `{"check": true}`: tests each part that events pass through; one fault hides no other. */
import { type Config, staleAfterMs } from '../config/config.ts';
import { alarmSection, onlyFor, plural } from '../platform/messages.ts';
import type { Secret } from '../platform/secrets.ts';
import { type EpochMs, formatInstant, MINUTE_MS } from '../platform/time.ts';
import { isAhead } from '../ship/checkpoint.ts';
import { type PeekedStream, peek } from '../state/dynamodb-store.ts';
import { streamOf } from '../state/stream-name.ts';
import { behind, checkJumpcloud, checkLogzio, type Finding, notTested, ok, wrong } from './check-connections.ts';
import { type Context, connect, type Organization, type Result, type Runtime } from './context.ts';

/** Succeeds whatever it finds: a person asked, and no alarm is to ring. */
export async function checkStream({ runtime, orgId, stream: { name }, totalMs }: Context): Promise<Result> {
  // Several organizations share the time. A third each for JumpCloud, Logz.io and the rest.
  const findings = await Array.fromAsync(check(runtime, orgId, { timeMs: totalMs / 3 }));
  if (runtime.alarms) findings.push(alarmsReach(runtime.alarms));
  const message = `Check of ${name}: ${verdictOn(findings)}`;
  runtime.log.info('check', { summary: message, findings });
  const isOk = findings.every(({ outcome }) => outcome !== 'wrong');
  // One line a part, so that the console's JSON stays readable.
  const parts = findings.map(
    ({ part, outcome, found }) => `${outcome === 'ok' ? 'ok' : outcome.toUpperCase()}: ${part}: ${found}`,
  );
  return { message, stream: name, ok: isOk, parts };
}

interface CheckOptions {
  /** Why there is no table to look at, if there is none. */
  readonly noTable?: string | undefined;
  /** JumpCloud has so long to answer, and so has Logz.io; absent: 20 seconds. */
  readonly timeMs?: number;
}

/**
 * The check, also for the local command. Changes nothing but for one marked log in Logz.io.
 * @yields a finding for each part as soon as it is known, in the order of an event's way
 */
export async function* check(
  runtime: Runtime,
  orgId: string | undefined,
  { noTable, timeMs = Number.POSITIVE_INFINITY }: CheckOptions,
): AsyncGenerator<Finding> {
  const { jumpcloudSecret, logzioSecret, hashKeySecret } = runtime;
  const organization = connect(runtime, orgId);
  const credential = await readSecret('JumpCloud credential is readable', jumpcloudSecret);
  yield credential;
  const token = await readSecret('Logz.io token is readable', logzioSecret);
  yield token;
  if (hashKeySecret) yield await readSecret('key of the hashes is readable', hashKeySecret);
  if (credential.outcome !== 'ok') yield behind(credential.part, 'JumpCloud');
  else yield* await checkJumpcloud(organization, timeMs);
  if (token.outcome !== 'ok') yield behind(token.part, 'Logz.io');
  else yield await checkLogzio(organization, timeMs);
  if (noTable !== undefined) yield notTested('table, arrival of events, schedule', noTable);
  else yield* await checkState(organization);
}

/** The findings in one sentence. */
export function verdictOn(findings: readonly Finding[]): string {
  const partsThatAre = (outcome: Finding['outcome']) => findings.filter((finding) => finding.outcome === outcome);
  const faults = partsThatAre('wrong').map(({ part }) => part);
  const untested = partsThatAre('not tested').length;
  const rest = untested > 0 ? ` ${untested} could not be tested.` : '';
  if (faults.length === 0) return `All ${partsThatAre('ok').length} tested parts are right.${rest}`;
  const verb = faults.length === 1 ? 'is' : 'are';
  return `${faults.length} of ${findings.length} parts ${verb} wrong: ${faults.join(', ')}.${rest}`;
}

async function readSecret(part: string, secret: Secret): Promise<Finding> {
  try {
    // What is in memory may be older than what SSM would say now.
    secret.forget();
    await secret.read();
    return ok(part, secret.name);
  } catch (error) {
    return wrong(part, error);
  }
}

const TABLE = 'table is readable';
const ARRIVAL = 'events arrive';
const SCHEDULE = 'schedule is running';

/** Findings on the table, quarantine, arrival of events, and schedule. */
async function checkState({ runtime, orgId, parts }: Organization): Promise<Finding[]> {
  const { table, clock, config } = runtime;
  const { settings } = config.jumpcloud;
  const now = clock.now();
  let name: string;
  let seen: PeekedStream | undefined;
  try {
    name = await streamOf(table, orgId);
    seen = await peek(table, name);
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const advice = `table ${table.name} cannot be read (${reason}); deploy again, and if state.table is set in config.yaml, check that it names an existing table`;
    return [wrong(TABLE, advice), behind(TABLE, ARRIVAL), behind(TABLE, SCHEDULE)];
  }
  if (!seen) {
    const begin = `${name} has not run yet: the schedule starts it within ${settings.timeIntervalMinutes} min of the deployment. To start it now, give the function {}`;
    return [ok(TABLE, table.name), notTested(ARRIVAL, begin), notTested(SCHEDULE, begin)];
  }
  return [
    ok(TABLE, table.name),
    quarantine(await parts.quarantine.countWaiting(name)),
    arrival(orgId, seen, staleAfterMs(settings), now),
    schedule(runtime, seen.scheduledAt, now),
  ];
}

function quarantine(events: number): Finding {
  const part = 'quarantine is empty';
  if (events === 0) return ok(part, 'yes');
  return wrong(part, `${plural(events, 'event')} not in Logz.io: see {"quarantine": "list"}`);
}

function arrival(orgId: string | undefined, seen: PeekedStream, staleMs: number, now: EpochMs): Finding {
  const { checkpoint, leaseUntil } = seen;
  const { watermark } = checkpoint;
  const found = `read up to ${formatInstant(watermark)}, ${age(now - watermark)} ago`;
  if (isAhead(watermark, now))
    return wrong(
      ARRIVAL,
      `read up to ${formatInstant(watermark)}, which is in the future. A clock was ahead when this was saved, so events may be missing. Go back to a time when the clock was right, such as {"rewind_to": "-1d"${onlyFor(orgId)}}`,
    );
  if (now - watermark <= staleMs) return ok(ARRIVAL, found);
  if (leaseUntil > now) return ok(ARRIVAL, `${found}; a run is catching up`);
  return wrong(
    ARRIVAL,
    `${found}: the last runs failed, none was started, or a rewind was just given; see ${alarmSection('stale')}`,
  );
}

/** A schedule with a flexible window may start a run half an interval late. */
const SILENT_INTERVALS = 2;

function schedule({ config, hasSchedule = true }: Runtime, scheduledAt: EpochMs, now: EpochMs): Finding {
  if (!hasSchedule) return notTested(SCHEDULE, 'there is none for runs on this machine');
  if (scheduledAt === 0)
    return notTested(
      SCHEDULE,
      'no scheduled run is recorded yet: wait for the next one. Schedules of an older version record none: deploy again',
    );
  const interval = config.jumpcloud.settings.timeIntervalMinutes;
  const found = `the last scheduled run began ${age(now - scheduledAt)} ago, one is due every ${interval} min`;
  if (now - scheduledAt <= SILENT_INTERVALS * interval * MINUTE_MS) return ok(SCHEDULE, found);
  return wrong(
    SCHEDULE,
    `${found}: in the console under EventBridge Scheduler, Schedules, enable it; if it is enabled, see ${alarmSection('undelivered')} and ${alarmSection('throttled')}`,
  );
}

function age(ms: number): string {
  const minutes = Math.round(ms / MINUTE_MS);
  if (minutes < 120) return minutes < 2 ? `${Math.max(0, Math.round(ms / 1000))} s` : `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

/** Who gets the alarms, and how to see that they do: the function may not ask SNS. */
function alarmsReach({ email, topicArn }: Config['alarms']): Finding {
  const ofMail = `${email} gets no alarm before the link in AWS's mail is clicked. To see whether it was: SNS console, Subscriptions, status Confirmed. No mail: choose "Request confirmation" there`;
  const ofTopic = `alarms go to ${topicArn}. To see who listens: SNS console, Topics, this one, Subscriptions`;
  const ofNobody =
    'no alarm reaches anybody: set alarms.email or alarms.topic_arn, and deploy. If somebody subscribed by hand: SNS console, Topics, Subscriptions';
  return notTested('alarms reach somebody', email ? ofMail : topicArn ? ofTopic : ofNobody);
}
