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
/** What people ask for without looking at the checkpoint first. */
const COMMANDS = {
  'dry run': { dry_run: true },
  list: { quarantine: 'list' },
  replay: { quarantine: 'replay' },
  audit: { audit: true },
  check: { check: true },
};
const LOOKS = ['dry_run', 'quarantine', 'audit', 'check'];

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
    this.#settings = this.#deploy();
  }

  get latenessMs(): number {
    return this.#settings.latenessMinutes * MINUTE_MS;
  }

  /** Begins what a step says; does not wait for its end. */
  act(step: Step): unknown {
    const world = this.#world;
    const organization = world.organization(step.organization);
    const { settled } = world.judge.checkpoints.live(organization) ?? {};
    const agoMs = step.amount * MINUTE_MS;
    const invoke = (input: object, course: Course = step) => this.invoke(step.act, organization, input, course);
    switch (step.act) {
      case 'nothing':
        return;
      case 'run':
        return step.amount % 4 === 0 ? this.runAll(step) : invoke({});
      case 'rewind':
        return settled && invoke({ rewind_to: at(settled - agoMs) });
      case 'window':
        return settled && invoke({ start_time: at(settled - 2 * agoMs), end_time: at(settled - agoMs) });
      case 'two replays':
        invoke(COMMANDS.replay, {});
        return invoke(COMMANDS.replay);
      case 'backfill':
        return this.#backfill(organization, step);
      case 'deploy':
        this.#settings = this.#deploy();
        return;
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
      default:
        return invoke(COMMANDS[step.act]);
    }
  }

  /** All organizations in turn. */
  runAll(course: Course): Promise<Outcome> {
    return this.invoke('run', undefined, {}, course);
  }

  /** A command, to its end. */
  async invoke(act: string, organization: string | undefined, given: object, course: Course): Promise<Outcome> {
    const world = this.#world;
    const { isWarm = false, skewMs = 0, lifeMs = LIFE_MS, mishaps = [] } = course;
    const isNamed = organization !== undefined && world.plan.organizations.length > 0;
    const input: Record<string, unknown> = { ...given, ...(isNamed && { org_id: organization }) };
    const name = `${act} ${++this.#invocations}`;
    const warm = isWarm && this.#warm?.isFree ? this.#warm : undefined;
    const instance = warm ?? new Instance(world, `i${this.#invocations}`, this.#settings);
    instance.effects.skewMs = skewMs;
    this.#warm = instance;
    world.scheduler.note(`${name} begins on ${instance.name} with ${JSON.stringify(input)}, clock ${skewMs} ms ahead`);
    const look = organization === undefined ? undefined : this.#verdicts.before(organization, input);
    const outcome = await instance.invoke({ name, kind: kindOf(input), input, lifeMs, mishaps });
    world.scheduler.note(`${name} ${outcome.kind}: ${wordsOf(outcome)}`);
    if (instance.run) this.#verdicts.after(instance.run, outcome, look);
    return outcome;
  }

  /** @returns another configuration, from now on; its instances are new */
  #deploy(): Settings {
    const { plan, judge } = this.#world;
    const settings = plan.settings[this.#deployments++ % plan.settings.length] as Settings;
    this.#warm = undefined;
    judge.checkpoints.allow(settings.latenessMinutes * MINUTE_MS);
    return settings;
  }

  /** Begins a backfill, or goes on with an earlier one, until it is done or its engine dies. */
  async #backfill(organization: string, step: Step): Promise<void> {
    const { judge, now, scheduler } = this.#world;
    const { began } = judge.checkpoints.live(organization) ?? {};
    // One that begins in the future, by a clock that was ahead, leaves nothing to a backfill.
    if (began === undefined || began > now) return;
    const known = this.#backfilledFrom.get(organization);
    if (known === undefined || step.amount % 5 === 0)
      this.#backfilledFrom.set(organization, (known ?? began) - step.amount * 4 * MINUTE_MS - step.amount);
    const questions = step.amount % 3 === 0 ? Number.POSITIVE_INFINITY : (step.amount % 20) + 1;
    await this.#drive(organization, questions, step).catch((error: Error) =>
      scheduler.note(`the backfill ends: ${error.name} ${error.message}`),
    );
  }

  /** @param questions after which its engine dies */
  #drive(organization: string, questions: number, step?: Step): Promise<Totals> {
    const world = this.#world;
    const chance = new Chance(world.seed, step?.name ?? 'last', organization);
    let left = questions;
    const ask = async (request: object): Promise<unknown> => {
      // An engine that was killed asks nothing more, and nobody waits for it.
      if (left-- <= 0 || (step && !this.#enginesLive)) return await new Promise<never>(() => undefined);
      const mishaps = step && chance.happens(0.15) ? step.mishaps : [];
      const outcome = await this.invoke('backfill', organization, request, { mishaps });
      if (outcome.kind === 'done') return outcome.result;
      throw outcome.kind === 'failed' ? outcome.error : new Error('Task timed out');
    };
    const wait = (ms: number) =>
      new Promise<void>((resolve) => void world.scheduler.after(ms, 'engine waits', resolve));
    const now = () => world.now;
    const clock: Clock = { now, elapsedMs: now, sleep: wait, timer: wait, turn: () => wait(0) };
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
        this.#verdicts.totals(organization, await this.#drive(organization, Number.POSITIVE_INFINITY));
      } catch (error) {
        this.#world.judge.fail('the totals of a backfill are right', `a backfill without faults failed: ${error}`);
      }
    }
  }
}

function kindOf(input: Record<string, unknown>): Kind {
  if ('backfill' in input) return input.backfill === 'ship' ? 'ship' : 'look';
  if (input.quarantine === 'replay') return 'replay';
  if ('rewind_to' in input) return 'rewind';
  if ('start_time' in input) return 'window';
  return LOOKS.some((key) => key in input) ? 'look' : 'ship';
}

function wordsOf(outcome: Outcome): unknown {
  if (outcome.kind === 'done') return outcome.result.message;
  return outcome.kind === 'failed' ? outcome.error.message : outcome.why;
}

function at(instant: number): string {
  return new Date(instant).toISOString();
}
