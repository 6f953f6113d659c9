/** People and the schedule: they run, ask, deploy and rotate, several of them at once. */

import { driveBackfill } from '../../../lib/backfill/drive.ts';
import type { BackfillStart, Totals } from '../../../lib/backfill/protocol.ts';
import type { Clock } from '../../../lib/platform/outside.ts';
import { inProcessEngine } from '../../../local/in-process-engine.ts';
import type { Kind } from '../judge/ledger.ts';
import { Verdicts } from '../judge/verdicts.ts';
import { Chance } from '../world/chance.ts';
import { Instance, type Outcome } from '../world/instance.ts';
import type { World } from '../world/world.ts';
import { LIFE_MS, type Settings, type Step } from './history.ts';

const MINUTE_MS = 60_000;
const KINDS: Readonly<Record<string, Kind>> = {
  rewind_to: 'rewind',
  start_time: 'window',
  dry_run: 'look',
  quarantine: 'look',
  audit: 'look',
  check: 'look',
};

/** How one invocation is to go. */
type Course = Partial<Pick<Step, 'isWarm' | 'skewMs' | 'lifeMs' | 'mishaps'>>;

export class People {
  readonly #world: World;
  readonly #verdicts: Verdicts;
  #settings: Settings;
  #deployments = 0;
  #warm: Instance | undefined;
  #invocations = 0;
  /** By organization, how far back its backfills have reached for so far. */
  readonly #backfilledFrom = new Map<string, number>();
  #enginesLive = true;

  constructor(world: World) {
    this.#world = world;
    this.#verdicts = new Verdicts(world);
    this.#settings = world.plan.settings[0] as Settings;
    world.deploy(this.#settings);
  }

  get latenessMs(): number {
    return this.#settings.latenessMinutes * MINUTE_MS;
  }

  /** Begins what a step says; does not wait for its end. */
  act(step: Step): unknown {
    const world = this.#world;
    const organization = world.organizations[step.organization % world.organizations.length] as string;
    const checkpoint = world.judge.checkpoints.byStream.get(world.streamOf(organization));
    const agoMs = step.amount * MINUTE_MS;
    const invoke = (input: object, course: Course = step) => this.invoke(step.act, organization, input, course);
    switch (step.act) {
      case 'run':
        return step.amount % 4 === 0 ? this.runAll(step) : invoke({});
      case 'rewind':
        return checkpoint && invoke({ rewind_to: at(checkpoint.settled - agoMs) });
      case 'window':
        return (
          checkpoint &&
          invoke({ start_time: at(checkpoint.settled - 2 * agoMs), end_time: at(checkpoint.settled - agoMs) })
        );
      case 'dry run':
        return invoke({ dry_run: true });
      case 'list':
        return invoke({ quarantine: 'list' });
      case 'two replays':
        invoke({ quarantine: 'replay' }, {});
        return invoke({ quarantine: 'replay' });
      case 'replay':
        return invoke({ quarantine: 'replay' });
      case 'audit':
        return invoke({ audit: true });
      case 'check':
        return invoke({ check: true });
      case 'backfill':
        return this.#backfill(organization, step);
      case 'deploy':
        return this.#deploy();
      case 'rotate tokens':
        world.tokens.rotate();
        world.jumpcloud.revokeAccessTokens();
        return world.scheduler.after(step.amount % 2 ? 0 : agoMs, 'tokens stored', () => world.tokens.store());
      case 'Logz.io is down':
        world.logzio.downUntil = world.now + agoMs;
        return invoke({});
      case 'JumpCloud is down':
        world.jumpcloud.downUntil = world.now + agoMs;
        return invoke({});
    }
  }

  /** One organization's command, to its end. */
  async invoke(name: string, organization: string, input: object, course: Course): Promise<Outcome> {
    const isNamed = this.#world.plan.organizations.length > 0;
    return await this.#invoke(name, organization, { ...input, ...(isNamed && { org_id: organization }) }, course);
  }

  /** All organizations in turn. */
  async runAll(course: Course): Promise<Outcome> {
    return await this.#invoke('run', undefined, {}, course);
  }

  async #invoke(
    act: string,
    organization: string | undefined,
    input: Record<string, unknown>,
    course: Course,
  ): Promise<Outcome> {
    const world = this.#world;
    const { isWarm = false, skewMs = 0, lifeMs = LIFE_MS, mishaps = [] } = course;
    const name = `${act} ${++this.#invocations}`;
    const isFree = isWarm && this.#warm && !this.#warm.isBusy && !this.#warm.effects.isDead;
    const instance = isFree && this.#warm ? this.#warm : new Instance(world, `i${this.#invocations}`, this.#settings);
    instance.effects.skewMs = skewMs;
    this.#warm = instance;
    world.scheduler.note(`${name} begins on ${instance.name} with ${JSON.stringify(input)}, clock ${skewMs} ms ahead`);
    const kind = kindOf(input);
    const look = organization === undefined ? undefined : this.#verdicts.before(organization, input);
    const outcome = await instance.invoke({ name, kind, input, lifeMs, mishaps });
    const words =
      outcome.kind === 'done'
        ? outcome.result.message
        : outcome.kind === 'failed'
          ? outcome.error.message
          : outcome.why;
    world.scheduler.note(`${name} ${outcome.kind}: ${words}`);
    if (instance.run) this.#verdicts.after(instance.run, outcome, look);
    return outcome;
  }

