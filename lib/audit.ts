/**
 * The daily audit: JumpCloud's own count of each settled hour against what was shipped for it. It is what notices an event
 * that became visible later than the allowed lateness, which no re-read can find.
 */
import type { Checkpoint } from './checkpoint.ts';
import type { Clock, EpochMs } from './clock.ts';
import type { Deadline } from './deadline.ts';
import { identify, Occurrences } from './fingerprint.ts';
import { parseInstant } from './instant.ts';
import type { CountEvents } from './jumpcloud/count.ts';
import { JumpCloudError } from './jumpcloud/errors.ts';
import type { Query, ReadPages } from './jumpcloud/pages.ts';
import { parseEvent } from './shape/parse-event.ts';
import { HOUR_MS, hourOf } from './tallies.ts';
import type { Window } from './window.ts';

export interface HourDifference {
  readonly hour: EpochMs;
  readonly atJumpCloud: number;
  readonly shipped: number;
}

export interface AuditResult {
  readonly hours: number;
  /** Requests to JumpCloud. */
  readonly requests: number;
  readonly differences: readonly HourDifference[];
  /** Hours that the deadline left for the next audit. */
  readonly unchecked: number;
}

export interface AuditParts {
  readonly clock: Clock;
  readonly countEvents: CountEvents;
  readonly readPages: ReadPages;
  /** Closed tallies of the hours in `[from, to)`. */
  readonly readTallies: (from: EpochMs, to: EpochMs) => Promise<ReadonlyMap<EpochMs, number>>;
}

/** A day, and a few hours more, so that an audit that is late or fails once leaves no gap. */
const LOOK_BACK_MS = 30 * HOUR_MS;
/** JumpCloud forgets after 90 days, 15 on its lowest plan; an hour near that edge is not compared. */
const SHORTEST_RETENTION_MS = 14 * 24 * HOUR_MS;

/**
 * Compares each hour of the last day that is settled as a whole. Left out: hours not yet settled, the hour in which the
 * stream began or was rewound, and hours that JumpCloud's retention may have cut.
 *
 * A difference is confirmed before it is reported, by reading the hour and counting its events at full precision: the
 * server's count may have been rounded.
 */
export async function audit(
  checkpoint: Checkpoint,
  query: Query,
  parts: AuditParts,
  deadline: Deadline,
): Promise<AuditResult> {
  const now = parts.clock.now();
  const to = hourOf(checkpoint.settled);
  const firstWhole = hourOf(checkpoint.countedFrom + HOUR_MS - 1);
  const from = Math.max(firstWhole, to - LOOK_BACK_MS, hourOf(now - SHORTEST_RETENTION_MS));
  const tallies = from < to ? await parts.readTallies(from, to) : new Map<EpochMs, number>();
  const differences: HourDifference[] = [];
  const context = { deadline, onRetry: () => undefined };
  let [hours, requests, hour] = [0, 0, from];
  for (; hour < to && !deadline.stop.aborted; hour += HOUR_MS) {
    const window = { start: hour, end: hour + HOUR_MS };
    const shipped = tallies.get(hour) ?? 0;
    try {
      requests++;
      if ((await parts.countEvents(query, window, context)) !== shipped) {
        const counted = await countExactly(query, window, parts.readPages, context);
        requests += counted.pages;
        if (counted.events !== shipped) differences.push({ hour, atJumpCloud: counted.events, shipped });
      }
    } catch (error) {
      // What was found until the deadline is worth telling; this hour and the rest are the next audit's.
      if (error instanceof JumpCloudError && deadline.stop.aborted) break;
      throw error;
    }
    hours++;
  }
  return { hours, requests, differences, unchecked: Math.max(0, (to - hour) / HOUR_MS) };
}

/** @throws JumpCloudError, also when JumpCloud does not say how to go on after a page of a single millisecond */
async function countExactly(query: Query, window: Window, readPages: ReadPages, context: Parameters<ReadPages>[2]) {
  const seen = new Set<string>();
  let pages = 0;
  for (let from = window.start; ; ) {
    const read = await readOnce(query, { start: from, end: window.end }, readPages, context, seen);
    pages += read.pages;
    if (read.isWhole) return { events: seen.size, pages };
    // A page that names no successor: the rest is asked for anew, from its last event on, as the next run would.
    if (read.reached <= from) throw new JumpCloudError(NO_SUCCESSOR, { retryable: false });
    from = read.reached;
  }
}

const NO_SUCCESSOR = 'JumpCloud POST /events: a full page without X-Search_after; an hour cannot be counted from it';

async function readOnce(
  query: Query,
  window: Window,
  readPages: ReadPages,
  context: Parameters<ReadPages>[2],
  seen: Set<string>,
) {
  const occurrences = new Occurrences();
  let [pages, reached, isWhole] = [0, window.start, false];
  for await (const page of readPages(query, window, context)) {
    pages++;
    for (const [start, end] of page.events()) {
      const text = page.body.toString('utf8', start, end);
      const event = parseEvent(text);
      const at = parseInstant(event?.timestamp);
      if (event === undefined || at === undefined) continue;
      reached = Math.max(reached, at);
      if (at < window.start || at >= window.end) continue;
      // As the shipping loop does: an event that comes twice is one.
      seen.add(identify(event, text, at, occurrences).fingerprint);
    }
    isWhole = page.isLast || reached >= window.end;
  }
  return { pages, reached, isWhole };
}
