/** Whether what commands say is so: lists, replays, audits, windows, metrics; no product code. */
import type { Totals } from '../../../lib/backfill/protocol.ts';
import type { Outcome } from '../world/instance.ts';
import type { TrueEvent } from '../world/truth.ts';
import type { World } from '../world/world.ts';
import { edgesOf, liveStream } from './checkpoint-judge.ts';
import { text } from './judge.ts';
import type { Run } from './ledger.ts';

const HOUR_MS = 3_600_000;
const SECOND_MS = 1000;

/** What was there when a command began. */
interface Look {
  readonly organization: string;
  readonly stream: string;
  readonly settled: number | undefined;
  readonly at: number;
  /** By entry, how many of its events Logz.io may have. */
  readonly taken: ReadonlyMap<string, number>;
}

interface Audited {
  readonly hours?: number;
  readonly unchecked: number;
  readonly leftOut?: readonly string[];
  readonly waitingInQuarantine: number;
  readonly differences: readonly { readonly hour: string; readonly atJumpCloud: number; readonly shipped: number }[];
}

type Entries = readonly {
  readonly id: string;
  readonly events: number;
  readonly mayRepeat: number;
  readonly outcome?: string;
}[];

export class Verdicts {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  before(organization: string, input: Record<string, unknown>): Look {
    const { judge, now } = this.#world;
    const stream = liveStream(organization);
    const names = input.quarantine === undefined ? [] : judge.quarantine.waitingOf(stream).map(([name]) => name);
    const taken = new Map(names.map((name) => [name, judge.quarantine.takenOf(name)]));
    return { organization, stream, settled: judge.checkpoints.live(organization)?.settled, at: now, taken };
  }

  after(run: Run, outcome: Outcome, look: Look | undefined): void {
    const { invocation, excuses, isDisturbed } = run;
    if (outcome.kind === 'killed') return;
    if (invocation.kind === 'ship') this.#metrics(run, outcome);
    if (outcome.kind !== 'done' || !look) return;
    const { input } = invocation;
    if (invocation.kind === 'window') this.#window(look, run, outcome.result);
    if (isDisturbed || excuses.size > 0) return;
    if (input.quarantine === 'list') this.#list(look, outcome.result);
    if (input.quarantine === 'replay') this.#replay(look, outcome.result);
    if (input.audit === true) this.#audit(look, outcome.result as unknown as Audited, run);
  }

  /** What the alarms watch. */
  #metrics(run: Run, outcome: Outcome): void {
    const { invocation, metrics, instance, begunAt, parts, excuses } = run;
    if (invocation.input.backfill !== undefined) return;
    const silent = (message: string) => this.#world.judge.fail('silence is an alarm', `${invocation.name} ${message}`);
    const values = (name: string) => metrics.filter(({ metric }) => metric.name === name);
    const hasQuarantined = [...parts.values()].some(({ sends }) => sends.some(({ isQuarantine }) => isQuarantine));
    const isReported =
      outcome.kind === 'done' || (outcome.kind === 'failed' && outcome.error.name === 'RunFailedError');
    if (hasQuarantined && isReported && excuses.size === 0 && values('Quarantined').length === 0)
      silent('put events into quarantine, and no metric says so');
    if (outcome.kind !== 'done') return;
    const { stream, watermark, caughtUp, streams } = outcome.result;
    if (streams !== undefined || typeof watermark !== 'string') return;
    if (caughtUp === false && this.#stoppedForNoReason(run)) silent('stopped early, and passes for a success');
    const [age] = values('WatermarkAgeSeconds').filter(({ metric }) => [undefined, stream].includes(metric.stream));
    const expected = age && Math.max(0, age.at - Date.parse(watermark)) / SECOND_MS;
    if (!age || Math.abs(age.metric.value - (expected ?? 0)) > 1)
      silent(`read up to ${watermark}, and its metric says ${age?.metric.value} s`);
    const due = begunAt - instance.settings.lagSeconds * SECOND_MS;
    const isHonest = instance.effects.skewMs === 0 && invocation.mishaps.length === 0;
    // JumpCloud's `Date` less how long its answer took may lie before the run began.
    const slackMs = (this.#world.plan.slow > 0 ? 202 : 3) * SECOND_MS;
    if (caughtUp === true && isHonest && Date.parse(watermark) < due - slackMs)
      silent(`says it caught up, and read only to ${watermark} (${text(due)} was due)`);
  }

  /** Neither was its time over, nor did an answer leave out how to go on. */
  #stoppedForNoReason({ invocation, begunAt, excuses }: Run): boolean {
    const { now, struck } = this.#world;
    const isCut = [...struck].some(
      ([name, fault]) => name.startsWith(`${invocation.name} `) && fault.startsWith('no x-'),
    );
    const isCalm = excuses.size === 0 && invocation.mishaps.length === 0;
    return isCalm && !isCut && now - begunAt < invocation.lifeMs / 2;
  }