  /** Another configuration, from now on; its instances are new. */
  #deploy(): void {
    const { settings } = this.#world.plan;
    this.#settings = settings[++this.#deployments % settings.length] as Settings;
    this.#warm = undefined;
    this.#world.deploy(this.#settings);
  }

  /** Begins a backfill, or goes on with an earlier one, until it is done or its engine dies. */
  async #backfill(organization: string, step: Step): Promise<void> {
    const { judge, now } = this.#world;
    const began = judge.checkpoints.byStream.get(this.#world.streamOf(organization))?.began;
    // One that begins in the future, by a clock that was ahead, leaves nothing to a backfill for
    // now.
    if (began === undefined || began > now) return;
    const known = this.#backfilledFrom.get(organization);
    if (known === undefined || step.amount % 5 === 0)
      this.#backfilledFrom.set(organization, (known ?? began) - step.amount * 4 * MINUTE_MS - step.amount);
    const questions = step.amount % 3 === 0 ? Number.POSITIVE_INFINITY : (step.amount % 20) + 1;
    await this.#drive(organization, questions, step).catch((error: Error) => {
      this.#world.scheduler.note(`the backfill ends: ${error.name} ${error.message}`);
    });
  }

  #drive(organization: string, questions: number, step: Step | undefined): Promise<Totals> {
    const world = this.#world;
    const chance = new Chance(world.seed, step?.name ?? 'last', organization);
    let left = questions;
    const ask = async (request: object): Promise<unknown> => {
      // An engine that was killed asks nothing more, and nobody waits for it.
      if (left-- <= 0 || (step && !this.#enginesLive)) return await new Promise<never>(() => undefined);
      const mishaps = step && chance.happens(0.15) ? step.mishaps : [];
      const outcome = await this.#invoke('backfill', organization, { ...request }, { mishaps });
      if (outcome.kind === 'done') return outcome.result;
      throw outcome.kind === 'failed' ? outcome.error : new Error('Task timed out');
    };
    const wait = (ms: number) =>
      new Promise<void>((resolve) => void world.scheduler.after(ms, 'engine waits', resolve));
    const clock: Clock = {
      now: () => world.now,
      elapsedMs: () => world.now,
      sleep: wait,
      timer: wait,
      turn: () => wait(0),
    };
    const start: BackfillStart = {
      start_time: at(this.#backfilledFrom.get(organization) ?? 0),
      events_per_slice: chance.int(5, chance.pick([20, 200])),
      max_concurrency: chance.int(1, 3),
      ...(world.plan.organizations.length > 0 && { org_id: organization }),
    };
    return driveBackfill(inProcessEngine(ask, clock, new AbortController().signal), start);
  }

  /** When all is quiet: to the end, each backfill that was begun. */
  async finishBackfills(): Promise<void> {
    this.#enginesLive = false;
    for (const organization of this.#backfilledFrom.keys()) {
      try {
        this.#verdicts.totals(organization, await this.#drive(organization, Number.POSITIVE_INFINITY, undefined));
      } catch (error) {
        this.#world.judge.fail('the totals of a backfill are right', `a backfill without faults failed: ${error}`);
      }
    }
  }
}

function kindOf(input: Record<string, unknown>): Kind {
  if (input.quarantine === 'replay') return 'replay';
  if (input.backfill !== undefined) return input.backfill === 'ship' ? 'ship' : 'look';
  if (input.dry_run === true) return 'look';
  const [, kind] = Object.entries(KINDS).find(([key]) => key in input) ?? [];
  return kind ?? 'ship';
}

function at(instant: number): string {
  return new Date(instant).toISOString();
}
