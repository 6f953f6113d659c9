/** The shipping function's part in a backfill; the engine decides what is next. */
import {
  addTotals,
  type BackfillCommand,
  type NextAnswer,
  NO_TOTALS,
  type PlanAnswer,
  type ShipAnswer,
  type Totals,
} from '../backfill/protocol.ts';
import { shipSlice } from '../backfill/ship-slice.ts';
import { type LedgerSlice, plan } from '../backfill/slices.ts';
import { InputError } from '../config/start-date.ts';
import { JumpCloudError } from '../jumpcloud/client.ts';
import { type Deadline, deadlineAfter } from '../platform/deadline.ts';
import { retryAfterOf } from '../platform/retry.ts';
import {
  DAY_MS,
  type EpochMs,
  formatInstant,
  LEASE_MARGIN_MS,
  SHORTEST_RETENTION_MS,
  type TimeRange,
} from '../platform/time.ts';
import type { RunLimits } from '../ship/ship.ts';
import { noteQuarantined, readMarks } from '../state/dynamodb-store.ts';
import {
  chosenOrganizations,
  connect,
  type Invocation,
  type Organization,
  type Result,
  type Runtime,
} from './context.ts';
import { asFields } from './summary.ts';
import { findStream } from './take-over.ts';

/** Slices named in one answer: the engine's history keeps it. */
const MOST_NAMED = 400;
/** Slices counted again, one by one, when the sum is not what was shipped. */
const MOST_RECOUNTED = 50;

/** @returns what was done, or `{failure}`: no alarm rings for an engine's question */
export async function obeyBackfill(
  runtime: Runtime,
  command: BackfillCommand,
  invocation: Invocation,
): Promise<Result> {
  const { clock, log, signal } = runtime;
  const totalMs = invocation.getRemainingTimeInMillis();
  using deadline = deadlineAfter(clock, totalMs, signal);
  try {
    const answer = { ...(await obey(runtime, command, { deadline, leaseMs: totalMs + LEASE_MARGIN_MS })) };
    log.info(`backfill ${command.kind}`, asFields(answer));
    return answer;
  } catch (error) {
    const isFinal = error instanceof InputError;
    const failure = error instanceof Error ? error.message : String(error);
    log.warn(`backfill ${command.kind}`, { failure });
    return { message: `Failed: ${failure}`, failure, ...(isFinal && { isFinal }), ...retryAfterOf(error) };
  }
}

async function obey(runtime: Runtime, command: BackfillCommand, limits: RunLimits) {
  const organizations: Organization[] = [];
  for (const orgId of chosenOrganizations(runtime.config, command.orgId))
    organizations.push(connect(runtime, orgId, await findStream(runtime, orgId, limits.deadline)));
  switch (command.kind) {
    case 'plan':
      return planAll(organizations, command, limits);
    case 'next':
      return nextSlices(organizations, command);
    case 'ship':
      return shipOne(onlyOne(organizations), command.start, limits);
    case 'status':
    case 'finish':
      return addUp(organizations, command, limits.deadline);
  }
}

/** An engine may have begun before the organization was named. @throws InputError */
function onlyOne(organizations: readonly Organization[]): Organization {
  const [organization, ...others] = organizations;
  if (organization === undefined || others.length > 0) throw new InputError('org_id is missing. Nothing was done');
  return organization;
}

/**
 * A backfill ends where its live stream began: the two neither overlap nor leave a hole.
 *
 * @returns a window that is empty when the live stream began before the range does; one that ends
 * where the live stream begins when that was rewound into the range since the range was planned
 * @throws InputError where there is no live stream yet
 */
async function windowFor({ runtime, stream }: Organization, { start, end }: BackfillCommand): Promise<TimeRange> {
  const began = (await readMarks(runtime.table, stream.name))?.began;
  if (began === undefined)
    throw new InputError(
      `${stream.name} has not begun yet, so it is unknown where its backfill ends. Nothing was done. Let it run once (give the function {}, or locally npm start -- --once), then start again`,
    );
  const until = Math.min(end ?? began, began);
  return { start: Math.min(start, until), end: until };
}

async function planAll(
  organizations: readonly Organization[],
  command: BackfillCommand,
  { deadline, leaseMs }: RunLimits,
): Promise<PlanAnswer> {
  const range = {
    start_time: formatInstant(command.start),
    ...(command.end !== undefined && { end_time: formatInstant(command.end) }),
  };
  const progress = { added: 0 };
  const windows: [Organization, TimeRange][] = [];
  for (const organization of organizations) {
    const window = await windowFor(organization, command);
    if (command.end !== undefined && command.end > window.end)
      throw new InputError(
        `end_time is after ${formatInstant(window.end)}, where ${organization.stream.name} began. It ships the events from there on itself. Leave end_time out. Nothing was done`,
      );
    windows.push([organization, window]);
  }
  for (const [{ ledger, parts, count }, window] of windows) {
    const { clock, store } = parts;
    const counted = (part: TimeRange) => count(part, deadline);
    const planParts = { clock, store, leaseMs, ledger, count: counted, stop: deadline.stop, progress };
    const outcome = await plan(window, planParts, command.eventsPerSlice);
    if (outcome === 'planned') continue;
    if (outcome === 'stopped')
      return { message: 'Not all of the range is cut into slices yet; ask again.', planned: false, ...range };
    const waitMs = Math.max(0, outcome.heldUntil - clock.now()) + 1;
    return { message: 'Another plan is being made.', planned: false, waitMs, ...range };
  }
  return { message: 'The range is cut into slices.', planned: true, ...range };
}

