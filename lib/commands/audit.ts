/**
 * `{"audit": true}`, once a day: compares JumpCloud's own count of each settled hour with what was
 * shipped for it. That notices an event that became visible later than the allowed lateness, which
 * no re-read can find.
 */

import { JumpCloudError } from '../jumpcloud/client.ts';
import type { ReadPages } from '../jumpcloud/pages.ts';
import { type CountEvents, type Query, queryKey, queryOf } from '../jumpcloud/query.ts';
import type { Deadline } from '../platform/deadline.ts';
import { onlyFor, plural } from '../platform/messages.ts';
import type { Clock } from '../platform/outside.ts';
import {
  DAY_MS,
  type EpochMs,
  formatInstant,
  HOUR_MS,
  parseInstant,
  SHORTEST_RETENTION_MS,
  type TimeRange,
} from '../platform/time.ts';
import { parseEvent } from '../shape/parse-event.ts';
import { countedWith } from '../ship/checkpoint.ts';
import { Identities } from '../ship/fingerprint.ts';
import type { Checkpoint } from '../state/checkpoint.ts';
import { peek } from '../state/dynamodb-store.ts';
import { deleteSpent } from '../state/fingerprints.ts';
import { hourOf, readHourlyCounts } from '../state/hourly-counts.ts';
import type { Context, Result } from './context.ts';
import { asFields } from './summary.ts';

/**
 * For how long an hour of which JumpCloud has fewer events than were shipped is measured. Nothing
 * can be done about it, and an alarm that it kept ringing could not ring for a hole. A day, and a
 * few hours more for an audit that is late.
 */
const FEWER_MEASURED_MS = 30 * HOUR_MS;

export async function auditStream({ runtime, stream, parts, metrics, ...context }: Context): Promise<Result> {
  const { table, log } = runtime;
  const { name, query } = stream;
  const state = await peek(table, name);
  if (!state) return { message: `${name} has no checkpoint yet: there is nothing to audit.` };
  const { checkpoint } = state;
  await deleteSpent(table, name, checkpoint.settled);
  const readCounts = (from: EpochMs, to: EpochMs) => readHourlyCounts(table, name, from, to);
  const auditParts = { ...parts, countEvents: context.countEvents, readHourlyCounts: readCounts };
  const audited = await audit(countedWith(checkpoint, queryKey(query)), query, auditParts, context.deadline);
  const { differences, leftOut, ...result } = audited;
  const measured = differences.filter(
    ({ hour, atJumpCloud, shipped }) => atJumpCloud > shipped || hour >= checkpoint.settled - FEWER_MEASURED_MS,
  );
  const waitingInQuarantine = await parts.quarantine.countWaiting(name);
  // An audit that was cut short must not pass for one that found nothing.
  if (result.unchecked === 0 || measured.length > 0) metrics.audit(name, eventsIn(measured), waitingInQuarantine);
  else metrics.quarantined(name, waitingInQuarantine);
  const answer = {
    message: `Audit of ${name}: ${verdictOn(stream.orgId, audited)}`,
    stream: name,
    ...result,
    waitingInQuarantine,
    differences: differences.map(({ hour, ...counts }) => ({ hour: formatInstant(hour), ...counts })),
    ...(leftOut.length > 0 && { leftOut: leftOut.map(formatInstant) }),
  };
  log[differences.length > 0 ? 'error' : result.unchecked > 0 ? 'warn' : 'info']('audit', asFields(answer));
  return answer;
}

function eventsIn(differences: readonly HourDifference[]): number {
  return differences.reduce((sum, { atJumpCloud, shipped }) => sum + Math.abs(atJumpCloud - shipped), 0);
}

function verdictOn(
  orgId: string | undefined,
  { hours, unchecked, differences }: Awaited<ReturnType<typeof audit>>,
): string {
  const untried = ` Time ran out before ${plural(unchecked, 'more hour')} could be compared. The next audit tries them.`;
  const rest = unchecked === 0 ? '' : untried;
  if (differences.length > 0)
    return `${differences.length} of ${hours} hours differ from JumpCloud's count, by ${plural(eventsIn(differences), 'event')}. To ship such an hour again, give the function its start_time and end_time${onlyFor(orgId)}.${rest}`;
  if (hours > 0)
    return `${unchecked > 0 ? '' : 'all '}${hours} hours have the same number of events as JumpCloud.${rest}`;
  return unchecked > 0
    ? `nothing was compared.${rest}`
    : 'no hour of the last 14 days can be compared yet. Try again tomorrow.';
}

interface HourDifference {
  readonly hour: EpochMs;
  readonly atJumpCloud: number;
  readonly shipped: number;
}

export interface AuditParts {
  readonly clock: Clock;
  readonly countEvents: CountEvents;
  readonly readPages: ReadPages;
  /** Hourly counts of the settled hours in `[from, to)`. */
  readonly readHourlyCounts: (from: EpochMs, to: EpochMs) => Promise<ReadonlyMap<EpochMs, number>>;
}

/** JumpCloud forgets after 15 days on its lowest plan; an hour near that edge is left out. */
const LOOK_BACK_MS = SHORTEST_RETENTION_MS - DAY_MS;

