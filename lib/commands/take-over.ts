/**
 * Goes on with a stream under another name. A stream of a key without an organization is
 * `live#default`; once the organization is named in `config.yaml`, or no longer, the same events
 * are asked for under another name.
 */
import { createLedger } from '../backfill/slices.ts';
import { firstEvent } from '../jumpcloud/page.ts';
import { DAY_MS, type EpochMs, formatInstant } from '../platform/time.ts';
import { parseEvent } from '../shape/parse-event.ts';
import type { HeldStream } from '../state/checkpoint.ts';
import { noteMove, readMarks, readMove } from '../state/dynamodb-store.ts';
import { type DeliveredChunk, type DeliveredEvent, fingerprintsIn } from '../state/fingerprints.ts';
import { type Context, connect, hold, liveStreamName, type Result, sharedBy } from './context.ts';

/** Nobody knows whether two streams are one organization's. Nothing was done: a person decides. */
export class UnclearStreamError extends Error {
  override readonly name = 'UnclearStreamError';
}

/** Almost every organization has an event in it. */
const LOOK_BACK_MS = 30 * DAY_MS;
/** The stream of a key whose organization is not named. */
const UNNAMED = liveStreamName(undefined);

/**
 * Before a run: lets the stream take the place of the one that shipped the same events before, if
 * there is one.
 * @throws UnclearStreamError
 */
export async function takeOverIfRenamed(context: Context): Promise<void> {
  const { table } = context.runtime;
  const stream = context.stream.name;
  const { settledNames } = sharedBy(context.runtime);
  if (settledNames.has(stream)) return;
  const movedTo = await readMove(table, stream);
  const hasRun = (await readMarks(table, stream)) !== undefined;
  const isElsewhere = movedTo !== undefined && movedTo !== stream;
  const before = isElsewhere ? movedTo : hasRun ? undefined : await unnamedBefore(context);
  if (before !== undefined && (await isSame(context, before))) await takeOver(context, before);
  else if (!hasRun) await noteName(context);
  settledNames.add(stream);
}

/** `{"take_over": …}`: a person says which stream this one goes on with; `nothing`: with none. */
export async function takeOverByHand(context: Context, before: string): Promise<Result> {
  const { clock, table } = context.runtime;
  const stream = context.stream.name;
  const movedTo = (await readMove(table, stream)) ?? stream;
  if (movedTo === stream && (await readMarks(table, stream)))
    return { message: `${stream} has run before: there is nothing to take over.` };
  if (before === 'nothing') {
    const held = await holdOrFail(context, stream, clock.now());
    await held.save(held, [], 0);
    await noteMove(table, stream, stream);
    return { message: `${stream} begins now, apart from every other stream.` };
  }
  if ((await readMarks(table, before)) === undefined)
    return { message: `There is no stream ${before}. Nothing was done.` };
  await takeOver(context, before);
  return { message: `${stream} goes on where ${before} stopped.` };
}

/** @returns `live#default`, for an organization of a new name while that has shipped events */
async function unnamedBefore({ runtime: { table }, orgId }: Context): Promise<string | undefined> {
  if (orgId === undefined || (await readMarks(table, UNNAMED)) === undefined) return undefined;
  const movedTo = (await readMove(table, UNNAMED)) ?? UNNAMED;
  return movedTo === UNNAMED ? UNNAMED : undefined;
}

/** @throws UnclearStreamError where nobody knows whether both are one organization's */
async function isSame(context: Context, before: string): Promise<boolean> {
  const { runtime, orgId, stream } = context;
  const organization = await organizationOfKey(context);
  if (organization !== undefined) return organization === (orgId ?? orgIdOf(before));
  const watermark = (await readMarks(runtime.table, before))?.watermark ?? 0;
  const ofOrganization = orgId === undefined ? '' : `, "org_id": "${orgId}"`;
  throw new UnclearStreamError(
    `${stream.name} would begin now, but ${before} has shipped events up to ${formatInstant(watermark)}. It is not known whether both are one organization. Nothing was done. If they are, ${stream.name} goes on from there: {"take_over": "${before}"${ofOrganization}}. If not, it begins now: {"take_over": "nothing"${ofOrganization}}`,
  );
}

