/** One history: events happen, runs run, faults strike; then all is quiet, and the judge looks. */
import type { EpochMs } from '../../lib/clock.ts';
import { Adversary, type Scene } from './adversary.ts';
import { startCloud } from './cloud.ts';
import { type Course, Instance, type Outcome, type Stage } from './instance.ts';
import { Judge, PromiseBrokenError } from './judge.ts';
import { killedChild } from './killed-child.ts';
import { Ledger } from './ledger.ts';
import { type Plan, planOf, type Settings, settingsOf } from './plan.ts';
import { Chance } from './random.ts';
import { openTable, type StoredCheckpoint } from './table-reader.ts';
import { SimulatedTime } from './time.ts';
import { Truth } from './truth.ts';

const BEGIN: EpochMs = Date.parse('2026-11-20T12:00:00Z');
const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const LIFE_MS = 290_000;
/** A caught-up stream needs one quiet run; one that is far behind, or whose lease is still held, a few. */
const MOST_QUIET_RUNS = 8;

export interface Verdict {
  readonly seed: number;
  readonly plan: Plan;
  readonly failure: Error | undefined;
  readonly trace: readonly string[];
  /** What it was made of, for the summary. */
  readonly figures: Readonly<Record<string, number>>;
}

export async function playHistory(seed: number, steps: number): Promise<Verdict> {
  const plan = planOf(seed, steps);
  const trace: string[] = [];
  const history = new History(plan, trace);
  const random = Math.random;
  // The retry layer's jitter.
  Math.random = new Chance(seed, 'jitter').next;
  let failure: Error | undefined;
  try {
    await history.play();
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
  } finally {
    Math.random = random;
    await history.close();
  }
  return { seed, plan, failure, trace, figures: history.figures };
}

class History {
  readonly figures: Record<string, number> = {};
  readonly #plan: Plan;
  readonly #chance: Chance;
  readonly #time = new SimulatedTime(BEGIN);
  readonly #trace: string[];
  readonly #adversary: Adversary;
  #settings: Settings;
  #stage: Stage | undefined;
  #judge: Judge | undefined;
  #table: ReturnType<typeof openTable> | undefined;
  #instance: Instance | undefined;
  #stopped: Instance[] = [];
  readonly #instances: Instance[] = [];
  #checkpoints: ReadonlyMap<string, StoredCheckpoint> = new Map();
  #rewound = new Set<string>();
  #invocations = 0;
  #rotations = 0;

  constructor(plan: Plan, trace: string[]) {
    this.#plan = plan;
    this.#trace = trace;
    this.#chance = new Chance(plan.seed, 'history');
    this.#adversary = new Adversary(plan, new Chance(plan.seed, 'adversary'));
    this.#settings = settingsOf(plan, new Chance(plan.seed, 'settings'));
  }

