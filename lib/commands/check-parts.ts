/** The parts that a check tests, and what it found of each, for a person who reads it. */

import { staleAfterMs } from '../config/config.ts';
import type { Answer } from '../jumpcloud/client.ts';
import { JumpCloudError } from '../jumpcloud/client.ts';
import { firstEvent } from '../jumpcloud/page.ts';
import type { Deadline } from '../platform/deadline.ts';
import { HttpError, WAY_OUT } from '../platform/http.ts';
import { alarmSection, plural } from '../platform/messages.ts';
import { retrying } from '../platform/retry.ts';
import { type EpochMs, formatInstant, HOUR_MS, MINUTE_MS } from '../platform/time.ts';
import { isAhead } from '../ship/checkpoint.ts';
import { type PeekedStream, peek } from '../state/dynamodb-store.ts';
import type { Organization, Runtime } from './context.ts';

export interface Finding {
  readonly part: string;
  readonly outcome: 'ok' | 'wrong' | 'not tested';
  /** What was seen; where it is wrong, also what to do about it. */
  readonly found: string;
}

export function ok(part: string, found: string): Finding {
  return { part, outcome: 'ok', found };
}

/** @param error its message says what to do, and carries no token */
export function wrong(part: string, error: unknown): Finding {
  if (!(error instanceof Error)) return { part, outcome: 'wrong', found: String(error) };
  const { cause } = error;
  const advice = cause instanceof HttpError && cause.advice === undefined ? `; ${WAY_OUT}` : '';
  return { part, outcome: 'wrong', found: error.message + advice };
}

export function notTested(part: string, why: string): Finding {
  return { part, outcome: 'not tested', found: why };
}

/** The findings in one sentence. */
export function verdictOn(findings: readonly Finding[]): string {
  const count = (outcome: Finding['outcome']) => findings.filter((finding) => finding.outcome === outcome).length;
  const untested = count('not tested');
  const rest = untested > 0 ? ` ${untested} could not be tested.` : '';
  const faults = findings.filter(({ outcome }) => outcome === 'wrong').map(({ part }) => part);
  if (faults.length > 0) {
    const verb = faults.length === 1 ? 'is' : 'are';
    return `${faults.length} of ${findings.length} parts ${verb} wrong: ${faults.join(', ')}.${rest}`;
  }
  return `All ${count('ok')} tested parts are right.${rest}`;
}

/** As a request meets them; a door's status is the answer of one that stays shut. */
const DOORS: readonly { readonly part: string; readonly status: number | undefined }[] = [
  { part: 'JumpCloud answers', status: undefined },
  { part: 'JumpCloud accepts the credential', status: 401 },
  { part: 'JumpCloud accepts role and organization', status: 403 },
  { part: 'Directory Insights is enabled', status: 402 },
  { part: 'JumpCloud accepts services and search_term', status: 400 },
];
const CLOCKS = 'clocks agree';

/** Enough that almost every organization has an event in it. */
const LOOK_BACK_HOURS = 24;

/**
 * JumpCloud's `Date` has whole seconds, and a request takes some; beyond this a clock is off. Runs
 * go by the earlier of the two clocks, so that nothing is lost by it: freshness is.
 */
const CLOCKS_MAY_DIFFER_MS = 10_000;

/** One finding for each door and one for the clocks. Never throws for what JumpCloud does. */
export async function checkJumpcloud(
  { runtime: { clock, random }, ask, stream: { query } }: Organization,
  deadline: Deadline,
): Promise<Finding[]> {
  const started = clock.now();
  let asked = started;
  const body = JSON.stringify({
    service: query.services,
    start_time: new Date(started - LOOK_BACK_HOURS * HOUR_MS).toISOString(),
    limit: 1,
    sort: 'ASC',
    ...(query.searchTerm && { search_term: query.searchTerm }),
  });
  try {
    const attempt = () => {
      asked = clock.now();
      return ask('/events', body, deadline);
    };
    const answer = await retrying(attempt, { clock, random, deadline });
    const seen = hasEvents(answer)
      ? `there are events from the last ${LOOK_BACK_HOURS} hours`
      : `there is no event from the last ${LOOK_BACK_HOURS} hours. If you expected some, check services and search_term in config.yaml`;
    const doors = DOORS.map(({ part, status }) => ok(part, status === 400 ? seen : 'yes'));
    return [...doors, checkClocks(answer.serverNow, asked, clock.now())];
  } catch (error) {
    const serverNow = error instanceof JumpCloudError ? error.serverNow : undefined;
    return [...shutAt(error), checkClocks(serverNow, started, clock.now())];
  }
}

function hasEvents({ body }: Answer): boolean {
  try {
    return firstEvent(body) !== undefined;
  } catch (cause) {
    const message = 'JumpCloud POST /events: status 200, but the body is not a list of events; check jumpcloud_api.url';
    throw new JumpCloudError(message, { retryable: false, ...(cause instanceof Error && { cause }) });
  }
}

