/** Finds the stream in which an organization goes on; asks a person where that is unclear. */
import { JumpCloudError } from '../jumpcloud/client.ts';
import { firstEvent } from '../jumpcloud/page.ts';
import type { Deadline } from '../platform/deadline.ts';
import { onlyFor } from '../platform/messages.ts';
import { retrying } from '../platform/retry.ts';
import { DAY_MS, formatInstant } from '../platform/time.ts';
import { parseEvent } from '../shape/parse-event.ts';
import { readMarks } from '../state/dynamodb-store.ts';
import { liveStreamName, noteName, orgIdOf, readName, UNNAMED } from '../state/stream-name.ts';
import type { Table } from '../state/table.ts';
import { type Context, connect, type Result, type Runtime, sharedBy } from './context.ts';

/** Nobody knows whether two streams are one organization's. Nothing was done: a person decides. */
export class UnclearStreamError extends Error {
  override readonly name = 'UnclearStreamError';
}

/** Almost every organization has an event in it. */
const LOOK_BACK_MS = 30 * DAY_MS;

/**
 * @param orgId undefined where none is named
 * @returns the name of the stream
 * @throws UnclearStreamError, JumpCloudError, SecretError
 */
export async function findStream(runtime: Runtime, orgId: string | undefined, deadline: Deadline): Promise<string> {
  const { table } = runtime;
  const { streams } = sharedBy(runtime);
  const own = liveStreamName(orgId);
  const known = streams.get(own) ?? (await readName(table, own)).movedTo;
  const begun = known ?? ((await readMarks(table, own)) && own);
  if (begun !== undefined) {
    streams.set(own, begun);
    return begun;
  }
  const unnamed = await readName(table, UNNAMED);
  const before = await streamBefore(runtime, orgId, unnamed.organization, deadline);
  if (before !== undefined) await goOn(table, own, before);
  // So that its events are found should no organization be named one day.
  else if (orgId !== undefined && unnamed.movedTo === undefined && !(await readMarks(table, UNNAMED)))
    await noteName(table, UNNAMED, { organization: orgId });
  // The key of another organization: its stream may be named later.
  else if (orgId === undefined && unnamed.organization !== undefined)
    await noteName(table, UNNAMED, { movedTo: UNNAMED });
  return before ?? own;
}

/** `{"take_over": …}`: a person says which stream this one goes on with; `nothing`: with none. */
export async function takeOverByHand({ runtime, orgId, stream }: Context, before: string): Promise<Result> {
  const { table } = runtime;
  const own = stream.name;
  if ((await readName(table, own)).movedTo !== undefined || (await readMarks(table, own)))
    return { message: `${own} has run before: there is nothing to take over.` };
  if (before === 'nothing') {
    await noteName(table, own, { movedTo: own });
    return { message: `${own} begins with its next run, apart from every other stream.` };
  }
  const { organization } = await readName(table, UNNAMED);
  const isPossible = own === UNNAMED || (before === UNNAMED && [undefined, orgId].includes(organization));
  if (!isPossible || (await readMarks(table, before)) === undefined)
    return { message: `There is no stream ${before} with which ${own} could go on. Nothing was done.` };
  await goOn(table, own, before);
  return { message: `${own} goes on as ${before}, from where that stopped.` };
}

/** From now on both names mean the stream `before`. One of them is that of no organization. */
async function goOn(table: Table, own: string, before: string): Promise<void> {
  const organization = orgIdOf(own) ?? orgIdOf(before);
  await noteName(table, UNNAMED, { ...(organization !== undefined && { organization }), movedTo: before });
  if (own !== UNNAMED) await noteName(table, own, { movedTo: before });
}

/**
 * @param noted an organization that has run under its name, or whose events `live#default` has
 * @returns the stream that has shipped the same events before, if there is one
 * @throws UnclearStreamError where nobody knows whether both are one organization's
 */
async function streamBefore(
  runtime: Runtime,
  orgId: string | undefined,
  noted: string | undefined,
  deadline: Deadline,
): Promise<string | undefined> {
  const { table } = runtime;
  const isPossible = orgId === undefined ? noted !== undefined : [undefined, orgId].includes(noted);
  const before = orgId === undefined ? liveStreamName(noted) : UNNAMED;
  const marks = isPossible ? await readMarks(table, before) : undefined;
  if (marks === undefined) return undefined;
  const { organization, why } = await organizationOfKey(runtime, deadline);
  if (orgId !== undefined && organization !== undefined) return organization === orgId ? before : undefined;
  // Several may have run under their names.
  const ofKey = liveStreamName(organization);
  if (organization !== undefined) return (await readMarks(table, ofKey)) && ofKey;
  const own = liveStreamName(orgId);
  throw new UnclearStreamError(
    `${own} would begin now, but ${before} has shipped events up to ${formatInstant(marks.watermark)}. It is not known whether both are one organization (${why}). Nothing was done. If they are, go on from there: {"take_over": "${before}"${onlyFor(orgId)}}. If not, begin now: {"take_over": "nothing"${onlyFor(orgId)}}`,
  );
}

const NO_EVENT = 'the key gives no event that names its organization';

/** @returns the organization that the key's events name when none is asked for; else why not */
async function organizationOfKey(runtime: Runtime, deadline: Deadline) {
  const { clock, random } = runtime;
  const { ask } = connect(runtime, undefined);
  const start_time = formatInstant(clock.now() - LOOK_BACK_MS);
  const query = JSON.stringify({ service: ['all'], start_time, sort: 'DESC', limit: 1 });
  try {
    const { body } = await retrying(() => ask('/events', query, deadline), { clock, random, deadline });
    const first = firstEvent(body);
    const organization = first && parseEvent(first.text)?.organization;
    return typeof organization === 'string' && organization !== '' ? { organization } : { why: NO_EVENT };
  } catch (error) {
    // Some keys may not ask without an organization. An outage says nothing: the next run asks.
    if (!(error instanceof JumpCloudError) || error.retryable || error.givenUp) throw error;
    return { why: error.message };
  }
}