/**
 * Compares each hour of the last 14 days that is settled as a whole: all of them every time, since
 * an event may become visible days late, and an audit may fail or run out of time.
 *
 * A count of a whole day is as cheap as one of an hour, so hours are looked at only where the day
 * does not add up: 14 requests when all is well. A difference is confirmed before it is reported,
 * by reading the hour at full precision: the server's count may have been rounded.
 *
 * @returns how many `hours` were compared, `unchecked` ones that the deadline left for the next
 * audit, and those `leftOut` that a rewind, a skip, a new filter or an interrupted save touched
 */
export async function audit(checkpoint: Checkpoint, query: Query, parts: AuditParts, deadline: Deadline) {
  const to = hourOf(checkpoint.settled);
  const firstWhole = hourOf(checkpoint.countedFrom + HOUR_MS - 1);
  const from = Math.max(firstWhole, hourOf(parts.clock.now() - LOOK_BACK_MS));
  const settled = hoursIn({ start: from, end: to });
  const waiting = comparable(checkpoint, settled, query);
  const hours = new Set(waiting.flatMap(hoursIn));
  const leftOut = settled.filter((hour) => !hours.has(hour));
  const counts = hours.size === 0 ? new Map() : await parts.readHourlyCounts(from, to);
  const differences: HourDifference[] = [];
  let requests = 0;
  try {
    while (waiting[0] && !deadline.stop.aborted) {
      const span = waiting[0];
      const inSpan = hoursIn(span);
      const shipped = inSpan.reduce((sum, hour) => sum + (counts.get(hour) ?? 0), 0);
      requests++;
      if ((await parts.countEvents(span.query, span, { deadline })) !== shipped) {
        if (inSpan.length > 1) {
          // After all the days: a hole must not keep an audit from the days behind it.
          waiting.push(...inSpan.reverse().map((start) => ({ ...span, start, end: start + HOUR_MS })));
        } else {
          const counted = await countExactly(span, parts.readPages, deadline);
          requests += counted.pages;
          if (counted.events !== shipped) differences.push({ hour: span.start, atJumpCloud: counted.events, shipped });
        }
      }
      waiting.shift();
    }
  } catch (error) {
    // Report what was found before the deadline, or before JumpCloud asked for a longer pause.
    const isOver =
      deadline.stop.aborted || (differences.length > 0 && error instanceof JumpCloudError && error.retryable);
    if (!(error instanceof JumpCloudError && isOver)) throw error;
  }
  const unchecked = waiting.flatMap(hoursIn).length;
  differences.sort((one, other) => one.hour - other.hour);
  return { hours: hours.size - unchecked, requests, differences, unchecked, leftOut };
}

/** Whole hours that were counted with one query. */
interface CountedRange extends TimeRange {
  readonly query: Query;
}

/**
 * Those of the hours that can be compared, in spans of a day at most. The newest come first: what
 * the deadline cuts off was looked at the day before.
 */
function comparable(checkpoint: Checkpoint, hours: readonly EpochMs[], query: Query): CountedRange[] {
  const { uncounted, countedBefore } = checkpoint;
  const former = countedBefore.map(({ query: key, until }) => ({ query: queryOf(key, query.limit), until }));
  const spans: CountedRange[] = [];
  for (const hour of hours.toReversed()) {
    const end = hour + HOUR_MS;
    if (uncounted.some((touched) => touched.start < end && touched.end > hour)) continue;
    const before = former.find(({ until }) => until > hour);
    // The hour of a change was counted with two queries.
    if (before && (before.query === undefined || before.until < end)) continue;
    const counted = before?.query ?? query;
    const last = spans.at(-1);
    const isSameDay = last?.start === end && last.query === counted && last.end - hour <= DAY_MS;
    if (isSameDay) spans[spans.length - 1] = { ...last, start: hour };
    else spans.push({ start: hour, end, query: counted });
  }
  return spans;
}

function hoursIn({ start, end }: TimeRange): EpochMs[] {
  return Array.from({ length: Math.max(0, end - start) / HOUR_MS }, (_, nth) => start + nth * HOUR_MS);
}

const NO_SUCCESSOR = 'JumpCloud POST /events: a full page without X-Search_after; an hour cannot be counted from it';

/** @throws JumpCloudError, also behind a page of a single millisecond that names no next one */
async function countExactly({ query, start, end }: CountedRange, readPages: ReadPages, deadline: Deadline) {
  const seen = new Set<string>();
  let [pages, from] = [0, start];
  for (;;) {
    const identities = new Identities();
    let [reached, isWhole] = [from, false];
    for await (const page of readPages(query, { start: from, end }, { deadline })) {
      pages++;
      for (const { text } of page.events()) {
        const value = parseEvent(text);
        const at = parseInstant(value?.timestamp);
        if (value === undefined || at === undefined) continue;
        reached = Math.max(reached, at);
        if (at < from || at >= end) continue;
        // As the shipping loop does: an event that comes twice is one.
        seen.add(identities.identify({ text, value }, at).fingerprint);
      }
      isWhole = page.isLast || reached >= end;
    }
    if (isWhole) return { events: seen.size, pages };
    // A page that names no successor: the rest is asked for from its last event on.
    if (reached <= from) throw new JumpCloudError(NO_SUCCESSOR, { retryable: false });
    from = reached;
  }
}
