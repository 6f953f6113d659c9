/** The shipping function's part in a backfill; the engine decides what is next. */

import type { BackfillCommand, Range } from '../backfill/input.ts';
import { createLedger, type Ledger, ledgerName } from '../backfill/ledger.ts';
import { DEFAULT_EVENTS_PER_SLICE, plan } from '../backfill/plan.ts';
import type { NextAnswer, PlanAnswer, ShipAnswer, SliceReference } from '../backfill/protocol.ts';
import { shipSlice } from '../backfill/ship-slice.ts';
import { InputError } from '../config/start-date.ts';
import { type Deadline, deadlineAfter } from '../platform/deadline.ts';
import { retryAfterOf } from '../platform/retry.ts';
import { DAY_MS, type EpochMs, formatInstant, LEASE_MARGIN_MS } from '../platform/time.ts';
import { createDynamoDbStore, letExpire, readMarks } from '../state/dynamodb-store.ts';
import { deleteSpent } from '../state/fingerprints.ts';
import { rangeFor, rangeToPlan } from './backfill-range.ts';
import { addUp } from './backfill-totals.ts';
import type { Invocation, Result } from './context.ts';
import { chosenOrganizations, liveStream, liveStreamName } from './live-stream.ts';
import { counterFor, metricsOf, partsFor, type Runtime } from './runtime.ts';
import { asFields } from './summary.ts';

/** Slices named in one answer: the engine's history keeps it. */
const MOST_NAMED = 400;
/** A finished slice's checkpoint is of use only to a person who looks into what happened. */
const KEEP_FINISHED_MS = 30 * DAY_MS;

/** @returns what was done, or `{failure}`: no alarm rings for an engine's question */
export async function obeyBackfill(
  runtime: Runtime,
  command: BackfillCommand,
  invocation: Invocation,
): Promise<Result> {
  const { clock, log } = runtime;
  const totalMs = invocation.getRemainingTimeInMillis();
  using deadline = deadlineAfter(clock, totalMs, runtime.signal);
  try {
    const answer = await obey(runtime, command, deadline, totalMs + LEASE_MARGIN_MS);
    log.info(`backfill ${command.kind}`, asFields(answer, answer.message));
    return answer;
  } catch (error) {
    const isFinal = error instanceof InputError;
    const failure = error instanceof Error ? error.message : String(error);
    log.warn(`backfill ${command.kind}`, { failure });
    return { message: `Failed: ${failure}`, failure, ...(isFinal && { isFinal }), ...retryAfterOf(error) };
  }
}

async function obey(runtime: Runtime, command: BackfillCommand, deadline: Deadline, leaseMs: number): Promise<Result> {
  switch (command.kind) {
    case 'plan':
      return { ...(await planAll(runtime, command, deadline, leaseMs)) };
    case 'next':
      return { message: 'The slices that are not done.', ...(await nextSlices(runtime, command.range, command.after)) };
    case 'ship':
      return { ...(await shipOne(runtime, command, deadline, leaseMs)) };
    case 'status':
    case 'finish':
      return { ...(await addUp(runtime, command, deadline)) };
  }
}

async function planAll(
  runtime: Runtime,
  { range, eventsPerSlice = DEFAULT_EVENTS_PER_SLICE }: Extract<BackfillCommand, { kind: 'plan' }>,
  deadline: Deadline,
  leaseMs: number,
): Promise<PlanAnswer> {
  const { config, clock, table } = runtime;
  const start_time = formatInstant(range.start);
  let added = 0;
  for (const orgId of chosenOrganizations(config, range.orgId)) {
    const wanted = await rangeToPlan(runtime, range, orgId);
    const ledger = createLedger(table, orgId);
    const add: Ledger['add'] = async (slice, now) => {
      await ledger.add(slice, now);
      added++;
    };
    const parts = {
      clock,
      store: createDynamoDbStore(table, runtime.random),
      ledger: { ...ledger, add },
      count: counterFor(runtime, orgId, deadline),
      leaseMs,
    };
    try {
      const planned = await plan(ledgerName(orgId), wanted, eventsPerSlice, parts);
      if (planned === 'planned') continue;
      const waitMs = Math.max(0, planned.heldUntil - clock.now()) + 1;
      return { message: 'Another plan is being made.', planned: false, waitMs, start_time };
    } catch (error) {
      // Without one slice more in all its time, the next call would come no further either.
      if (!deadline.stop.aborted || added === 0) throw error;
      return { message: 'Not all is cut yet; ask again.', planned: false, start_time };
    }
  }
  return { message: 'The range is cut into slices.', planned: true, start_time };
}

async function nextSlices(runtime: Runtime, range: Range, after: string | undefined): Promise<NextAnswer> {
  const organizations = chosenOrganizations(runtime.config, range.orgId);
  const [firstOrganization = 0, afterStart = Number.NEGATIVE_INFINITY] = (after ?? '')
    .split('#')
    .filter(Boolean)
    .map(Number);
  const slices: SliceReference[] = [];
  for (const [index, orgId] of [...organizations.entries()].slice(firstOrganization)) {
    const ledger = createLedger(runtime.table, orgId);
    for (const slice of await ledger.list(await rangeFor(runtime, range, orgId))) {
      if (slice.done || (index === firstOrganization && slice.start <= afterStart)) continue;
      if (slices.length === MOST_NAMED) return { slices, after: cursorOf(slices, organizations) };
      const organization = orgId === undefined ? {} : { org_id: orgId };
      slices.push({ ...organization, slice: formatInstant(slice.start), events: slice.events });
    }
  }
  return { slices };
}

function cursorOf(slices: readonly SliceReference[], organizations: readonly (string | undefined)[]): string {
  const last = slices.at(-1);
  return `${organizations.indexOf(last?.org_id)}#${Date.parse(last?.slice ?? '')}`;
}

async function shipOne(
  runtime: Runtime,
  { orgId, slice: start }: Extract<BackfillCommand, { kind: 'ship' }>,
  deadline: Deadline,
  leaseMs: number,
): Promise<ShipAnswer> {
  const { config, clock, table } = runtime;
  chosenOrganizations(config, orgId);
  const ledger = createLedger(table, orgId);
  const slice = await ledger.get(start);
  if (!slice) throw new InputError(`no slice begins at ${formatInstant(start)}; start a backfill to have one cut`);
  const parts = {
    ...partsFor(runtime, orgId),
    ledger,
    onDone: async (stream: string, end: EpochMs) => {
      await deleteSpent(table, stream, end);
      await letExpire(table, stream, clock.now() + KEEP_FINISHED_MS);
    },
  };
  const { began = slice.end } = (await readMarks(table, liveStreamName(orgId))) ?? {};
  if (began <= slice.start && !slice.done) {
    const message = 'The live stream was rewound to before this slice, and ships its events.';
    return { message, done: true, shipped: 0, moved: true, throttled: 0 };
  }
  const until = Math.min(slice.end, began);
  const limits = { deadline, leaseMs: runtime.leaseMs ?? leaseMs };
  const live = liveStream(config, orgId, clock.now());
  const answer = await shipSlice({ live, orgId, slice, until }, parts, limits);
  const { quarantined = 0 } = (await ledger.get(start)) ?? {};
  metricsOf(runtime).quarantined(liveStreamName(orgId), quarantined - slice.quarantined);
  return answer;
}
