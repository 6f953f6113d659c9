/**
 * A backfill from its plan to its totals, as any engine runs it: in AWS a durable function,
 * elsewhere this process.
 *
 * It decides only by what it is answered, never by a clock or chance, because an engine may run it
 * again from the start with the answers that it has kept. All that must not be lost is in the
 * table: starting the same backfill again resumes it.
 */
import {
  addTotals,
  type BackfillRequest,
  type BackfillStart,
  type Failure,
  type NextAnswer,
  NO_TOTALS,
  type PlanAnswer,
  type ShipAnswer,
  type Totals,
} from './protocol.ts';

/** What a backfill needs of whatever runs it. */
export interface Engine {
  /** Operations after which a fresh start is due; an engine that keeps a history has a limit. */
  readonly mostOperations: number;
  /** @param name what an operator sees of this operation */
  ask(name: string, request: BackfillRequest): Promise<unknown>;
  /** All of them, at most `atOnce` at a time, answered in their order. */
  askAll(name: string, requests: readonly NamedRequest[], atOnce: number): Promise<readonly unknown[]>;
  wait(name: string, ms: number): Promise<void>;
  /** Runs the rest of the backfill with a history of its own. */
  handOver(start: BackfillStart): Promise<Totals>;
}

export interface NamedRequest {
  readonly name: string;
  readonly request: BackfillRequest;
}

/** The backfill ended without having shipped everything; starting it again goes on from there. */
export class BackfillFailedError extends Error {
  override readonly name = 'BackfillFailedError';
}

/** The name of the wait until the last slices are final. */
export const LATE_EVENTS = 'late events may still come';
const DEFAULT_CONCURRENCY = 5;
/** Slices of a wave for each at once: enough that the wave's last one keeps few others waiting. */
const SLICES_A_LANE = 4;
/** After so many failed runs of a slice the others, which went on, do without it. */
const MOST_FAILURES = 3;
const FIRST_PAUSE_MS = 30_000;
/** 30 s, 1, 2, 4 and 8 minutes of pauses: what has not come back by then needs a person. */
const MOST_STALLED = 6;
const MOST_REFUSALS = 5;
const REFUSED_PAUSE_MS = 60_000;
const GO_ON = 'Start the same backfill again to go on from here; what was shipped is not shipped again.';

interface Attempt {
  readonly slice: NextAnswer['slices'][number];
  readonly failures: number;
}

interface State {
  readonly engine: Engine;
  range: Omit<BackfillStart, 'max_concurrency' | 'events_per_slice'>;
  operations: number;
}

/** @throws BackfillFailedError when slices are left that could not be shipped */
export async function driveBackfill(engine: Engine, start: BackfillStart): Promise<Totals> {
  const { max_concurrency = DEFAULT_CONCURRENCY, events_per_slice, ...range } = start;
  const state: State = { engine, range, operations: 0 };
  await plan(state, events_per_slice);
  if (await shipAll(state, max_concurrency)) return await finish(state);
  return await engine.handOver({ ...state.range, max_concurrency });
}

async function plan(state: State, events_per_slice: number | undefined): Promise<void> {
  for (;;) {
    const answer = await ask<PlanAnswer>(state, 'plan', { backfill: 'plan', ...state.range, events_per_slice });
    // An age means one instant for the whole of the backfill.
    const { start_time, end_time } = answer;
    state.range = { ...state.range, start_time, ...(end_time !== undefined && { end_time }) };
    if (answer.planned) return;
    if (answer.waitMs !== undefined) await wait(state, 'another plan is being made', answer.waitMs);
  }
}

/**
 * Ships wave after wave, with fewer slices at once when JumpCloud says 429, more again when it
 * stops.
 * @returns whether every slice was tried; if not, the engine's history has no room for the rest
 */