/** So that the events are found again should the organization no longer be named one day. */
async function noteName({ runtime: { config, table }, orgId, stream }: Context): Promise<void> {
  const isAlone = config.jumpcloud.credentials.orgIds.length === 1;
  if (orgId === undefined || !isAlone || (await readMarks(table, UNNAMED))) return;
  await noteMove(table, UNNAMED, stream.name);
}

/** @returns the organization that the key's events name when none is asked for, if it can be had */
async function organizationOfKey({ runtime, deadline }: Context): Promise<string | undefined> {
  const start_time = formatInstant(runtime.clock.now() - LOOK_BACK_MS);
  const query = { service: ['all'], start_time, sort: 'DESC', limit: 1 };
  try {
    const { body } = await connect(runtime, undefined).ask('/events', JSON.stringify(query), deadline);
    const first = firstEvent(body);
    const organization = first && parseEvent(first.text)?.organization;
    return typeof organization === 'string' && organization !== '' ? organization : undefined;
  } catch {
    // A service account, for one, may not ask without an organization.
    return undefined;
  }
}

/** @throws UnclearStreamError where another run holds it */
async function holdOrFail(context: Context, stream: string, start: EpochMs): Promise<HeldStream> {
  const held = await hold(context, stream, start);
  if ('refused' in held) throw new UnclearStreamError(`${held.refused}. The next run tries again`);
  return held;
}

/** Moves all that keeps an event from being lost or repeated. */
async function takeOver(context: Context, before: string): Promise<void> {
  const { runtime, ledger, parts } = context;
  const { clock, table, log } = runtime;
  const { quarantine } = parts;
  const stream = context.stream.name;
  const now = clock.now();
  const old = await holdOrFail(context, before, now);
  // Before it exists: a run that is killed from here on is taken for no stream of its own.
  await noteMove(table, stream, before);
  const own = await holdOrFail(context, stream, old.checkpoint.began);
  for (const quarantineClass of ['waiting', 'shortened'] as const)
    for (const head of await quarantine.list(before, quarantineClass)) await quarantine.move(before, stream, head);
  const oldLedger = createLedger(table, orgIdOf(before));
  for (const slice of await oldLedger.list({ start: 0, end: now })) {
    await ledger.add(slice, now);
    if (slice.done) await ledger.record(slice, slice.quarantined);
    else await moveSlice(context, oldLedger.streamOf(slice), ledger.streamOf(slice));
  }
  // The hours so far lie under the other name: the audit begins anew.
  const checkpoint = { ...old.checkpoint, countedFrom: old.checkpoint.watermark };
  const quarantined = await quarantine.countWaiting(stream);
  await own.save({ checkpoint, hourlyCounts: old.hourlyCounts, quarantined }, eventsIn(old.delivered), 0);
  await noteMove(table, before, stream);
  await noteMove(table, stream, stream);
  await old.save({ ...old, quarantined: 0 }, [], 0);
  log.warn('stream renamed', { summary: `${stream} goes on where ${before} stopped`, stream, before });
}

/**
 * Takes over how far an open slice of a backfill has come. A slice that somebody ships just now
 * stays: the live stream cannot wait for it.
 */
async function moveSlice(context: Context, before: string, slice: string): Promise<void> {
  const began = (await readMarks(context.runtime.table, before))?.began;
  if (began === undefined) return;
  const old = await hold(context, before, began);
  if ('refused' in old) return;
  const own = await hold(context, slice, began);
  if (!('refused' in own)) {
    const isFurther = own.checkpoint.settled > old.checkpoint.settled;
    await (isFurther ? own.save(own, [], 0) : own.save(old, eventsIn(old.delivered), 0));
  }
  await old.save(old, [], 0);
}

function eventsIn(delivered: readonly DeliveredChunk[]): DeliveredEvent[] {
  return delivered.flatMap(({ fingerprints, until }) =>
    fingerprintsIn(fingerprints).map((fingerprint) => ({ fingerprint, at: until })),
  );
}

function orgIdOf(stream: string): string | undefined {
  return stream === UNNAMED ? undefined : stream.slice(liveStreamName('').length);
}
