/** Of all entries of a quarantine, however many: the newest ones, and how many there are. */
import type { EpochMs } from '../platform/clock.ts';
import { formatInstant } from '../platform/instant.ts';
import type { QuarantineHead } from '../state/quarantine.ts';
import { countFitting, jsonBytes } from './answer-room.ts';

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
