/** Tests JumpCloud and Logz.io with one request each; what is found of a part, for a person. */
import { JumpCloudError } from '../jumpcloud/client.ts';
import { firstEvent } from '../jumpcloud/page.ts';
import { filterOf } from '../jumpcloud/query.ts';
import { deadlineAfter } from '../platform/deadline.ts';
import { HttpError, WAY_OUT } from '../platform/http.ts';
import { retrying } from '../platform/retry.ts';
import { formatInstant, HOUR_MS } from '../platform/time.ts';
import type { Organization } from './context.ts';

export interface Finding {
  readonly part: string;
  readonly outcome: 'ok' | 'wrong' | 'not tested';
  /** What was seen; where it is wrong, also what to do about it. */
  readonly found: string;
}

export const ok = (part: string, found: string): Finding => ({ part, outcome: 'ok', found });
export const notTested = (part: string, why: string): Finding => ({ part, outcome: 'not tested', found: why });
export const behind = (fault: string | undefined, part: string) => notTested(part, `first repair "${fault}"`);

/** @param error its message says what to do, and carries no token */
export function wrong(part: string, error: unknown): Finding {
  if (!(error instanceof Error)) return { part, outcome: 'wrong', found: String(error) };
  const { cause } = error;
  const advice = cause instanceof HttpError && cause.advice === undefined ? `; ${WAY_OUT}` : '';
  return { part, outcome: 'wrong', found: error.message + advice };
}

/** A person is waiting; what has not answered by then is not well. */
const LONGEST_WAIT_MS = 20_000;
/** As a request meets them. */
const DOORS = [
  'JumpCloud answers',
  'JumpCloud accepts the credential',
  'JumpCloud accepts role and organization',
  'Directory Insights is enabled',
  'JumpCloud accepts services and search_term',
];
/** The statuses that refuse a request there; it does not get past the first door by any other. */
const REFUSALS = [undefined, 401, 403, 402, 400];
/** Enough that almost every organization has an event in it. */
const LOOK_BACK_HOURS = 24;

/**
 * One finding for each door and one for the clocks. Never throws for what JumpCloud does.
 * @param timeMs there is no more time than that
 */
export async function checkJumpcloud(organization: Organization, timeMs: number): Promise<Finding[]> {
  const { runtime, ask, stream } = organization;
  const { clock, random, signal } = runtime;
  using deadline = deadlineAfter(clock, Math.min(LONGEST_WAIT_MS, timeMs), signal);
  const started = clock.now();
  let asked = started;
  const start_time = formatInstant(started - LOOK_BACK_HOURS * HOUR_MS);
  const body = JSON.stringify({ ...filterOf(stream.query), start_time, limit: 1, sort: 'ASC' });
  const attempt = () => {
    asked = clock.now();
    return ask('/events', body, deadline);
  };
  try {
    const answer = await retrying(attempt, { clock, random, deadline });
    const seen = firstEvent(answer.body)
      ? `there are events from the last ${LOOK_BACK_HOURS} hours`
      : `there is no event from the last ${LOOK_BACK_HOURS} hours. If you expected some, check services and search_term in config.yaml`;
    const doors = DOORS.map((part, index) => ok(part, index === DOORS.length - 1 ? seen : 'yes'));
    return [...doors, checkClocks(answer.serverNow, asked, clock.now())];
  } catch (error) {
    const { status, serverNow } = error instanceof JumpCloudError ? error : {};
    const shut = Math.max(0, REFUSALS.indexOf(status));
    const doors = DOORS.map((part, index) => {
      if (index === shut) return wrong(part, error);
      return index < shut ? ok(part, 'not refused') : behind(DOORS[shut], part);
    });
    return [...doors, checkClocks(serverNow, started, clock.now())];
  }
}

/**
 * JumpCloud's `Date` has whole seconds, and a request takes some; beyond this a clock is off. Runs
 * go by the earlier of the two clocks, so that nothing is lost by it: freshness is.
 */
const CLOCKS_MAY_DIFFER_MS = 10_000;

/** @param serverNow JumpCloud's clock less how long the answer took: when `asked`, or later */
function checkClocks(serverNow: number | undefined, asked: number, now: number): Finding {
  const part = 'clocks agree';
  if (serverNow === undefined) return notTested(part, 'no answer of JumpCloud with a Date header');
  const ahead = asked - serverNow;
  const seconds = Math.round(Math.abs(ahead) / 1000);
  const allowance = CLOCKS_MAY_DIFFER_MS + (now - asked);
  if (Math.abs(ahead) <= allowance) return ok(part, `within ${Math.ceil(allowance / 1000)} s of JumpCloud's`);
  return wrong(
    part,
    `our clock is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} JumpCloud's: set it with NTP. Nothing is lost, but events arrive later`,
  );
}

/** Ships one marked log, the way that events take, and says how to find it there. */
export async function checkLogzio({ runtime, parts }: Organization, timeMs: number): Promise<Finding> {
  const { clock, random, config, signal } = runtime;
  using deadline = deadlineAfter(clock, Math.min(LONGEST_WAIT_MS, timeMs), signal);
  const part = 'Logz.io takes a log';
  const at = clock.now();
  const id = `check-${random.uuid()}`;
  // No service of JumpCloud has such a name.
  const mark = { service: 'jumpcloud_logzio', event_type: 'delivery_check' };
  const value = {
    id,
    timestamp: formatInstant(at),
    ...mark,
    message: 'A check of jumpcloud-logzio: no event of JumpCloud.',
  };
  const text = JSON.stringify(value);
  const { line } = parts.shape({ text, value, eventId: id, isBroken: false });
  const received = { text, brokenBytes: undefined };
  const record = { fingerprint: '', at, received, shortened: false, dated: false };
  const body = Buffer.from(`${line}\n`);
  const { refused, ...delivery } = await parts.deliver({ records: [record], body, ends: [body.length] }, deadline, {});
  if ('failure' in delivery) return wrong(part, delivery.failure);
  if (refused.length > 0) return wrong(part, `${refused.map(({ reason }) => reason).join('; ')}: check logzio.url`);
  const field = config.output.shape === 'ecs' ? 'event.id' : 'event_id';
  return ok(
    part,
    `acknowledged. It is there in a minute or two: search for type:${config.logzio.type} AND ${field}:"${id}". If it is not, the token belongs to another account`,
  );
}