async function shipAll(state: State, mostAtOnce: number): Promise<boolean> {
  let atOnce = mostAtOnce;
  /** Waves in a row in which nothing could be shipped. */
  let stalled = 0;
  let [pending, waiting]: [Attempt[], Attempt[]] = [[], []];
  let longestWaitMs = 0;
  let list: NextAnswer | undefined;
  for (;;) {
    if (pending.length === 0 && (list === undefined || list.after !== undefined)) {
      list = await ask<NextAnswer>(state, 'next slices', { backfill: 'next', ...state.range, after: list?.after });
      pending = list.slices.map((slice) => ({ slice, failures: 0 }));
      continue;
    }
    if (pending.length === 0 && waiting.length > 0) {
      await wait(state, LATE_EVENTS, longestWaitMs);
      [pending, waiting, longestWaitMs] = [waiting, [], 0];
    }
    if (pending.length === 0) return true;
    const wave = pending.splice(0, atOnce * SLICES_A_LANE);
    if (state.operations + wave.length > state.engine.mostOperations) return false;
    const answers = await shipWave(state, wave, atOnce);
    const hasMoved = answers.some(({ moved }) => moved);
    for (const { attempt, done, moved, failure, throttled, waitMs } of answers) {
      const { slice } = attempt;
      // Being turned away by 429, or failing with all of its wave, is no fault of the slice.
      const isAtFault = hasMoved && throttled === 0;
      const failures = moved ? 0 : attempt.failures + Number(isAtFault);
      if (done) continue;
      if (waitMs !== undefined) {
        waiting.push({ slice, failures: 0 });
        longestWaitMs = Math.max(longestWaitMs, waitMs);
      } else if (moved && failure === undefined) pending.unshift({ slice, failures });
      else if (failures < MOST_FAILURES) pending.push({ slice, failures });
    }
    const isThrottled = answers.some(({ throttled }) => throttled > 0);
    atOnce = isThrottled ? Math.max(1, Math.floor(atOnce / 2)) : Math.min(mostAtOnce, atOnce + 1);
    stalled = hasMoved ? 0 : stalled + 1;
    // The totals say which slices are left, and why.
    if (stalled === MOST_STALLED) return true;
    const askedMs = Math.max(...answers.map(({ retryAfterMs = 0 }) => retryAfterMs));
    const pauseMs = Math.max(FIRST_PAUSE_MS * 2 ** (stalled - 1), askedMs);
    if (stalled > 0) await wait(state, 'nothing could be shipped: a pause', pauseMs);
  }
}

/** As a request that could not be served leaves a slice. */
const NOT_SHIPPED: ShipAnswer = { message: '', done: false, shipped: 0, moved: false, throttled: 0 };

async function shipWave(state: State, wave: readonly Attempt[], atOnce: number) {
  state.operations += 1 + wave.length;
  const requests = wave.map(({ slice: { org_id, slice, events } }) => ({
    name: `${slice} ${events} events${org_id === undefined ? '' : ` of ${org_id}`}`,
    request: { backfill: 'ship' as const, slice, org_id },
  }));
  const answers = await state.engine.askAll(`from ${wave[0]?.slice.slice}, ${atOnce} at once`, requests, atOnce);
  return wave.map((attempt, nth) => ({ attempt, ...NOT_SHIPPED, ...(answers[nth] as ShipAnswer | Failure) }));
}

async function finish(state: State): Promise<Totals> {
  let totals = NO_TOTALS;
  let after: string | undefined;
  do {
    const part = await ask<Totals>(state, 'finish', { backfill: 'finish', ...state.range, after });
    totals = addTotals(totals, part);
    after = part.after;
  } while (after !== undefined);
  if (totals.slicesDone === totals.slices) return totals;
  const reasons = totals.failures.map(({ slice, failure }) => `${slice}: ${failure}`).join(' | ');
  throw new BackfillFailedError(`${totals.message} ${GO_ON} ${reasons}`);
}

/** Asks until there is an answer. @throws BackfillFailedError after several refusals */
async function ask<Answer extends object>(state: State, name: string, request: BackfillRequest): Promise<Answer> {
  for (let refusals = 1; ; refusals++) {
    state.operations++;
    const answer = (await state.engine.ask(name, request)) as Answer | Failure;
    if (!('failure' in answer)) return answer;
    const { failure, isFinal, retryAfterMs = 0 } = answer;
    if (isFinal) throw new BackfillFailedError(`${name}: ${failure}`);
    if (refusals === MOST_REFUSALS) throw new BackfillFailedError(`${name}: ${failure} ${GO_ON}`);
    await wait(state, `${name} failed: a pause`, Math.max(REFUSED_PAUSE_MS, retryAfterMs));
  }
}

async function wait(state: State, name: string, ms: number): Promise<void> {
  state.operations++;
  await state.engine.wait(name, ms);
}