  async play(): Promise<void> {
    const cloud = await startCloud(this.#plan, this.#time);
    const truth = new Truth();
    const stage: Stage = {
      plan: this.#plan,
      time: this.#time,
      cloud,
      truth,
      ledger: new Ledger(),
      said: [],
      entries: new Set(),
      trace: this.#note,
      streamOf: (organization) => `live#${this.#plan.organizations.length > 0 ? organization : 'default'}`,
    };
    this.#stage = stage;
    this.#judge = new Judge(stage, this.#latenessMs);
    this.#table = openTable(cloud);
    const between = new Chance(this.#plan.seed, 'between');
    cloud.state.onQuestion = () => {
      if (cloud.state.troubled && between.happens(0.15)) this.#happen('between');
    };
    this.#happen('past');
    for (let step = 0; step < this.#plan.steps; step++) await this.#step(stage);
    await this.#settle(stage);
  }

  async close(): Promise<void> {
    this.#table?.close();
    for (const instance of this.#instances) instance.destroy();
    await this.#stage?.cloud.close();
  }

  readonly #note = (text: string): void => {
    this.#trace.push(`${new Date(this.#time.now()).toISOString()} ${text}`);
  };

  get #latenessMs(): number {
    return this.#settings.latenessMinutes * MINUTE_MS;
  }

  #count(figure: string, by = 1): void {
    this.figures[figure] = (this.figures[figure] ?? 0) + by;
  }

  /** JumpCloud gets some events. */
  #happen(when: 'past' | 'strike' | 'between' | 'backlog'): void {
    const { cloud, truth, streamOf } = this.#staged();
    for (const organization of cloud.organizations) {
      const checkpoint = this.#checkpoints.get(streamOf(organization));
      const scene: Scene = {
        now: this.#time.now(),
        latenessMs: this.#latenessMs,
        limit: this.#settings.limit,
        edges: checkpoint ? [checkpoint.settled, checkpoint.watermark] : [],
      };
      const events = this.#adversary[when](scene, organization);
      if (events.length === 0) continue;
      truth.add(events);
      cloud.add(
        events.map(({ input }) => input),
        organization,
      );
      this.#count('events', events.length);
      for (const { tag, atMs, visibleAt } of events)
        this.#note(
          `happened ${organization} ${tag} at ${new Date(atMs).toISOString()} visible from ${new Date(visibleAt).toISOString()}`,
        );
    }
  }

  #staged(): Stage {
    if (!this.#stage) throw new Error('the stage is not set');
    return this.#stage;
  }

  async #step(stage: Stage): Promise<void> {
    const chance = this.#chance;
    // Sometimes nothing runs for hours, and a backlog grows.
    for (let missed = chance.happens(0.12) ? chance.int(1, 6) : 0; missed > 0; missed--) {
      await this.#time.pass(chance.int(5, 60) * MINUTE_MS);
      this.#happen('backlog');
    }
    await this.#time.pass(
      chance.weighted([
        [1, 0],
        [2, chance.int(1, 60) * SECOND_MS],
        [5, chance.int(1, 10) * MINUTE_MS],
        [1, this.#latenessMs],
      ]),
    );
    for (let strikes = chance.int(1, 3); strikes > 0; strikes--) this.#happen('strike');
    this.#misfortune(stage);
    await this.#act(stage);
    await this.#inspect();
  }

  /** What goes on for longer than one request. */
  #misfortune({ cloud }: Stage): void {
    const chance = this.#chance;
    const { rates } = this.#plan;
    if (chance.happens(rates.logzio * 0.3)) {
      cloud.state.logzioDownUntil = this.#time.now() + chance.pick([MINUTE_MS, 10 * MINUTE_MS, HOUR_MS]);
      this.#note('Logz.io refuses everything for a while');
    }
    if (chance.happens(rates.jumpcloud * 0.3)) {
      cloud.state.jumpcloudDownUntil = this.#time.now() + chance.pick([MINUTE_MS, HOUR_MS]);
      this.#note('JumpCloud refuses everything for a while');
    }
    if (chance.happens(rates.ssm)) {
      cloud.rotateTokens(++this.#rotations);
      this.#note('the tokens are rotated');
    }
    if (chance.happens(0.7)) cloud.storeTokens();
    if (chance.happens(0.1)) this.#redeploy();
  }

  #redeploy(): void {
    this.#retire();
    this.#settings = settingsOf(this.#plan, this.#chance);
    this.#judge?.allow(this.#latenessMs);
    this.#note(`redeployed with ${JSON.stringify(this.#settings)}`);
  }

  /** The instance that was warm is warm no more. */
  #retire(): void {
    this.#instance = undefined;
  }

  async #act(stage: Stage): Promise<void> {
    const chance = this.#chance;
    if (this.#stopped.length > 0 && chance.happens(0.35)) return await this.#wake();
    if (this.#plan.withChild && chance.happens(0.2)) return await this.#killChild(stage);
    if (this.#checkpoints.size > 0 && chance.happens(0.03)) return await this.#rewind(stage);
    await this.#run(stage);
  }

  async #run(stage: Stage): Promise<void> {
    const chance = this.#chance;
    const { rates, organizations } = this.#plan;
    const instance = this.#takeInstance(stage);
    const skews = () => (chance.happens(rates.skew) ? chance.int(-10 * MINUTE_MS, 10 * MINUTE_MS) : 0);
    instance.clock.skewMs = skews();
    if (chance.happens(rates.dynamodb)) stage.cloud.state.dynamodbFailing = chance.int(3, 30);
    const stops = chance.happens(rates.stop);
    const steps = chance.happens(rates.step);
    const course: Course = {
      name: `run${++this.#invocations}`,
      input: organizations.length > 0 && chance.happens(0.7) ? { org_id: chance.pick(organizations) } : {},
      lifeMs: chance.weighted([
        [8, LIFE_MS],
        [1, chance.int(2, 20) * SECOND_MS],
      ]),
      ...(stops && { stop: { call: chance.int(1, chance.pick([8, 30])), when: chance.pick(['before', 'after']) } }),
      ...(steps && { clockStep: { call: chance.int(2, 20), toSkewMs: chance.int(-10, 10) * MINUTE_MS } }),
    };
    this.#note(`${course.name} begins: ${JSON.stringify({ ...course, skewMs: instance.clock.skewMs })}`);
    this.#end(instance, await instance.invoke(course));
    // By its own clock, which may be ahead of the holder's, but not by the clock it steps to.
    if (steps) return;
    for (const organization of instance.taken()) {
      const held = this.#checkpoints.get(stage.streamOf(organization))?.leaseUntil ?? 0;
      if (held > instance.clock.now())
        throw new PromiseBrokenError(
          `${course.name} took a stream that was held until ${new Date(held).toISOString()}`,
        );
    }
  }

  #takeInstance(stage: Stage): Instance {
    if (this.#instance && this.#chance.happens(0.5)) return this.#instance;
    const instance = new Instance(stage, this.#settings, 0);
    this.#instances.push(instance);
    this.#instance = instance;
    return instance;
  }

  #end(instance: Instance, outcome: Outcome): void {
    this.#count('runs');
    this.#count(outcome.kind);
    const said =
      outcome.kind === 'done' ? JSON.stringify(outcome.result) : outcome.kind === 'failed' ? String(outcome.error) : '';
    this.#note(`${instance.course.name} ${outcome.kind} after ${instance.gate.calls} calls ${said}`);
    if (outcome.kind !== 'stopped') return;
    this.#retire();
    // Whether it is killed or only slow shows later; until then it holds its lease.
    this.#stopped.push(instance);
    if (this.#chance.happens(0.6)) this.#kill(instance);
  }

  #kill(instance: Instance): void {
    instance.excuse('was killed');
    this.#stopped = this.#stopped.filter((other) => other !== instance);
    this.#count('killed');
    this.#note(`${instance.course.name} is killed`);
  }

  /** A run that stood still goes on, whoever holds its lease by now. */
  async #wake(): Promise<void> {
    const instance = this.#chance.pick(this.#stopped);
    this.#stopped = this.#stopped.filter((other) => other !== instance);
    this.#note(`${instance.course.name} wakes up`);
    this.#count('woken');
    const outcome = await instance.resume();
    this.#note(`${instance.course.name} ${outcome.kind} at last ${outcome.kind === 'failed' ? outcome.error : ''}`);
  }

  async #killChild(stage: Stage): Promise<void> {
    const call = this.#chance.int(3, 16);
    this.#note(`a child process runs, and gets SIGKILL at its request ${call}`);
    this.#count('children');
    await killedChild(stage, this.#settings, `child${++this.#invocations}`, call);
  }

  async #rewind(stage: Stage): Promise<void> {
    const chance = this.#chance;
    const organization = chance.pick(stage.cloud.organizations);
    const checkpoint = this.#checkpoints.get(stage.streamOf(organization));
    if (!checkpoint) return;
    const to = Math.max(checkpoint.began, checkpoint.settled - chance.int(1, 60) * MINUTE_MS);
    const instance = this.#takeInstance(stage);
    instance.clock.skewMs = 0;
    const input = {
      rewind_to: new Date(to).toISOString(),
      ...(this.#plan.organizations.length > 0 && { org_id: organization }),
    };
    stage.ledger.rewind(stage.truth, organization, to, checkpoint.settled);
    this.#rewound.add(stage.streamOf(organization));
    const course = { name: `rewind${++this.#invocations}`, input, lifeMs: LIFE_MS };
    this.#note(`${course.name} begins: ${JSON.stringify(input)}`);
    this.#end(instance, await instance.invoke(course));
  }

  async #inspect(): Promise<void> {
    const state = await this.#table?.read();
    if (!state) return;
    for (const [stream, { settled, watermark }] of state.checkpoints) {
      if (this.#checkpoints.get(stream)?.settled === settled && this.#checkpoints.get(stream)?.watermark === watermark)
        continue;
      this.#note(
        `${stream}: settled ${new Date(settled).toISOString()} watermark ${new Date(watermark).toISOString()}`,
      );
    }
    this.#checkpoints = state.checkpoints;
    this.#judge?.inspect(state, this.#rewound);
    this.#rewound = new Set();
  }

  /** No more faults, and time enough: what is owed must arrive, and every run must do its work. */
  async #settle(stage: Stage): Promise<void> {
    const { cloud } = stage;
    while (this.#stopped.length > 0) {
      if (this.#chance.happens(0.5)) await this.#wake();
      else this.#kill(this.#chance.pick(this.#stopped));
    }
    await this.#inspect();
    cloud.state.troubled = false;
    cloud.state.dynamodbFailing = 0;
    cloud.storeTokens();
    this.#retire();
    this.#note('all is quiet from here on');
    const last = stage.truth.lastInstant();
    // Clocks disagreed by ten minutes at most, so leases do not last longer than that and a life.
    const quietMs = Math.max(0, last - this.#time.now()) + 20 * MINUTE_MS;
    await this.#time.pass(quietMs);
    await this.#catchUp(stage);
    await this.#time.pass(this.#latenessMs + 2 * MINUTE_MS);
    await this.#catchUp(stage);
    await this.#inspect();
    const state = await this.#table?.read();
    if (!state || !this.#judge) throw new Error('the stage is not set');
    if (state.checkpoints.size !== cloud.organizations.length) throw new PromiseBrokenError('a stream never began');
    // A stream may have begun in the future by a clock that was ahead.
    const began = Math.max(...[...state.checkpoints.values()].map((checkpoint) => checkpoint.began));
    this.#judge.conclude(state, Math.max(last + 1, began));
  }

  async #catchUp(stage: Stage): Promise<void> {
    for (let runs = 1; ; runs++) {
      const instance = new Instance(stage, this.#settings, 0);
      this.#instances.push(instance);
      const course = {
        name: `quiet${++this.#invocations}`,
        input: {},
        lifeMs: LIFE_MS * stage.cloud.organizations.length,
      };
      const outcome = await instance.invoke(course);
      this.#end(instance, outcome);
      if (outcome.kind === 'failed')
        throw new PromiseBrokenError(`a run without faults failed: ${outcome.error.message}`);
      if (outcome.kind === 'done' && isCaughtUp(outcome.result)) return;
      if (runs === MOST_QUIET_RUNS) throw new PromiseBrokenError('runs without faults do not catch up');
      await this.#time.pass(5 * MINUTE_MS);
    }
  }
}

function isCaughtUp(result: unknown): boolean {
  const { caughtUp, streams } = result as { caughtUp?: boolean; streams?: { caughtUp?: boolean }[] };
  return streams ? streams.every((stream) => stream.caughtUp === true) : caughtUp === true;
}
