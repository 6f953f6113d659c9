/**
 * A backfill from its plan to its totals, as any engine runs it: in AWS a durable function,
 * elsewhere this process.
 *
 * It decides only by what it is answered, never by a clock or chance, because an engine may run it
 * again from the start with the answers that it has kept. All that must not be lost is in the
 * table: starting the same backfill again resumes it.
 */
import { afterWave, firstPace, isHopeless, type Pace, pauseMs, type WaveOutcome, waveSize } from './pace.ts';
import type {
  BackfillRange,
  BackfillRequest,
  BackfillStart,
  Failure,
  NextAnswer,
  PlanAnswer,
  ShipAnswer,
  SliceReference,
  Totals,
} from './protocol.ts';
import { addTotals, NO_TOTALS, sentenceOf } from './totals.ts';

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
export const DEFAULT_CONCURRENCY = 5;
/** After so many failed runs of a slice the others, which went on, do without it. */
const MOST_FAILURES = 3;
const MOST_REFUSALS = 5;
const REFUSED_PAUSE_MS = 60_000;

interface Attempt {
  readonly slice: SliceReference;
  readonly failures: number;
}

interface State {
  readonly engine: Engine;
  range: BackfillRange;
  operations: number;
}

/** @throws BackfillFailedError when slices are left that could not be shipped */
export async function driveBackfill(engine: Engine, start: BackfillStart): Promise<Totals> {
  const { start_time, end_time, org_id, max_concurrency = DEFAULT_CONCURRENCY } = start;
  const asGiven = { start_time, ...(end_time !== undefined && { end_time }), ...(org_id !== undefined && { org_id }) };
  const state: State = { engine, range: asGiven, operations: 0 };
  await plan(state, start.events_per_slice);
  if ((await shipAll(state, firstPace(max_concurrency))) === 'hand over') {
    return await engine.handOver({ ...state.range, max_concurrency });
  }
  return await finish(state);
}

async function plan(state: State, eventsPerSlice: number | undefined): Promise<void> {
  const most = eventsPerSlice === undefined ? {} : { events_per_slice: eventsPerSlice };
  for (;;) {
    const answer = await ask<PlanAnswer>(state, 'plan', { backfill: 'plan', ...state.range, ...most });
    // An age means one instant for the whole of the backfill.
    state.range = { ...state.range, start_time: answer.start_time };
    if (answer.planned) return;
    if (answer.waitMs !== undefined) await wait(state, 'another plan is being made', answer.waitMs);
  }
}

/** Ships wave after wave until no slice is left to try. */
async function shipAll(state: State, firstWave: Pace): Promise<'all tried' | 'hand over'> {
  let pace = firstWave;
  let pending: Attempt[] = [];
  let waiting: Attempt[] = [];
  let waitMs = 0;
  let list: NextAnswer | undefined;
  for (;;) {
    if (pending.length === 0 && (list === undefined || list.after !== undefined)) {
      list = await next(state, list?.after);
      pending = list.slices.map((slice) => ({ slice, failures: 0 }));
      continue;
    }
    if (pending.length === 0 && waiting.length > 0) {
      await wait(state, LATE_EVENTS, waitMs);
      [pending, waiting, waitMs] = [waiting, [], 0];
    }
    if (pending.length === 0) return 'all tried';
    const wave = pending.splice(0, waveSize(pace));
    if (state.operations + wave.length > state.engine.mostOperations) return 'hand over';
    const answers = await shipWave(state, wave, pace);
    const outcome = outcomeOf(answers);
    for (const [index, attempt] of wave.entries()) {
      const answer = answers[index] as ShipAnswer | Failure;
      if ('done' in answer && answer.done) continue;
      if ('waitMs' in answer && answer.waitMs !== undefined) {
        waiting.push({ ...attempt, failures: 0 });
        waitMs = Math.max(waitMs, answer.waitMs);
      } else if ('moved' in answer && answer.moved && answer.failure === undefined) {
        pending.unshift({ ...attempt, failures: 0 });
      } else {
        const failures = 'moved' in answer && answer.moved ? 0 : attempt.failures + faultOf(answer, outcome);
        if (failures < MOST_FAILURES) pending.push({ ...attempt, failures });
      }
    }
    pace = afterWave(pace, outcome);
    // The totals tell which slices are left, and why.
    if (isHopeless(pace)) return 'all tried';
    if (pauseMs(pace) > 0)
      await wait(state, 'nothing could be shipped: a pause', Math.max(pauseMs(pace), askedWaitMs(answers)));
  }
}

