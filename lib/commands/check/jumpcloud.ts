/** Asks JumpCloud one real question; its answer says which of its doors are open. */
import type { Answer } from '../../jumpcloud/client.ts';
import { JumpCloudError } from '../../jumpcloud/errors.ts';
import { firstEvent } from '../../jumpcloud/page.ts';
import type { Deadline } from '../../platform/deadline.ts';
import { retrying } from '../../platform/retry.ts';
import { HOUR_MS } from '../../platform/time.ts';
import type { Organization } from './check.ts';
import { type Finding, notTested, ok, wrong } from './finding.ts';

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
      ? `there are events of the last ${LOOK_BACK_HOURS} hours`
      : `there is no event of the last ${LOOK_BACK_HOURS} hours: if that surprises you, look at services and search_term in config.yaml`;
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
    const message = 'JumpCloud POST /events: status 200, but the body is no list of events; check jumpcloud_api.url';
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
    return index < shut ? ok(part, 'not refused') : notTested(part, `"${DOORS[shut]?.part}" comes first`);
  });
}

/** @param serverNow JumpCloud's clock less how long the answer took: when `asked`, or later */
function checkClocks(serverNow: number | undefined, asked: number, now: number): Finding {
  if (serverNow === undefined) return notTested(CLOCKS, "JumpCloud's answer carried no Date");
  const ahead = asked - serverNow;
  const seconds = Math.round(Math.abs(ahead) / 1000);
  const allowance = CLOCKS_MAY_DIFFER_MS + (now - asked);
  if (Math.abs(ahead) <= allowance) return ok(CLOCKS, `within ${Math.ceil(allowance / 1000)} s of JumpCloud's`);
  return wrong(
    CLOCKS,
    `our clock is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} JumpCloud's: let this machine take its time from the network (NTP). Nothing is lost by it, because a run goes by the earlier clock, but events arrive later than they could`,
  );
}