async function nextSlices(organizations: readonly Organization[], command: BackfillCommand): Promise<NextAnswer> {
  const [first = 0, afterStart = Number.NEGATIVE_INFINITY] = command.after?.split('#').map(Number) ?? [];
  const slices: NextAnswer['slices'][number][] = [];
  const answer = { message: 'The slices that are not done.', slices };
  let last = '';
  for (const [index, organization] of [...organizations.entries()].slice(first)) {
    for (const slice of await organization.ledger.list(await windowFor(organization, command))) {
      if (slice.done || (index === first && slice.start <= afterStart)) continue;
      if (slices.length === MOST_NAMED) return { ...answer, after: last };
      slices.push({ ...named(organization, slice), events: slice.events });
      last = `${index}#${slice.start}`;
    }
  }
  return answer;
}

function named({ orgId }: Organization, { start }: LedgerSlice) {
  return { ...(orgId !== undefined && { org_id: orgId }), slice: formatInstant(start) };
}

async function shipOne(organization: Organization, start: EpochMs, limits: RunLimits): Promise<ShipAnswer> {
  const { runtime, stream: live, ledger, parts, metrics } = organization;
  const { table, leaseMs = limits.leaseMs } = runtime;
  const slice = await ledger.get(start);
  if (!slice) throw new InputError(`no slice begins at ${formatInstant(start)}; start a backfill to plan one`);
  const answer = await shipSlice(live, slice, { ...parts, ledger, table }, { ...limits, leaseMs });
  const { quarantined = 0 } = (await ledger.get(start)) ?? {};
  metrics.quarantined(live.name, quarantined - slice.quarantined);
  await noteQuarantined(table, live.name, quarantined - slice.quarantined);
  return answer;
}

/**
 * What was shipped so far; `finish` asks JumpCloud as well whether that is what it counts.
 * @returns with `after` when the deadline left organizations for the next answer
 */
async function addUp(
  organizations: readonly Organization[],
  command: BackfillCommand,
  deadline: Deadline,
): Promise<Totals> {
  const first = Number(command.after ?? 0);
  let totals = NO_TOTALS;
  for (const [index, organization] of [...organizations.entries()].slice(first)) {
    if (index > first && deadline.stop.aborted) return { ...totals, after: String(index) };
    const slices = await organization.ledger.list(await windowFor(organization, command));
    for (const slice of slices) totals = addTotals(totals, totalsOf(organization, slice));
    if (command.kind === 'finish')
      totals = addTotals(totals, { ...NO_TOTALS, ...(await compare(organization, slices, deadline)) });
  }
  return totals;
}

function totalsOf(organization: Organization, { failure = 'not shipped to its end', ...slice }: LedgerSlice): Totals {
  const { done, events, delivered, quarantined } = slice;
  const failures = done ? [] : [{ ...named(organization, slice), failure }];
  return { ...NO_TOTALS, slices: 1, slicesDone: Number(done), events, delivered, quarantined, failures };
}

/** JumpCloud's count of all slices; where it is another than ours, also of each. */
async function compare(organization: Organization, slices: readonly LedgerSlice[], deadline: Deadline) {
  const [firstSlice, lastSlice] = [slices[0], slices.at(-1)];
  if (!firstSlice || !lastSlice) return {};
  const counted = await countKept(organization, { start: firstSlice.start, end: lastSlice.end }, deadline);
  const differences: Totals['differences'][number][] = [];
  if (counted === slices.reduce((sum, { delivered }) => sum + delivered, 0)) return { counted, differences };
  // Those that differed from their plan come first; others may have changed since.
  const isAsPlanned = ({ events, delivered }: LedgerSlice) => Number(events === delivered);
  const likeliestFirst = slices.toSorted((one, other) => isAsPlanned(one) - isAsPlanned(other));
  for (const slice of likeliestFirst.slice(0, MOST_RECOUNTED)) {
    const { delivered } = slice;
    const now = await countKept(organization, slice, deadline);
    if (now !== delivered) differences.push({ ...named(organization, slice), counted: now, delivered });
  }
  return { counted, differences };
}

/** A plan that keeps events for less refuses to count older ones, long after they were shipped. */
async function countKept({ count, runtime }: Organization, range: TimeRange, deadline: Deadline): Promise<number> {
  try {
    return await count(range, deadline);
  } catch (error) {
    const start = runtime.clock.now() - SHORTEST_RETENTION_MS + DAY_MS;
    if (!(error instanceof JumpCloudError && error.status === 400 && range.start < start)) throw error;
    return start < range.end ? await count({ start, end: range.end }, deadline) : 0;
  }
}