function shutAt(error: unknown): Finding[] {
  const status = error instanceof JumpCloudError ? error.status : undefined;
  const shut = Math.max(
    0,
    DOORS.findIndex((door) => door.status !== undefined && door.status === status),
  );
  return DOORS.map(({ part }, index) => {
    if (index === shut) return wrong(part, error);
    return index < shut ? ok(part, 'not refused') : notTested(part, `first repair "${DOORS[shut]?.part}"`);
  });
}

/** @param serverNow JumpCloud's clock less how long the answer took: when `asked`, or later */
function checkClocks(serverNow: number | undefined, asked: number, now: number): Finding {
  if (serverNow === undefined) return notTested(CLOCKS, 'no answer of JumpCloud with a Date header');
  const ahead = asked - serverNow;
  const seconds = Math.round(Math.abs(ahead) / 1000);
  const allowance = CLOCKS_MAY_DIFFER_MS + (now - asked);
  if (Math.abs(ahead) <= allowance) return ok(CLOCKS, `within ${Math.ceil(allowance / 1000)} s of JumpCloud's`);
  return wrong(
    CLOCKS,
    `our clock is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} JumpCloud's: set it with NTP. Nothing is lost, but events arrive later`,
  );
}

const LOGZIO = 'Logz.io takes a log';
/** Tells the marked log from JumpCloud's events, whose services have other names. */
const SERVICE = 'jumpcloud_logzio';

/** Ships one marked log, the way that events take, and says how to find it there. */
export async function checkLogzio({ runtime, parts }: Organization, deadline: Deadline): Promise<Finding> {
  const { clock, random, config } = runtime;
  const at = clock.now();
  const id = `check-${random.uuid()}`;
  const message = 'A check of jumpcloud-logzio: no event of JumpCloud.';
  const timestamp = new Date(at).toISOString();
  const value = { id, timestamp, service: SERVICE, event_type: 'delivery_check', message };
  const text = JSON.stringify(value);
  const { line } = parts.shape({ text, value, eventId: id, isBroken: false });
  const received = { text, brokenBytes: undefined };
  const record = { fingerprint: '', at, received, shortened: false, dated: false };
  const body = Buffer.from(`${line}\n`);
  const { refused, ...delivery } = await parts.deliver({ records: [record], body, ends: [body.length] }, deadline, {});
  if ('failure' in delivery) return wrong(LOGZIO, delivery.failure);
  if (refused.length > 0) return wrong(LOGZIO, `${refused.map(({ reason }) => reason).join('; ')}: check logzio.url`);
  const field = config.output.shape === 'ecs' ? 'event.id' : 'event_id';
  return ok(
    LOGZIO,
    `acknowledged. It is there in a minute or two: search for type:${config.logzio.type} AND ${field}:"${id}". If it is not, the token belongs to another account`,
  );
}

const TABLE = 'table is readable';
const QUARANTINE = 'quarantine is empty';
const ARRIVAL = 'events arrive';
const SCHEDULE = 'schedule is running';

/** A schedule with a flexible window may start a run half an interval late. */
const SILENT_INTERVALS = 2;

/** Findings on the table, quarantine, arrival of events, and schedule. */
export async function checkState({ runtime, stream: { name } }: Organization): Promise<Finding[]> {
  const { table, clock, config } = runtime;
  const { settings } = config.jumpcloud;
  const now = clock.now();
  let seen: PeekedStream | undefined;
  try {
    seen = await peek(table, name);
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const advice = `table ${table.name} cannot be read (${reason}); deploy again, and if state.table is set in config.yaml, check that it names an existing table`;
    const because = 'first repair the table';
    return [wrong(TABLE, advice), notTested(ARRIVAL, because), notTested(SCHEDULE, because)];
  }
  if (!seen) {
    const begin = `${name} has not run yet: the schedule starts it within ${settings.timeIntervalMinutes} min of the deployment. To start it now, give the function {}`;
    return [ok(TABLE, table.name), notTested(ARRIVAL, begin), notTested(SCHEDULE, begin)];
  }
  return [
    ok(TABLE, table.name),
    seen.quarantined === 0
      ? ok(QUARANTINE, 'yes')
      : wrong(QUARANTINE, `${plural(seen.quarantined, 'event')} not in Logz.io: see {"quarantine": "list"}`),
    arrival(seen, staleAfterMs(settings), now),
    schedule(runtime, seen.scheduledAt, now),
  ];
}

function arrival({ checkpoint: { watermark }, leaseUntil }: PeekedStream, staleMs: number, now: EpochMs): Finding {
  const found = `read up to ${formatInstant(watermark)}, ${age(now - watermark)} ago`;
  if (isAhead(watermark, now))
    return wrong(
      ARRIVAL,
      `read up to ${formatInstant(watermark)}, which is in the future. A clock was ahead when this was saved, so events may be missing. Go back to a time when the clock was right, such as {"rewind_to": "-1d"}`,
    );
  if (now - watermark <= staleMs) return ok(ARRIVAL, found);
  if (leaseUntil > now) return ok(ARRIVAL, `${found}; a run is catching up`);
  return wrong(ARRIVAL, `${found}: the last runs failed, or none was started; see ${alarmSection('stale')}`);
}

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