  #wrong(message: string): void {
    this.#world.judge.fail('commands do what they say', message);
  }

  #list({ stream, taken }: Look, result: Record<string, unknown>): void {
    const waiting = this.#world.judge.quarantine.waitingOf(stream);
    const said = (result.waiting as Entries).map((one) => `${stream} ${one.id}: ${one.events}, ${one.mayRepeat}`);
    const there = waiting.map(([name, { tags }]) => `${name}: ${tags.length}, ${taken.get(name)}`);
    const [list, truth] = [said, there].map((lines) => lines.sort().join('; ') || 'nothing');
    if (list !== truth) this.#wrong(`the list says ${list}, there is ${truth}`);
  }

  #replay({ stream, taken }: Look, result: Record<string, unknown>): void {
    for (const { id, outcome, mayRepeat } of result.entries as Entries) {
      const name = `${stream} ${id}`;
      const before = taken.get(name);
      if (before === undefined) this.#wrong(`a replay reports ${name}, which was not there`);
      if (outcome !== 'shipped') continue;
      if (this.#world.judge.quarantine.entries.has(name))
        this.#wrong(`a replay says it shipped ${name}, which still waits`);
      if (mayRepeat < (before ?? 0))
        this.#wrong(`a replay says it repeats ${mayRepeat} events of ${name}; ${before} had been taken`);
    }
  }

  /** Everything in a window arrives once more. */
  #window({ organization, at }: Look, { invocation, begunTick }: Run, result: Record<string, unknown>): void {
    const { judge, truth } = this.#world;
    const instant = (value: unknown) => Date.parse(String(value));
    const start = instant(invocation.input.start_time);
    const end = Math.min(instant(invocation.input.end_time), instant(result.watermark));
    for (const { tag, atMs, visibleAt } of truth.of(organization)) {
      if (atMs < start || atMs >= end || visibleAt > at || judge.quarantine.held(tag) > 0) continue;
      if (!judge.ledger.arrivals.get(tag)?.some((tick) => tick > begunTick))
        this.#wrong(`${invocation.name} says it shipped its window, without ${tag}`);
    }
  }

  /** Hour by hour: what JumpCloud has, and what arrived of it. */
  #audit({ organization, stream, settled, at }: Look, audited: Audited, run: Run): void {
    const { judge, truth, now } = this.#world;
    if (audited.hours === undefined || settled === undefined) return;
    const fail = (message: string) => judge.fail('the audit is right', `${run.invocation.name} ${message}`);
    const metric = (name: string) => run.metrics.find((one) => one.metric.name === name)?.metric.value ?? 0;
    const waiting = judge.quarantine.waitingOf(stream).flatMap(([, { tags }]) => tags).length;
    if (audited.waitingInQuarantine !== waiting)
      fail(`finds ${audited.waitingInQuarantine} events in quarantine, ${waiting} are there`);
    if (metric('Quarantined') !== waiting)
      judge.fail(
        'silence is an alarm',
        `${waiting} events wait in quarantine, the metric says ${metric('Quarantined')}`,
      );
    const missing = audited.differences.some(({ atJumpCloud, shipped }) => atJumpCloud > shipped);
    if (missing && metric('AuditDifference') === 0)
      judge.fail('silence is an alarm', `${run.invocation.name} finds events missing, and no metric says so`);
    const to = Math.floor(settled / HOUR_MS) * HOUR_MS;
    const leftOut = (audited.leftOut ?? []).map((hour) => Date.parse(hour));
    const from = to - (audited.hours + audited.unchecked + leftOut.length) * HOUR_MS;
    const differences = new Map(audited.differences.map(({ hour, ...counts }) => [Date.parse(hour), counts]));
    for (const hour of differences.keys())
      if (hour < from || hour >= to || leftOut.includes(hour)) fail(`reports ${text(hour)}, which it did not look at`);
    for (let hour = from; hour < to; hour += HOUR_MS) {
      if (leftOut.includes(hour)) continue;
      const events = truth.of(organization).filter(({ atMs }) => atMs >= hour && atMs < hour + HOUR_MS);
      const visible = (instant: number) => events.filter(({ readable, visibleAt }) => readable && visibleAt <= instant);
      const [before, after] = [visible(at), visible(now)];
      const there = this.#arrived(after);
      const difference = differences.get(hour);
      // Which hours an audit left when its time was over, it does not say.
      const isCounted = audited.unchecked === 0 && this.#countsExactly(events) && !hasTwins(events);
      if (!difference) {
        if (isCounted && this.#arrived(before) < before.length)
          fail(`finds ${text(hour)} complete: ${there} of ${before.length} events arrived`);
        continue;
      }
      const { atJumpCloud, shipped } = difference;
      if (atJumpCloud < before.length || atJumpCloud > after.length)
        fail(`finds ${atJumpCloud} events of ${text(hour)} at JumpCloud, ${before.length} are there`);
      const isExact = !hasTwins(events) && !this.#hasWindow(organization, hour);
      if (isExact ? shipped !== there : shipped > there)
        fail(`says ${shipped} of ${text(hour)} were shipped, ${there} were`);
    }
  }

  /** Somebody shipped a part of the hour by hand: only a whole one counts for an audit. */
  #hasWindow(organization: string, hour: number): boolean {
    return this.#world.judge.ledger.runs.some(({ invocation: { kind, input } }) => {
      const isIts = kind === 'window' && (input.org_id ?? 'default') === organization;
      const [start, end] = [Date.parse(String(input.start_time)), Date.parse(String(input.end_time))];
      return isIts && start < hour + HOUR_MS && end > hour;
    });
  }

  /** A count that is rounded, or of unreadable events, may by chance be that of what arrived. */
  #countsExactly(events: readonly TrueEvent[]): boolean {
    const { rounding, narrows } = this.#world.plan;
    return rounding === 'none' && !narrows && events.every(({ readable }) => readable);
  }

  #arrived(events: readonly TrueEvent[]): number {
    const { ledger, quarantine } = this.#world.judge;
    return events.filter(({ tag }) => ledger.arrivals.has(tag) || quarantine.held(tag) > 0).length;
  }

  /** @param totals of a backfill that was driven to its end when all was quiet */
  totals(organization: string, totals: Totals): void {
    const { judge, truth, now } = this.#world;
    const slices = [...judge.checkpoints.byStream.keys()]
      .filter((stream) => stream.startsWith(`backfill#${organization}#`))
      .map((stream) => edgesOf(stream) as [number, number]);
    const began = judge.checkpoints.live(organization)?.began ?? 0;
    // The live stream was rewound into them: what it ships is in no total.
    if (slices.some(([, end]) => end > began)) return;
    const all = truth.of(organization);
    const isInSlice = ({ atMs }: TrueEvent) => slices.some(([start, end]) => atMs >= start && atMs < end);
    const events = all.filter((event) => event.readable && event.visibleAt <= now && isInSlice(event));
    const byRuns = judge.ledger.deliveredByRuns();
    const arrived = events.filter(({ tag }) => byRuns.has(tag)).length;
    const fail = (message: string) =>
      judge.fail('the totals of a backfill are right', `the backfill of ${organization} ${message}`);
    if (totals.slicesDone !== totals.slices) fail(`ends with ${totals.slicesDone} of ${totals.slices} slices done`);
    if (!hasTwins(events) && totals.delivered !== arrived) fail(`says ${totals.delivered} events, ${arrived} arrived`);
    if (this.#countsExactly(all) && totals.slices > 0 && totals.counted !== events.length)
      fail(`counts ${totals.counted} events, ${events.length} are there`);
  }
}

/** Of events that are equal in everything, a copy of the one hides that the other is not there. */
function hasTwins(events: readonly TrueEvent[]): boolean {
  return new Set(events.map(({ tag }) => tag)).size < events.length;
}
