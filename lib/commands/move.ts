/** `{"rewind_to": …}` sets a live stream back; `{"skip_to": …}` moves one, or slices, forward. */

import { KEEP_FINISHED_MS } from '../backfill/ship-slice.ts';
import { InputError } from '../config/start-date.ts';
import { onlyFor, plural } from '../platform/messages.ts';
import { type EpochMs, formatInstant, type TimeRange } from '../platform/time.ts';
import { isAhead } from '../ship/checkpoint.ts';
import { type Checkpoint, withUncounted } from '../state/checkpoint.ts';
import { letExpire, readMarks } from '../state/dynamodb-store.ts';
import { type Context, hold, type Result } from './context.ts';

/** Saves the checkpoint that `moved` makes of the stream's. @returns the stream as it was before */
async function move(
  context: Context,
  stream: string,
  start: EpochMs,
  moved: (from: Checkpoint) => Checkpoint | Promise<Checkpoint>,
) {
  const held = await hold(context, stream, start);
  if ('refused' in held) return { refused: `${held.refused}. Give the command again after that.` };
  await held.save({ ...held, checkpoint: await moved(held.checkpoint) }, [], 0);
  return held;
}

/**
 * Sets `settled` and the watermark back to `to`, and keeps what is remembered as delivered: events
 * that were not settled yet are not repeated.
 */
export async function rewindStream(context: Context, to: EpochMs): Promise<Result> {
  const { name } = context.stream;
  const now = context.runtime.clock.now();
  const isBehind = ({ settled, watermark }: Checkpoint) => to < settled || isAhead(watermark, now);
  const held = await move(context, name, to, async (from) => {
    if (!isBehind(from)) return from;
    await context.parts.quarantine.expectRepeats(name, to);
    const { began, settled, watermark } = from;
    const back = { began: Math.min(began, to), settled: Math.min(settled, to), watermark: Math.min(watermark, to) };
    // What is shipped again is counted again.
    return withUncounted({ ...from, ...back }, { start: to, end: watermark });
  });
  if ('refused' in held) return { message: `Not rewound: ${held.refused}` };
  const { began, settled } = held.checkpoint;
  if (held.isNew)
    return {
      message: `${name} had no checkpoint yet: it begins at ${formatInstant(to)}, and the next runs ship everything from there on.`,
    };
  if (!isBehind(held.checkpoint))
    return {
      message: `Nothing to rewind: ${name} reads from ${formatInstant(settled)} on, which is not later than ${formatInstant(to)}.`,
    };
  const again = { start: to, end: Math.max(settled, to) };
  const repeats = await repeatsOf(context, again, began < settled);
  const message = `Rewound ${name} to ${formatInstant(to)}. The next runs ship ${repeats}`;
  return { message, rewoundTo: formatInstant(to), settledBefore: formatInstant(again.end) };
}

/**
 * What is shipped again, or for the first time, in words.
 * @param wasRead some of the range was asked for before
 */
async function repeatsOf({ count, ledger, deadline }: Context, range: TimeRange, wasRead: boolean): Promise<string> {
  const events = await count(range, deadline).then(
    (found) => `about ${plural(found, 'event')}`,
    () => 'an unknown number of events',
  );
  const found = `${events} between then and ${formatInstant(range.end)}`;
  const slices = await ledger.list(range);
  if (!wasRead && slices.length === 0) return `${found}. None of them was shipped before.`;
  const isAtWork = slices.some((slice) => !slice.done);
  const backfill = isAtWork ? ' A backfill of this time range is running: what it ships now may arrive twice.' : '';
  return `${found} again: those that were shipped before will be in Logz.io twice.${backfill}`;
}

interface Skip {
  readonly to: EpochMs;
  /** Without it nothing is done but to say what would be left out. */
  readonly isConfirmed: boolean;
}

/** @throws InputError where the skip is not confirmed: it names what would be left out */
export async function skipLive(context: Context, { to, isConfirmed }: Skip): Promise<Result> {
  const { name } = context.stream;
  const settled = (await readMarks(context.runtime.table, name))?.settled;
  if (settled === undefined) return { message: `${name} has not run yet: there is nothing to skip.` };
  if (to <= settled)
    return { message: `Nothing to skip: ${name} reads from ${formatInstant(settled)} on, which is not earlier.` };
  const range = `from ${formatInstant(settled)} to ${formatInstant(to)}`;
  const atJumpCloud = await context.count({ start: settled, end: to }, context.deadline).then(
    (found) => `of which JumpCloud still has ${found}`,
    () => 'and JumpCloud cannot count them any more',
  );
  const lost = `all events ${range} that were not shipped, ${atJumpCloud}`;
  if (!isConfirmed) throw unconfirmed(lost, context.orgId, 'skip_to', to);
  const held = await moveForward(context, name, settled, to);
  if ('refused' in held) return { message: `Not skipped: ${held.refused}` };
  return {
    message: `${name} now reads from ${formatInstant(to)} on. Left out: ${lost}.`,
    stream: name,
    skippedFrom: formatInstant(settled),
    skippedTo: formatInstant(to),
  };
}

/** The same, of the slices of a backfill. */
export async function skipSlices(context: Context, { to, isConfirmed }: Skip): Promise<Result> {
  const { ledger } = context;
  const slices = (await ledger.list({ start: 0, end: to })).filter(({ done }) => !done);
  const [first] = slices;
  if (first === undefined) return { message: `Nothing to skip: no open slice begins before ${formatInstant(to)}.` };
  const open = slices.reduce((sum, { events, delivered }) => sum + Math.max(0, events - delivered), 0);
  const lost = `${plural(slices.length, 'open slice')}, wholly or in part, from ${formatInstant(first.start)} to ${formatInstant(to)}, with up to ${plural(open, 'event that was not shipped', 'events that were not shipped')}`;
  if (!isConfirmed) throw unconfirmed(lost, context.orgId, 'backfill_skip_to', to);
  for (const slice of slices) {
    const stream = ledger.streamOf(slice);
    const held = await moveForward(context, stream, slice.start, Math.min(slice.end, to));
    if ('refused' in held) return { message: `Not all is skipped: ${held.refused}` };
    if (slice.end > to) continue;
    // A run may have brought it further since it was listed.
    const shipped = (await ledger.get(slice.start)) ?? slice;
    await ledger.record({ ...shipped, done: true, failure: `left out before ${formatInstant(to)}` }, 0);
    const { table, clock } = context.runtime;
    await letExpire(table, stream, clock.now() + KEEP_FINISHED_MS);
  }
  return { message: `Left out: ${lost}. Start the same backfill again to ship the rest.`, slices: slices.length };
}

function moveForward(context: Context, stream: string, start: EpochMs, to: EpochMs) {
  return move(context, stream, start, (from) => {
    const forward = { settled: Math.max(from.settled, to), watermark: Math.max(from.watermark, to) };
    return withUncounted({ ...from, ...forward }, { start: from.settled, end: to });
  });
}

function unconfirmed(lost: string, orgId: string | undefined, key: string, to: EpochMs): InputError {
  return new InputError(
    `This leaves out ${lost}. They will never be in Logz.io. Nothing was done. To do it, add "confirm": true: {"${key}": "${formatInstant(to)}", "confirm": true${onlyFor(orgId)}}`,
  );
}
