/** One history: events happen, runs run, faults strike; then all is quiet, and the judge looks. */
import type { EpochMs } from '../../lib/platform/clock.ts';
import { checkTotals } from './backfill-judge.ts';
import { startCloud } from './cloud.ts';
import { Holdings } from './holdings.ts';
import { Judge, PromiseBrokenError } from './judge.ts';
import { Ledger } from './ledger.ts';
import { type Plan, planOf } from './plan.ts';
import { Chance } from './random.ts';
import type { Outcome, Stage } from './stage.ts';
import { Steps } from './steps.ts';
import { openTable } from './table-reader.ts';
import { SimulatedTime } from './time.ts';
import { Truth } from './truth.ts';

const BEGIN: EpochMs = Date.parse('2026-11-20T12:00:00Z');
const MINUTE_MS = 60_000;
const LIFE_MS = 290_000;
/** Clocks disagree by ten minutes at most, so no lease lasts longer than that and a life. */
const LONGEST_LEASE_MS = 20 * MINUTE_MS;
/** A caught-up stream needs one quiet run; one that is far behind a few. */
const MOST_QUIET_RUNS = 8;

export interface Verdict {
  readonly seed: number;
  readonly plan: Plan;
  readonly failure: Error | undefined;
  readonly trace: readonly string[];
  /** What it was made of, for the summary. */
  readonly figures: Readonly<Record<string, number>>;
}

/** @param steps how much happens in it */
export async function playHistory(seed: number, steps: number): Promise<Verdict> {
  const plan = planOf(seed, steps);
  const trace: string[] = [];
  const random = Math.random;
  // The retry layer's jitter.
  Math.random = new Chance(seed, 'jitter').next;
  const verdict = { seed, plan, trace, failure: undefined, figures: {} };
  try {
    return { ...verdict, figures: await play(plan, trace) };
  } catch (error) {
    return { ...verdict, failure: error instanceof Error ? error : new Error(String(error)) };
  } finally {
    Math.random = random;
  }
}

async function play(plan: Plan, trace: string[]): Promise<Verdict['figures']> {
  const time = new SimulatedTime(BEGIN);
  const cloud = await startCloud(plan, time);
  const figures: Record<string, number> = {};
  const stage: Stage = {
    plan,
    time,
    cloud,
    truth: new Truth(),
    ledger: new Ledger(),
    said: [],
    holdings: new Holdings(),
    slicesAskedFor: new Map(),
    count: (figure, by = 1) => {
      figures[figure] = (figures[figure] ?? 0) + by;
    },
    trace: (text) => trace.push(`${new Date(time.now()).toISOString()} ${text}`),
    streamOf: (organization) => `live#${plan.organizations.length > 0 ? organization : 'default'}`,
  };
  const table = openTable(cloud);
  const judge = new Judge(stage);
  const steps = new Steps(stage, judge, table);
  try {
    steps.begin();
    for (let step = 0; step < plan.steps; step++) await steps.next();
    await steps.end();
    await settle(stage, steps, judge, table);
    return figures;
  } finally {
    table.close();
    steps.fleet.destroy();
    await cloud.close();
  }
}

/** No more faults, and time enough: what is owed must arrive, and every run must do its work. */
async function settle(
  stage: Stage,
  steps: Steps,
  judge: Judge,
  table: { read(): ReturnType<ReturnType<typeof openTable>['read']> },
): Promise<void> {
  const { cloud, plan, time, truth } = stage;
  cloud.state.troubled = false;
  cloud.state.dynamodbFailing = 0;
  cloud.storeTokens();
  stage.trace('all is quiet from here on');
  const last = truth.lastInstant();
  await time.pass(Math.max(0, last - time.now()) + LONGEST_LEASE_MS);
  await catchUp(stage, steps);
  await time.pass(steps.latenessMs + 2 * MINUTE_MS);
  await catchUp(stage, steps);
  const totals = await steps.backfills.finish();
  await steps.inspect();
  const afterBackfills = await table.read();
  for (const [organization, sum] of totals) checkTotals(stage, afterBackfills, organization, sum);
  for (const organization of cloud.organizations) mustBeDone(await steps.operators.audit(organization), 'an audit');
  if (plan.replaysAtLast) await emptyQuarantine(stage, steps);
  const state = await table.read();
  if (plan.replaysAtLast && state.holdings.size > 0)
    throw new PromiseBrokenError(
      `a replay without faults leaves ${[...state.holdings.keys()].join(', ')} in quarantine`,
    );
  if (state.checkpoints.size !== cloud.organizations.length) throw new PromiseBrokenError('a stream never began');
  // A stream may have begun in the future by a clock that was ahead.
  const began = Math.max(...[...state.checkpoints.values()].map((checkpoint) => checkpoint.began));
  judge.conclude(state, Math.max(last + 1, began));
}

async function emptyQuarantine({ cloud }: Stage, { operators }: Steps): Promise<void> {
  for (const organization of cloud.organizations) {
    await operators.list(organization);
    mustBeDone(await operators.replay(organization), 'a replay');
  }
}

function mustBeDone(outcome: Outcome, what: string): void {
  if (outcome.kind === 'failed')
    throw new PromiseBrokenError(`${what} without faults failed: ${outcome.error.message}`);
}

async function catchUp({ cloud, time }: Stage, { fleet }: Steps): Promise<void> {
  for (let runs = 1; ; runs++) {
    const course = { name: fleet.name('quiet'), input: {}, lifeMs: LIFE_MS * cloud.organizations.length };
    const outcome = await fleet.invoke(fleet.start(), course);
    mustBeDone(outcome, 'a run');
    if (outcome.kind === 'done' && isCaughtUp(outcome.result)) return;
    if (runs === MOST_QUIET_RUNS) throw new PromiseBrokenError('runs without faults do not catch up');
    await time.pass(5 * MINUTE_MS);
  }
}

function isCaughtUp(result: unknown): boolean {
  const { caughtUp, streams } = result as { caughtUp?: boolean; streams?: { caughtUp?: boolean }[] };
  return streams ? streams.every((stream) => stream.caughtUp === true) : caughtUp === true;
}
