/**
 * Goes on with a stream under another name. A stream of a key without an organization is
 * `live#default`; once the organization is named in `config.yaml`, or no longer, the same events
 * are asked for under another name.
 */
import { createLedger } from '../backfill/ledger.ts';
import { sliceStreamName } from '../backfill/ship-slice.ts';
import { firstEvent } from '../jumpcloud/page.ts';
import { DAY_MS, formatInstant, SECOND_MS } from '../platform/time.ts';
import { parseEvent } from '../shape/parse-event.ts';
import { heldMessage } from '../state/checkpoint.ts';
import { createDynamoDbStore, noteMove, readMarks, readMove } from '../state/dynamodb-store.ts';
import { type DeliveredChunk, type DeliveredEvent, fingerprintsIn } from '../state/fingerprints.ts';
import { createQuarantine } from '../state/quarantine.ts';
import type { Context, Result } from './context.ts';
import { liveStreamName } from './live-stream.ts';
import { askFor, type Runtime } from './runtime.ts';

/** Nobody knows whether two streams are one organization's. Nothing was done: a person decides. */
export class UnclearStreamError extends Error {
  override readonly name = 'UnclearStreamError';
}

/** Moving is a few writes. */
const LEASE_MS = 60 * SECOND_MS;
/** Almost every organization has an event in it. */
const LOOK_BACK_MS = 30 * DAY_MS;

/** Streams that are known to go on under their name: asked once a process. */
const settledNames = new WeakMap<Runtime['table'], Set<string>>();

/**
 * Before a run: lets the stream take the place of the one that shipped the same events before, if
 * there is one.
 * @throws UnclearStreamError
 */
export async function takeOverIfRenamed(context: Context): Promise<void> {
  const { runtime, orgId } = context;
  const stream = liveStreamName(orgId);
  const known = settledNames.get(runtime.table) ?? new Set();
  settledNames.set(runtime.table, known);
  if (known.has(stream)) return;
  const movedTo = await readMove(runtime.table, stream);
  const hasRun = (await readMarks(runtime.table, stream)) !== undefined;
  const isElsewhere = movedTo !== undefined && movedTo !== stream;
  const before = isElsewhere ? movedTo : hasRun ? undefined : await unnamedBefore(context);
  if (before !== undefined && (await isSame(context, before))) await takeOver(context, before);
  else if (!hasRun) await noteName(context);
  known.add(stream);
}

/** `{"take_over": …}`: a person says which stream this one goes on with; `nothing`: with none. */
export async function takeOverByHand(context: Context, before: string): Promise<Result> {
  const { runtime, orgId } = context;
  const { clock, table, random } = runtime;
  const stream = liveStreamName(orgId);
  const movedTo = (await readMove(table, stream)) ?? stream;
  if (movedTo === stream && (await readMarks(table, stream)))
    return { message: `${stream} has run before: there is nothing to take over.` };
  if (before === 'nothing') {
    const now = clock.now();
    const acquired = await createDynamoDbStore(table, random).acquire(stream, now, now, now + LEASE_MS);
    if ('held' in acquired) await acquired.held.save(acquired.held, [], 0);
    await noteMove(table, stream, stream);
    return { message: `${stream} begins now, apart from every other stream.` };
  }
  if ((await readMarks(table, before)) === undefined)
    return { message: `There is no stream ${before}. Nothing was done.` };
  await takeOver(context, before);
  return { message: `${stream} goes on where ${before} stopped.` };
}

/** @returns `live#default`, for an organization of a new name while that has shipped events */
async function unnamedBefore({ runtime, orgId }: Context): Promise<string | undefined> {
  const unnamed = liveStreamName(undefined);
  if (orgId === undefined || (await readMarks(runtime.table, unnamed)) === undefined) return undefined;
  const movedTo = await readMove(runtime.table, unnamed);
  return movedTo === undefined || movedTo === unnamed ? unnamed : undefined;
}

/** @throws UnclearStreamError where nobody knows whether both are one organization's */
async function isSame(context: Context, before: string): Promise<boolean> {
  const stream = liveStreamName(context.orgId);
  const organization = await organizationOfKey(context);
  if (organization !== undefined) return organization === (context.orgId ?? orgIdOf(before));
  const watermark = (await readMarks(context.runtime.table, before))?.watermark ?? 0;
  const ofOrganization = context.orgId === undefined ? '' : `, "org_id": "${context.orgId}"`;
  throw new UnclearStreamError(
    `${stream} would begin now, but ${before} has shipped events up to ${formatInstant(watermark)}. It is not known whether both are one organization. Nothing was done. If they are, ${stream} goes on from there: {"take_over": "${before}"${ofOrganization}}. If not, it begins now: {"take_over": "nothing"${ofOrganization}}`,
  );
}

