/** Whether an audit told the truth: hour by hour, what JumpCloud has and what arrived of it. */
import type { EpochMs } from '../../lib/platform/clock.ts';
import { linesByTag } from './delivered.ts';
import { PromiseBrokenError } from './judge.ts';
import type { Stage } from './stage.ts';
import type { TableState } from './table-reader.ts';
import type { TrueEvent } from './truth.ts';

const HOUR_MS = 3_600_000;

interface Told {
  /** Absent: the stream has not begun. */
  readonly hours?: number;
  readonly unchecked: number;
  readonly waitingInQuarantine: number;
  readonly differences: readonly { readonly hour: string; readonly atJumpCloud: number; readonly shipped: number }[];
}

/** An audit that nothing else came in the way of. */
export interface Audited {
  readonly organization: string;
  readonly result: unknown;
  readonly begun: EpochMs;
  readonly ended: EpochMs;
  /** The table when it began. */
  readonly table: TableState;
}

/** @returns how many hours it rightly found to differ */
export function checkAudit(stage: Stage, audited: Audited): number {
  const { organization, table, begun, ended } = audited;
  const stream = stage.streamOf(organization);
  const told = audited.result as Told;
  const settled = table.checkpoints.get(stream)?.settled;
  if (told.hours === undefined || settled === undefined) return 0;
  const fail = (message: string) => {
    throw new PromiseBrokenError(`the audit of ${stream} ${message}`);
  };
  const waiting = [...table.holdings].filter(([name]) => name.startsWith(`${stream} `)).flatMap(([, { tags }]) => tags);
  if (told.waitingInQuarantine !== waiting.length)
    fail(`finds ${told.waitingInQuarantine} events in quarantine, ${waiting.length} are there`);
  const delivered = linesByTag(stage, table);
  const differences = new Map(told.differences.map(({ hour, ...counts }) => [Date.parse(hour), counts]));
  const to = Math.floor(settled / HOUR_MS) * HOUR_MS;
  const from = to - (told.hours + told.unchecked) * HOUR_MS;
  for (const hour of differences.keys())
    if (hour < from || hour >= to) fail(`tells of ${text(hour)}, which it did not look at`);
  for (let hour = from; hour < to; hour += HOUR_MS) {
    const events = stage.truth.events.filter(
      (event) => event.organization === organization && event.atMs >= hour && event.atMs < hour + HOUR_MS,
    );
    const visible = (at: EpochMs) => events.filter(({ readable, visibleAt }) => readable && visibleAt <= at);
    const there = arrivedOf(visible(ended), delivered);
    const difference = differences.get(hour);
    if (!difference) {
      // Which hours an audit left when its time was over, it does not say.
      if (told.unchecked > 0) continue;
      if (mustBeSeen(stage, events) && arrivedOf(visible(begun), delivered) < visible(begun).length)
        fail(`finds ${text(hour)} complete: ${there} of ${visible(begun).length} events arrived`);
      continue;
    }
    const { atJumpCloud, shipped } = difference;
    if (atJumpCloud < visible(begun).length || atJumpCloud > visible(ended).length)
      fail(`finds ${atJumpCloud} events of ${text(hour)} at JumpCloud, ${visible(begun).length} are there`);
    if (!hasTwins(events) && shipped !== there) fail(`says ${shipped} of ${text(hour)} were shipped, ${there} were`);
    if (atJumpCloud === shipped) fail(`calls ${text(hour)} different, with ${shipped} on both sides`);
  }
  return differences.size;
}

/** A count by a server that rounds, or of events that nobody can read, may by chance be that of what was shipped. */
function mustBeSeen({ plan }: Stage, events: readonly TrueEvent[]): boolean {
  return plan.rounding === false && !plan.narrows && events.every(({ readable }) => readable) && !hasTwins(events);
}

/** Of events that are equal in everything, a copy of the one hides that the other is not there. */
function hasTwins(events: readonly TrueEvent[]): boolean {
  return new Set(events.map(({ tag }) => tag)).size < events.length;
}

function arrivedOf(events: readonly TrueEvent[], delivered: ReadonlyMap<string, number>): number {
  return events.filter(({ tag }) => delivered.has(tag)).length;
}

function text(instant: EpochMs): string {
  return new Date(instant).toISOString();
}
