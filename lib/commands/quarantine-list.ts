/** `{"quarantine": "list"}`: the newest entries of a quarantine, as many as an answer holds. */

import { plural } from '../platform/messages.ts';
import { type EpochMs, formatInstant } from '../platform/time.ts';
import type { QuarantineHead } from '../state/quarantine.ts';
import { createQuarantine } from '../state/quarantine.ts';
import { countFitting, jsonBytes } from './answer.ts';
import type { Context, Result } from './context.ts';
import { liveStreamName } from './live-stream.ts';

/** These events are in Logz.io, cut: who looks for an original knows its time. */
const SHORTENED_SHOWN = 100;

/** @param before only what was quarantined before this */
export async function listQuarantine(
  { runtime, orgId, roomBytes }: Context,
  before: EpochMs | undefined,
): Promise<Result> {
  const { table, compression } = runtime;
  const quarantine = createQuarantine(table, compression);
  const stream = liveStreamName(orgId);
  const shortened = await newestEntries(quarantine.heads(stream, 'shortened'), {
    before,
    entries: SHORTENED_SHOWN,
    bytes: roomBytes / 2,
  });
  const waiting = await newestEntries(quarantine.heads(stream, 'waiting'), {
    before,
    entries: Number.POSITIVE_INFINITY,
    bytes: roomBytes - jsonBytes(shortened.shown),
  });
  const { entries, events } = waiting;
  const since = before === undefined ? '' : `Quarantined before ${formatInstant(before)}: `;
  const both = `${plural(events, 'event')} of ${stream} ${events === 1 ? 'waits' : 'wait'} in ${plural(entries, 'entry', 'entries')}; ${plural(shortened.entries, 'entry keeps', 'entries keep')} the originals of shortened events.`;
  return {
    message: `${since}${both}${olderOnes(waiting, 'waiting', orgId)}${olderOnes(shortened, 'shortened', orgId)}`,
    stream,
    waiting: waiting.shown,
    shortened: shortened.shown,
    notShown: { waiting: leftOut(waiting), shortened: leftOut(shortened) },
  };
}

function leftOut({ entries, shown }: NewestEntries): number {
  return entries - shown.length;
}

function olderOnes(newest: NewestEntries, list: string, orgId: string | undefined): string {
  if (leftOut(newest) === 0) return '';
  const org = orgId === undefined ? '' : `"org_id": "${orgId}", `;
  return ` Under ${list} the newest ${newest.shown.length} are shown; for the ${leftOut(newest)} older ones invoke with {"quarantine": "list", ${org}"before": "${newest.olderThan}"}.`;
}

export interface NewestEntries {
  /** Of all entries, shown or not. */
  readonly entries: number;
  readonly events: number;
  /** Oldest first. */
  readonly shown: readonly Shown[];
  /** All that are not shown were quarantined before this; absent when nothing is shown. */
  readonly olderThan: string | undefined;
}

/** All that is told of an entry: never its events. */
type Shown = ReturnType<typeof toShown>;

export interface Limits {
  readonly entries: number;
  readonly bytes: number;
  /** Entries quarantined at this instant or later are left out altogether. */
  readonly before?: EpochMs | undefined;
}

/** Holds at most twice what is shown at once. */
export async function newestEntries(heads: AsyncIterable<QuarantineHead>, limits: Limits): Promise<NewestEntries> {
  const { before = Number.POSITIVE_INFINITY } = limits;
  let [entries, events, heldBytes] = [0, 0, 0];
  let held: Shown[] = [];
  let newestLeftOut = '';
  const keepNewest = () => {
    // Written alike, instants sort as text.
    held.sort((a, b) => (a.time < b.time ? 1 : -1));
    const fitting = Math.min(limits.entries, countFitting(held, limits.bytes));
    const { time = '' } = held[fitting] ?? {};
    if (time > newestLeftOut) newestLeftOut = time;
    held = held.slice(0, fitting);
    heldBytes = held.reduce((sum, shown) => sum + jsonBytes(shown), 0);
  };
  for await (const head of heads) {
    if (head.at >= before) continue;
    entries++;
    events += head.events;
    const shown = toShown(head);
    held.push(shown);
    heldBytes += jsonBytes(shown);
    if (heldBytes > 2 * limits.bytes || held.length > 2 * limits.entries) keepNewest();
  }
  keepNewest();
  // Older ones are asked for by time: entries of one millisecond stay together.
  const apart = held.filter(({ time }) => time > newestLeftOut);
  const shown = (apart.length > 0 ? apart : held).reverse();
  return { entries, events, shown, olderThan: shown[0]?.time };
}

function toShown({ id, reason, at, events, bytes, taken }: QuarantineHead) {
  return { id, reason, time: formatInstant(at), events, bytes, mayRepeat: taken };
}