/** So that the events are found again should the organization no longer be named one day. */
async function noteName({ runtime, orgId }: Context): Promise<void> {
  const isAlone = runtime.config.jumpcloud.credentials.orgIds.length === 1;
  const unnamed = liveStreamName(undefined);
  if (orgId === undefined || !isAlone || (await readMarks(runtime.table, unnamed))) return;
  await noteMove(runtime.table, unnamed, liveStreamName(orgId));
}

/** @returns the organization that the key's events name when none is asked for, if it can be had */
async function organizationOfKey({ runtime, deadline }: Context): Promise<string | undefined> {
  const query = {
    service: ['all'],
    start_time: formatInstant(runtime.clock.now() - LOOK_BACK_MS),
    sort: 'DESC',
    limit: 1,
  };
  try {
    const { body } = await askFor(runtime, undefined)('/events', JSON.stringify(query), deadline);
    const first = firstEvent(body);
    const organization = first && parseEvent(first.text)?.organization;
    return typeof organization === 'string' && organization !== '' ? organization : undefined;
  } catch {
    // A service account, for one, may not ask without an organization.
    return undefined;
  }
}

/** Moves all that keeps an event from being lost or repeated. */
async function takeOver({ runtime, orgId }: Context, before: string): Promise<void> {
  const { clock, table, random, compression } = runtime;
  const stream = liveStreamName(orgId);
  const store = createDynamoDbStore(table, random);
  const now = clock.now();
  const old = await store.acquire(before, now, now, now + LEASE_MS);
  if ('heldUntil' in old)
    throw new UnclearStreamError(`${heldMessage(before, old.heldUntil)}. The next run tries again`);
  const { checkpoint, delivered, hourlyCounts } = old.held;
  const own = await store.acquire(stream, checkpoint.began, now, now + LEASE_MS);
  if ('heldUntil' in own)
    throw new UnclearStreamError(`${heldMessage(stream, own.heldUntil)}. The next run tries again`);
  const quarantine = createQuarantine(table, compression);
  for (const quarantineClass of ['waiting', 'shortened'] as const) {
    for (const head of await quarantine.list(before, quarantineClass)) {
      await quarantine.add(stream, { ...head, originals: await quarantine.read(before, head), key: head.id });
      await quarantine.remove(before, head);
    }
  }
  const ledger = createLedger(table, orgId);
  for (const slice of await createLedger(table, orgIdOf(before)).list({ start: 0, end: now })) {
    await ledger.add(slice, now);
    if (slice.done) await ledger.record(slice, { ...slice, done: true });
    else await moveSlice(runtime, sliceStreamName(orgIdOf(before), slice), sliceStreamName(orgId, slice));
  }
  // The hours so far lie under the other name: the audit begins anew.
  const moved = { ...checkpoint, countedFrom: checkpoint.watermark };
  const quarantined = await quarantine.countWaiting(stream);
  await own.held.save({ checkpoint: moved, hourlyCounts, quarantined }, eventsIn(delivered), 0);
  await noteMove(table, stream, stream);
  await noteMove(table, before, stream);
  await old.held.save({ ...old.held, quarantined: 0 }, [], 0);
  runtime.log.warn('stream renamed', { summary: `${stream} goes on where ${before} stopped`, stream, before });
}

/**
 * Takes over how far an open slice of a backfill has come. A slice that somebody ships just now
 * stays: the live stream cannot wait for it.
 */
async function moveSlice({ clock, table, random }: Runtime, before: string, slice: string): Promise<void> {
  if ((await readMarks(table, before)) === undefined) return;
  const store = createDynamoDbStore(table, random);
  const now = clock.now();
  const old = await store.acquire(before, now, now, now + LEASE_MS);
  if ('heldUntil' in old) return;
  const own = await store.acquire(slice, old.held.checkpoint.began, now, now + LEASE_MS);
  if ('held' in own) {
    const isFurther = own.held.checkpoint.settled > old.held.checkpoint.settled;
    if (isFurther) await own.held.save(own.held, [], 0);
    else await own.held.save(old.held, eventsIn(old.held.delivered), 0);
  }
  await old.held.save(old.held, [], 0);
}

function eventsIn(delivered: readonly DeliveredChunk[]): DeliveredEvent[] {
  return delivered.flatMap(({ fingerprints, until }) =>
    fingerprintsIn(fingerprints).map((fingerprint) => ({ fingerprint, at: until })),
  );
}

function orgIdOf(stream: string): string | undefined {
  const organization = stream.slice(liveStreamName('').length);
  return organization === 'default' ? undefined : organization;
}
