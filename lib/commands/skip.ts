/** `{"skip_to": …}`: moves a stream forward, past events that JumpCloud no longer gives. */
import { sliceStreamName } from '../backfill/ship-slice.ts';
import { InputError } from '../config/start-date.ts';
import { plural } from '../platform/messages.ts';
import { type EpochMs, formatInstant, SECOND_MS, type TimeRange } from '../platform/time.ts';
import { heldMessage, withUncounted } from '../state/checkpoint.ts';
import { readMarks } from '../state/dynamodb-store.ts';
import type { Context, Result } from './context.ts';

export interface Skip {
  readonly to: EpochMs;
  /** Of a backfill's slices; otherwise of the live stream. */
  readonly ofBackfill: boolean;
  /** Without it nothing is done but to say what would be left out. */
  readonly isConfirmed: boolean;
}

/** The lease is needed for one write only. */
const LEASE_MS = 30 * SECOND_MS;

/** @throws InputError where the skip is not confirmed: it names what would be left out */
export async function skipStream(context: Context, skip: Skip): Promise<Result> {
  return skip.ofBackfill ? await skipSlices(context, skip) : await skipLive(context, skip);
}

async function skipLive(context: Context, { to, isConfirmed }: Skip): Promise<Result> {
  const { name } = context.stream;
  const settled = (await readMarks(context.runtime.table, name))?.settled;
  if (settled === undefined) return { message: `${name} has not run yet: there is nothing to skip.` };
  if (to <= settled) {
    return { message: `Nothing to skip: ${name} reads from ${formatInstant(settled)} on, which is not earlier.` };
  }
  const lost = await leftOut(context, { start: settled, end: to });
  if (!isConfirmed) throw unconfirmed(lost, 'skip_to', to);
  const held = await moveForward(context, name, settled, to);
  if (held !== undefined) return { message: `Not skipped: ${held}. Give the command again after that.` };
  return {
    message: `${name} now reads from ${formatInstant(to)} on. Left out: ${lost}.`,
    stream: name,
    skippedFrom: formatInstant(settled),
    skippedTo: formatInstant(to),
  };
}

async function skipSlices(context: Context, { to, isConfirmed }: Skip): Promise<Result> {
  const { orgId, ledger } = context;
  const slices = (await ledger.list({ start: 0, end: to })).filter(({ done }) => !done);
  const [first] = slices;
  if (first === undefined) return { message: `Nothing to skip: no open slice begins before ${formatInstant(to)}.` };
  const open = slices.reduce((sum, { events, delivered }) => sum + Math.max(0, events - delivered), 0);
  const lost = `${plural(slices.length, 'open slice')}, wholly or in part, from ${formatInstant(first.start)} to ${formatInstant(to)}, with up to ${plural(open, 'event that was not shipped', 'events that were not shipped')}`;
  if (!isConfirmed) throw unconfirmed(lost, 'backfill_skip_to', to);
  for (const slice of slices) {
    const { delivered, end } = slice;
    const failure = `left out before ${formatInstant(to)}`;
    if (end <= to) await ledger.record(slice, { delivered, quarantined: 0, done: true, failure, end });
    else {
      const held = await moveForward(context, sliceStreamName(orgId, slice), slice.start, to);
      if (held !== undefined) return { message: `Not all is skipped: ${held}. Give the command again after that.` };
    }
  }
  return { message: `Left out: ${lost}. Start the same backfill again to ship the rest.`, slices: slices.length };
}

/** @returns why not, where another run holds the stream */
async function moveForward({ runtime, parts }: Context, stream: string, start: EpochMs, to: EpochMs) {
  const now = runtime.clock.now();
  const acquired = await parts.store.acquire(stream, start, now, now + LEASE_MS);
  if ('heldUntil' in acquired) return heldMessage(stream, acquired.heldUntil);
  const { held } = acquired;
  const { settled, watermark } = held.checkpoint;
  const forward = { ...held.checkpoint, settled: Math.max(settled, to), watermark: Math.max(watermark, to) };
  const checkpoint = withUncounted(forward, { start: settled, end: to });
  await held.save({ ...held, checkpoint }, [], 0);
  return undefined;
}

async function leftOut({ count, deadline }: Context, range: TimeRange): Promise<string> {
  const events = await count(range, deadline).then(
    (found) => `of which JumpCloud still has ${found}`,
    () => 'and JumpCloud cannot count them any more',
  );
  return `all events from ${formatInstant(range.start)} to ${formatInstant(range.end)} that were not shipped, ${events}`;
}

function unconfirmed(lost: string, key: string, to: EpochMs): InputError {
  return new InputError(
    `This leaves out ${lost}. They will never be in Logz.io. Nothing was done. To do it, add "confirm": true: {"${key}": "${formatInstant(to)}", "confirm": true}`,
  );
}
