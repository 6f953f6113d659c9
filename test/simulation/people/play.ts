/** Plays one history: events, people, faults; then all is quiet, and what is owed must be there. */
import { liveStream } from '../judge/checkpoint-judge.ts';
import type { Outcome } from '../world/instance.ts';
import { World } from '../world/world.ts';
import { type History, LIFE_MS, type Step } from './history.ts';
import { People } from './people.ts';

const MINUTE_MS = 60_000;
const SECOND_MS = 1000;
/** Clocks disagree by ten minutes at most, so no lease lasts longer than that and a life. */
const LONGEST_LEASE_MS = 20 * MINUTE_MS;
/** A caught-up stream needs one quiet run; one that is far behind a few. */
const MOST_QUIET_RUNS = 12;

export interface Verdict {
  readonly broken: Error | undefined;
  readonly digest: string;
  readonly completions: number;
  readonly events: number;
  readonly invocations: number;
  readonly struck: readonly string[];
}

/** @param onWorld called before anything happens: to force a fault, or to listen */
export async function play(history: History, onWorld?: (world: World) => void): Promise<Verdict> {
  const world = new World(history);
  onWorld?.(world);
  const { judge, scheduler } = world;
  let broken: Error | undefined;
  try {
    const people = new People(world);
    for (const step of history.steps) await begin(world, people, step);
    if (!judge.broken) await settle(world, people);
    broken = judge.broken;
  } catch (error) {
    broken = error instanceof Error ? error : new Error(String(error));
  }
  if (broken) scheduler.note(broken.message);
  return {
    broken,
    digest: scheduler.digest(),
    completions: scheduler.completed,
    events: world.truth.size,
    invocations: judge.ledger.runs.length,
    struck: [...world.struck.keys()],
  };
}

async function begin(world: World, people: People, step: Step): Promise<void> {
  const { judge, scheduler, truth } = world;
  await world.pass(step.gapMs);
  for (const burst of step.bursts) {
    const organization = world.organization(burst.organization);
    scheduler.after(burst.delayMs, `${burst.count} events, ${burst.kind}`, () => {
      const { settled, watermark, began } = judge.checkpoints.live(organization) ?? {};
      const edges = [settled, watermark, began].filter((edge) => edge !== undefined);
      truth.burst(burst, organization, { now: world.now, latenessMs: people.latenessMs, edges });
    });
  }
  // What happens with the step happens before its act.
  await world.pass(0);
  people.act(step);
}

/** No more faults, and time enough: what is owed must arrive, and every run must do its work. */
async function settle(world: World, people: People): Promise<void> {
  const { judge, plan, scheduler, tokens, truth, organizations } = world;
  world.isTroubled = false;
  tokens.store();
  scheduler.note('all is quiet from here on');
  await world.pass(LIFE_MS);
  await world.pass(Math.max(0, truth.lastInstant - world.now) + LONGEST_LEASE_MS);
  const running = judge.ledger.runs.find(({ outcome }) => outcome === undefined);
  if (running) judge.fail('every run ends', `${running.invocation.name} neither ends nor waits for anything`);
  await catchUp(world, people);
  await world.pass((Math.max(...plan.settings.map(({ latenessMinutes }) => latenessMinutes)) + 2) * MINUTE_MS);
  await catchUp(world, people);
  await finish(world, people.finishBackfills());
  for (const organization of organizations) {
    const command = (name: string, input: object) => finish(world, people.invoke(name, organization, input, {}));
    mustBeDone(world, await command('audit', { audit: true }));
    world.logzio.isStrict = false;
    await command('list', { quarantine: 'list' });
    mustBeDone(world, await command('replay', { quarantine: 'replay' }));
    const [left] = judge.quarantine.waitingOf(liveStream(organization));
    if (left) judge.fail('commands do what they say', `a replay without faults leaves ${left[0]} in quarantine`);
  }
  // A stream may have begun in the future by a clock that was ahead.
  const began = Math.max(...[...judge.checkpoints.byStream.values()].map((checkpoint) => checkpoint.began));
  judge.conclude(Math.max(truth.lastInstant + SECOND_MS, began));
}

async function catchUp(world: World, people: People): Promise<void> {
  for (let runs = 1; !world.judge.broken; runs++) {
    const outcome = await finish(world, people.runAll({ lifeMs: LIFE_MS * world.organizations.length }));
    mustBeDone(world, outcome);
    if (outcome?.kind === 'done' && isCaughtUp(outcome.result)) return;
    if (runs === MOST_QUIET_RUNS) world.judge.fail('nothing is lost', 'runs without faults do not catch up');
    await world.pass(5 * MINUTE_MS);
  }
}

function mustBeDone({ judge }: World, outcome: Outcome | undefined): void {
  if (outcome?.kind === 'failed')
    judge.fail('commands do what they say', `one without faults failed: ${outcome.error.message}`);
  if (outcome?.kind === 'killed') judge.fail('every run ends', 'one without faults outlives its time');
}

/** Lets time pass until `work` is done. @returns undefined where it never is */
async function finish<T>(world: World, work: Promise<T>): Promise<T | undefined> {
  const ended: PromiseSettledResult<T>[] = [];
  void Promise.allSettled([work]).then(([result]) => ended.push(result));
  await world.pass(Number.POSITIVE_INFINITY, () => ended.length > 0);
  const [result] = ended;
  if (result?.status === 'rejected') throw result.reason;
  if (!result) world.judge.fail('every run ends', 'a command neither ends nor waits for anything');
  return result?.value;
}

function isCaughtUp(result: Record<string, unknown>): boolean {
  const streams = (result.streams ?? [result]) as { caughtUp?: boolean }[];
  return streams.every(({ caughtUp }) => caughtUp === true);
}