function outcomeOf(answers: readonly unknown[]): WaveOutcome {
  const told = (answers as readonly (ShipAnswer | Failure)[]).filter((answer) => 'moved' in answer);
  return {
    throttled: told.reduce((sum, { throttled }) => sum + throttled, 0),
    moved: told.some(({ moved }) => moved),
  };
}

/** How long the server asked us to stay away; 0 when it did not. */
function askedWaitMs(answers: readonly unknown[]): number {
  return Math.max(0, ...(answers as readonly (ShipAnswer | Failure)[]).map(({ retryAfterMs = 0 }) => retryAfterMs));
}

/** Being turned away by 429, or failing with all of its wave, is no fault of the slice. */
function faultOf(answer: ShipAnswer | Failure, { moved }: WaveOutcome): 0 | 1 {
  return moved && !('throttled' in answer && answer.throttled > 0) ? 1 : 0;
}

async function shipWave(state: State, wave: readonly Attempt[], { atOnce }: Pace): Promise<readonly unknown[]> {
  state.operations += 1 + wave.length;
  const first = wave[0]?.slice.slice ?? '';
  const requests = wave.map(({ slice: { org_id, slice, events } }) => ({
    name: `${slice} ${events} events${org_id === undefined ? '' : ` of ${org_id}`}`,
    request: { backfill: 'ship' as const, slice, ...(org_id !== undefined && { org_id }) },
  }));
  return await state.engine.askAll(`from ${first}, ${atOnce} at once`, requests, atOnce);
}

function next(state: State, after: string | undefined): Promise<NextAnswer> {
  return ask<NextAnswer>(state, 'next slices', { backfill: 'next', ...state.range, ...(after && { after }) });
}

async function finish(state: State): Promise<Totals> {
  let totals: Totals = NO_TOTALS;
  let after: string | undefined;
  do {
    const part = await ask<Totals>(state, 'finish', { backfill: 'finish', ...state.range, ...(after && { after }) });
    totals = addTotals(totals, part);
    after = part.after;
  } while (after !== undefined);
  const message = sentenceOf(totals);
  if (totals.slicesDone < totals.slices) {
    const reasons = totals.failures.map(({ slice, failure }) => `${slice}: ${failure}`).join(' | ');
    throw new BackfillFailedError(`${message} ${GO_ON} ${reasons}`);
  }
  return { ...totals, message };
}

const GO_ON = 'Start the same backfill again to go on from here; what was shipped is not shipped again.';

/** Asks until there is an answer. @throws BackfillFailedError after several refusals */
async function ask<Answer extends object>(state: State, name: string, request: BackfillRequest): Promise<Answer> {
  for (let refusals = 1; ; refusals++) {
    state.operations++;
    const answer = (await state.engine.ask(name, request)) as Answer | Failure;
    if (!('failure' in answer)) return answer;
    if (answer.isFinal) throw new BackfillFailedError(`${name}: ${answer.failure}`);
    if (refusals === MOST_REFUSALS) throw new BackfillFailedError(`${name}: ${answer.failure} ${GO_ON}`);
    await wait(state, `${name} failed: a pause`, Math.max(REFUSED_PAUSE_MS, askedWaitMs([answer])));
  }
}

async function wait(state: State, name: string, ms: number): Promise<void> {
  state.operations++;
  await state.engine.wait(name, ms);
}
