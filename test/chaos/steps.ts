/** The troubled part of a history, step by step: events, misfortunes, and somebody who does something. */
import { Adversary, type Scene } from './adversary.ts';
import { Backfills } from './backfills.ts';
import { Fleet } from './fleet.ts';
import { type Judge, PromiseBrokenError } from './judge.ts';
import { Operators } from './operators.ts';
import { settingsOf } from './plan.ts';
import { Chance } from './random.ts';
import type { Course, Stage } from './stage.ts';
import type { StoredCheckpoint, TableState } from './table-reader.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** As Lambda's time-out for runs every five minutes. */
const LIFE_MS = 290_000;
const FARTHEST_CLOCK_MINUTES = 10;

export class Steps {
  readonly fleet: Fleet;
  readonly operators: Operators;
  readonly backfills: Backfills;
  readonly #stage: Stage;
  readonly #judge: Judge;
  readonly #table: { read(): Promise<TableState> };
  readonly #chance: Chance;
  readonly #adversary: Adversary;
  #checkpoints: ReadonlyMap<string, StoredCheckpoint> = new Map();
  #known: TableState | undefined;
  #rewound = new Set<string>();
  #rotations = 0;

  constructor(stage: Stage, judge: Judge, table: { read(): Promise<TableState> }) {
    const { plan } = stage;
    this.#stage = stage;
    this.#judge = judge;
    this.#table = table;
    this.#chance = new Chance(plan.seed, 'history');
    this.#adversary = new Adversary(plan, new Chance(plan.seed, 'adversary'));
    this.fleet = new Fleet(stage, this.#chance, settingsOf(plan, new Chance(plan.seed, 'settings')));
    this.operators = new Operators({
      stage,
      fleet: this.fleet,
      chance: this.#chance,
      readTable: () => table.read(),
      run: () => this.#run(),
    });
    this.backfills = new Backfills({ stage, fleet: this.fleet, chance: this.#chance, run: () => this.#run() });
    judge.allow(this.latenessMs);
  }

  get latenessMs(): number {
    return this.fleet.settings.latenessMinutes * MINUTE_MS;
  }

  begin(): void {
    const { cloud, plan } = this.#stage;
    const between = new Chance(plan.seed, 'between');
    cloud.state.onQuestion = (answerWaitsMs) => {
      if (!cloud.state.troubled) return;
      if (answerWaitsMs > SECOND_MS) this.#happen('imminent');
      else if (between.happens(0.15)) this.#happen('between');
    };
    this.#happen('past');
  }

  async next(): Promise<void> {
    const { time } = this.#stage;
    const chance = this.#chance;
    // Sometimes nothing runs for hours, and a backlog grows.
    for (let missed = chance.happens(0.12) ? chance.int(1, 6) : 0; missed > 0; missed--) {
      await time.pass(chance.int(5, 60) * MINUTE_MS);
      this.#happen('backlog');
    }
    await time.pass(
      chance.weighted([
        [1, 0],
        [2, chance.int(1, 60) * SECOND_MS],
        [5, chance.int(1, 10) * MINUTE_MS],
        [1, this.latenessMs],
      ]),
    );
    for (let strikes = chance.int(1, 3); strikes > 0; strikes--) this.#happen('strike');
    this.#misfortune();
    await this.#act();
    await this.inspect();
  }

  /** Whoever still stands still wakes up now, or never. */
  async end(): Promise<void> {
    while (this.fleet.hasStopped) {
      if (this.#chance.happens(0.5)) await this.fleet.wakeOne();
      else this.fleet.killOne();
    }
    await this.inspect();
  }

  /** Has the judge look at where the streams are now. */
  async inspect(): Promise<void> {
    const state = await this.#table.read();
    for (const [stream, { settled, watermark }] of state.checkpoints) {
      const before = this.#checkpoints.get(stream);
      if (before?.settled === settled && before.watermark === watermark) continue;
      this.#stage.trace(
        `${stream}: settled ${new Date(settled).toISOString()} watermark ${new Date(watermark).toISOString()}`,
      );
    }
    this.#checkpoints = state.checkpoints;
    this.#known = state;
    this.#stage.holdings.see(state.holdings);
    this.#judge.inspect(state, this.#rewound);
    this.#rewound = new Set();
  }

  /** JumpCloud gets some events. */
  #happen(when: 'past' | 'strike' | 'between' | 'imminent' | 'backlog'): void {
    const { cloud, truth, time, streamOf, trace } = this.#stage;
    for (const organization of cloud.organizations) {
      const checkpoint = this.#checkpoints.get(streamOf(organization));
      const scene: Scene = {
        now: time.now(),
        latenessMs: this.latenessMs,
        limit: this.fleet.settings.limit,
        edges: checkpoint ? [checkpoint.settled, checkpoint.watermark, checkpoint.began] : [],
      };
      const events = this.#adversary[when](scene, organization);
      truth.add(events);
      cloud.add(
        events.map(({ input }) => input),
        organization,
      );
      this.#stage.count('events', events.length);
      for (const { tag, atMs, visibleAt } of events) {
        const [at, from] = [new Date(atMs).toISOString(), new Date(visibleAt).toISOString()];
        trace(`happened ${organization} ${tag} at ${at} visible from ${from}`);
      }
    }
  }

  /** What goes on for longer than one request. */
  #misfortune(): void {
    const { cloud, plan, time, trace } = this.#stage;
    const chance = this.#chance;
    const { rates } = plan;
    if (chance.happens(rates.logzio * 0.3)) {
      cloud.state.logzioDownUntil = time.now() + chance.pick([MINUTE_MS, 10 * MINUTE_MS, HOUR_MS]);
      trace('Logz.io refuses everything for a while');
    }
    if (chance.happens(rates.jumpcloud * 0.3)) {
      cloud.state.jumpcloudDownUntil = time.now() + chance.pick([MINUTE_MS, HOUR_MS]);
      trace('JumpCloud refuses everything for a while');
    }
    if (chance.happens(rates.ssm)) {
      cloud.rotateTokens(++this.#rotations);
      trace('the tokens are rotated');
    }
    if (chance.happens(0.7)) cloud.storeTokens();
    if (!chance.happens(0.1)) return;
    this.fleet.cool();
    this.fleet.settings = settingsOf(plan, chance);
    this.#judge.allow(this.latenessMs);
    trace(`redeployed with ${JSON.stringify(this.fleet.settings)}`);
  }

  async #act(): Promise<void> {
    const chance = this.#chance;
    if (this.fleet.hasStopped && chance.happens(0.35)) return await this.fleet.wakeOne();
    if (this.#stage.plan.withChild && chance.happens(0.2)) return await this.fleet.killChild();
    if (this.#known && chance.happens(this.#stage.plan.withBackfill ? 0.08 : 0.03)) {
      const stream = await this.operators.rewind(this.#known);
      if (stream !== undefined) this.#rewound.add(stream);
      return;
    }
    if (this.#known && this.#stage.plan.withBackfill && chance.happens(this.#hasJustBegun() ? 0.6 : 0.15))
      return await this.backfills.act(this.#known);
    if (this.#known && chance.happens(0.2)) return await this.operators.act(this.#known);
    await this.#run();
  }

  /** Late events may still come to where a backfill would end. */
  #hasJustBegun(): boolean {
    const now = this.#stage.time.now();
    return [...this.#checkpoints.values()].some(({ began }) => began <= now && now < began + this.latenessMs);
  }

  async #run(): Promise<void> {
    const { cloud, plan, streamOf } = this.#stage;
    const chance = this.#chance;
    const { rates, organizations } = plan;
    // Read anew: what this is in the middle of may have run the stream since the judge looked.
    const { checkpoints } = await this.#table.read();
    const instance = this.fleet.take();
    const farthestMs = FARTHEST_CLOCK_MINUTES * MINUTE_MS;
    instance.clock.skewMs = chance.happens(rates.skew) ? chance.int(-farthestMs, farthestMs) : 0;
    if (chance.happens(rates.dynamodb)) cloud.state.dynamodbFailing = chance.int(3, 30);
    const stops = chance.happens(rates.stop);
    const steps = chance.happens(rates.step);
    const toSkewMs = () => chance.int(-FARTHEST_CLOCK_MINUTES, FARTHEST_CLOCK_MINUTES) * MINUTE_MS;
    const course: Course = {
      name: this.fleet.name('run'),
      input: organizations.length > 0 && chance.happens(0.7) ? { org_id: chance.pick(organizations) } : {},
      lifeMs: chance.weighted([
        [8, LIFE_MS],
        [1, chance.int(2, 20) * SECOND_MS],
      ]),
      ...(stops && { stop: { call: chance.int(1, chance.pick([8, 30])), when: chance.pick(['before', 'after']) } }),
      ...(steps && { clockStep: { call: chance.int(2, 20), toSkewMs: toSkewMs() } }),
    };
    await this.fleet.invoke(instance, course);
    // By its own clock, which may be ahead of the holder's, but not by the clock it steps to.
    if (steps) return;
    for (const organization of instance.taken()) {
      const held = checkpoints.get(streamOf(organization))?.leaseUntil ?? 0;
      if (held <= instance.clock.now()) continue;
      throw new PromiseBrokenError(`${course.name} took a stream that was held until ${new Date(held).toISOString()}`);
    }
  }
}
