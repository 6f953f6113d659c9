/**
 * Whether what commands say is so: lists, replays, audits, windows, metrics, totals. Shares no code
 * with the product.
 */
import type { Totals } from '../../../lib/backfill/protocol.ts';
import type { Outcome } from '../world/instance.ts';
import type { TrueEvent } from '../world/truth.ts';
import type { World } from '../world/world.ts';
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
    const stream = this.#world.streamOf(organization);
    const counts = input.quarantine === undefined ? [] : judge.quarantine.waitingOf(stream);
    const taken = new Map(counts.map(([name]) => [name, judge.quarantine.takenOf(name)]));
    return { organization, stream, settled: judge.checkpoints.byStream.get(stream)?.settled, at: now, taken };
  }

  after(run: Run, outcome: Outcome, look: Look | undefined): void {
    const { invocation, excuses } = run;
    if (outcome.kind === 'killed') return;
    if (invocation.kind === 'ship') this.#metrics(run, outcome);
    if (outcome.kind !== 'done' || !look) return;
    const isAlone = this.#world.judge.ledger.isUndisturbed(run) && excuses.size === 0;
    const { input } = invocation;
    if (input.quarantine === 'list' && isAlone) this.#list(look, outcome.result);
    if (input.quarantine === 'replay' && isAlone) this.#replay(look, outcome.result);
    if (input.audit === true && isAlone) this.#audit(look, outcome.result as unknown as Audited, run);
    if (invocation.kind === 'window') this.#window(look, run, outcome.result);
  }

  /** What the alarms watch. */
  #metrics(run: Run, outcome: Outcome): void {
    const { invocation, metrics, instance, begunAt, parts, excuses } = run;
    const { judge } = this.#world;
    const values = (name: string) => metrics.filter(({ metric }) => metric.name === name);
    const putAside = [...parts.values()].flatMap(({ sends }) =>
      sends.filter(({ isQuarantine }) => isQuarantine),
    ).length;
    const isReported =
      outcome.kind === 'done' || (outcome.kind === 'failed' && outcome.error.name === 'RunFailedError');
    const mustSay = putAside > 0 && isReported && invocation.input.backfill === undefined && excuses.size === 0;
    if (mustSay && values('Quarantined').length === 0)
      judge.fail('silence is an alarm', `${invocation.name} put events into quarantine, and no metric says so`);
    if (outcome.kind !== 'done' || invocation.input.backfill !== undefined) return;
    const { stream, watermark, caughtUp, streams } = outcome.result;
    if (streams !== undefined || typeof watermark !== 'string') return;
    if (caughtUp === false && this.#stoppedForNoReason(run))
      judge.fail('silence is an alarm', `${invocation.name} stopped early, and passes for a success`);
    const [age] = values('WatermarkAgeSeconds').filter(({ metric }) => [undefined, stream].includes(metric.stream));
    const expected = age && Math.max(0, age.at - Date.parse(watermark)) / SECOND_MS;
    if (!age || Math.abs(age.metric.value - (expected ?? 0)) > 1)
      judge.fail(
        'silence is an alarm',
        `${invocation.name} read up to ${watermark}, and its metric says ${age?.metric.value} s`,
      );
    const due = begunAt - instance.settings.lagSeconds * SECOND_MS;
    const isHonest = instance.effects.skewMs === 0 && invocation.mishaps.length === 0;
    if (caughtUp === true && isHonest && Date.parse(watermark) < due - 2 * SECOND_MS - this.#slowestMs())
      judge.fail(
        'silence is an alarm',
        `${invocation.name} says it caught up, and read only to ${watermark} (${text(due)} was due)`,
      );
  }

  /** Neither was its time over, nor did an answer leave out how to go on. */
  #stoppedForNoReason({ invocation, begunAt, excuses }: Run): boolean {
    const { now, struck } = this.#world;
    const usedMs = now - begunAt;
    const isCut = [...struck].some(
      ([name, fault]) => name.startsWith(`${invocation.name} `) && fault.startsWith('no x-'),
    );
    const isCalm = excuses.size === 0 && invocation.mishaps.length === 0;
    return isCalm && !isCut && usedMs < invocation.lifeMs / 2;
  }

  /** JumpCloud's `Date` less how long its answer took may lie before the run began. */
  #slowestMs(): number {
    return this.#world.plan.slow > 0 ? 200 * SECOND_MS : SECOND_MS;
  }

  #list({ stream, taken }: Look, result: Record<string, unknown>): void {
    const { judge } = this.#world;
    const said = (result.waiting as Entries).map(
      ({ id, events, mayRepeat }) => `${stream} ${id}: ${events}, ${mayRepeat}`,
    );
    const there = judge.quarantine
      .waitingOf(stream)
      .map(([name, { tags }]) => `${name}: ${tags.length}, ${taken.get(name)}`);
    if (said.sort().join('; ') !== there.sort().join('; '))
      judge.fail(
        'commands do what they say',
        `the list says ${said.join('; ') || 'nothing'}, there is ${there.join('; ') || 'nothing'}`,
      );
  }

  #replay({ stream, taken }: Look, result: Record<string, unknown>): void {
    const { judge } = this.#world;
    for (const { id, outcome, mayRepeat } of result.entries as Entries) {
      const name = `${stream} ${id}`;
      const before = taken.get(name);
      if (before === undefined)
        judge.fail('commands do what they say', `a replay reports ${name}, which was not there`);
      if (outcome !== 'shipped') continue;
      if (judge.quarantine.entries.has(name))
        judge.fail('commands do what they say', `a replay says it shipped ${name}, which still waits`);
      if (mayRepeat < (before ?? 0))
        judge.fail(
          'commands do what they say',
          `a replay says it repeats ${mayRepeat} events of ${name}; ${before} had been taken`,
        );
    }
  }

  /** Everything in a window arrives once more. */
  #window({ organization, at }: Look, run: Run, { watermark }: Record<string, unknown>): void {
    const { judge, truth } = this.#world;
    const { start_time, end_time } = run.invocation.input;
    const [start, end] = [
      Date.parse(String(start_time)),
      Math.min(Date.parse(String(end_time)), Date.parse(String(watermark))),
    ];
    for (const { tag, atMs, visibleAt } of truth.of(organization)) {
      if (atMs < start || atMs >= end || visibleAt > at || judge.quarantine.held(tag) > 0) continue;
      if (!judge.ledger.arrivals.get(tag)?.some((tick) => tick > run.begunTick))
        judge.fail('commands do what they say', `${run.invocation.name} says it shipped its window, without ${tag}`, [
          tag,
        ]);
    }
  }

  /** Hour by hour: what JumpCloud has, and what arrived of it. */
  #audit({ organization, stream, settled, at }: Look, audited: Audited, run: Run): void {
    const { judge, truth, now } = this.#world;
    if (audited.hours === undefined || settled === undefined) return;
    const fail = (message: string) => judge.fail('the audit is right', `${run.invocation.name} ${message}`);
    const waiting = judge.quarantine.waitingOf(stream).flatMap(([, { tags }]) => tags).length;
    if (audited.waitingInQuarantine !== waiting)
      fail(`finds ${audited.waitingInQuarantine} events in quarantine, ${waiting} are there`);
    const measured = run.metrics.find(({ metric }) => metric.name === 'Quarantined')?.metric.value ?? 0;
    if (measured !== waiting)
      judge.fail('silence is an alarm', `${waiting} events wait in quarantine, the metric says ${measured}`);
    const missing = audited.differences.some(({ atJumpCloud, shipped }) => atJumpCloud > shipped);
    const difference = run.metrics.find(({ metric }) => metric.name === 'AuditDifference')?.metric.value ?? 0;
    if (missing && difference === 0)
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
      const there = this.#arrived(visible(now));
      const difference = differences.get(hour);
      if (!difference) {
        // Which hours an audit left when its time was over, it does not say.
        if (audited.unchecked > 0 || !this.#mustBeSeen(events)) continue;
        if (this.#arrived(visible(at)) < visible(at).length)
          fail(`finds ${text(hour)} complete: ${there} of ${visible(at).length} events arrived`);
        continue;
      }
      const { atJumpCloud, shipped } = difference;
      if (atJumpCloud < visible(at).length || atJumpCloud > visible(now).length)
        fail(`finds ${atJumpCloud} events of ${text(hour)} at JumpCloud, ${visible(at).length} are there`);
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

  /**
   * A count by a server that rounds, or of events that nobody can read, may by chance be that of
   * what was shipped.
   */
  #mustBeSeen(events: readonly TrueEvent[]): boolean {
    const { rounding, narrows } = this.#world.plan;
    return rounding === 'none' && !narrows && events.every(({ readable }) => readable) && !hasTwins(events);
  }

  #arrived(events: readonly TrueEvent[]): number {
    const { ledger, quarantine } = this.#world.judge;
    return events.filter(({ tag }) => ledger.arrivals.has(tag) || quarantine.held(tag) > 0).length;
  }

  /** @param totals of a backfill that was driven to its end when all was quiet */
  totals(organization: string, totals: Totals): void {
    const { judge, truth, now, plan } = this.#world;
    const slices = [...judge.checkpoints.byStream.keys()]
      .filter((stream) => stream.startsWith(`backfill#${organization}#`))
      .map((stream) => stream.split('#').slice(2).map(Date.parse) as [number, number]);
    const began = judge.checkpoints.byStream.get(this.#world.streamOf(organization))?.began ?? 0;
    // The live stream was rewound into them: what it ships is in no total.
    if (slices.some(([, end]) => end > began)) return;
    const events = truth
      .of(organization)
      .filter(
        ({ readable, atMs, visibleAt }) =>
          readable && visibleAt <= now && slices.some(([start, end]) => atMs >= start && atMs < end),
      );
    const byRuns = judge.ledger.deliveredByRuns();
    const arrived = events.filter(({ tag }) => byRuns.has(tag)).length;
    const fail = (message: string) =>
      judge.fail('the totals of a backfill are right', `the backfill of ${organization} ${message}`);
    if (totals.slicesDone !== totals.slices) fail(`ends with ${totals.slicesDone} of ${totals.slices} slices done`);
    if (!hasTwins(events) && totals.delivered !== arrived) fail(`says ${totals.delivered} events, ${arrived} arrived`);
    const isExact =
      plan.rounding === 'none' && !plan.narrows && truth.of(organization).every(({ readable }) => readable);
    if (isExact && totals.slices > 0 && totals.counted !== events.length)
      fail(`counts ${totals.counted} events, ${events.length} are there`);
  }
}

/** Of events that are equal in everything, a copy of the one hides that the other is not there. */
function hasTwins(events: readonly TrueEvent[]): boolean {
  return new Set(events.map(({ tag }) => tag)).size < events.length;
}
