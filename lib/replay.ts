/** Ships what waits in quarantine once more; an entry leaves only when Logz.io has acknowledged all of it. */
import type { Clock, EpochMs } from './clock.ts';
import type { Deadline } from './deadline.ts';
import { identify, Occurrences } from './fingerprint.ts';
import { formatInstant, parseInstant } from './instant.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { type Bulk, Packer, type Parcel } from './logzio/bulk.ts';
import type { Deliver } from './logzio/deliver.ts';
import type { Quarantine, QuarantineHead } from './quarantine.ts';
import { parseEvent } from './shape/parse-event.ts';
import type { Shape } from './shape/shape.ts';

export interface Replayed {
  readonly id: string;
  readonly events: number;
  readonly outcome: 'shipped' | 'still in quarantine';
  /** How many of the events Logz.io had taken before, and may now hold twice. */
  readonly mayRepeat: number;
  /** Why it is still there. */
  readonly reason?: string;
}

export interface ReplayParts {
  readonly clock: Clock;
  readonly deliver: Deliver;
  readonly quarantine: Quarantine;
  readonly shape: Shape;
}

/** @param ids empty: all that wait */
export async function replayQuarantine(
  stream: string,
  ids: readonly string[],
  parts: ReplayParts,
  deadline: Deadline,
): Promise<Replayed[]> {
  const waiting = await parts.quarantine.list(stream, 'waiting');
  // What was shortened is in Logz.io already, cut: it is sent whole only when it is asked for by name.
  const shortened = ids.length > 0 ? await parts.quarantine.list(stream, 'shortened') : [];
  const chosen = ids.length > 0 ? [...waiting, ...shortened].filter(({ id }) => ids.includes(id)) : waiting;
  const results: Replayed[] = [];
  for (const head of chosen) {
    if (deadline.stop.aborted)
      results.push({ ...outcomeOf(head), outcome: 'still in quarantine', reason: 'no time left; replay again' });
    else results.push(await replayEntry(stream, head, parts, deadline));
  }
  return results;
}

function outcomeOf({ id, events, taken }: QuarantineHead): Pick<Replayed, 'id' | 'events' | 'mayRepeat'> {
  return { id, events, mayRepeat: taken };
}

async function replayEntry(
  stream: string,
  head: QuarantineHead,
  parts: ReplayParts,
  deadline: Deadline,
): Promise<Replayed> {
  const originals = await parts.quarantine.read(stream, head);
  for (const bulk of bulksOf(originals, head, parts.shape)) {
    let repeated = 0;
    const delivery = await parts.deliver(bulk, deadline, {
      onSent: () => undefined,
      onRetry: () => undefined,
      onPossibleRepeat: (lines) => {
        repeated += lines;
      },
    });
    if (delivery.acknowledged.length < bulk.parcels.length) {
      const reason =
        delivery.refused[0]?.reason ??
        (delivery.failure instanceof Error ? delivery.failure.message : 'not acknowledged');
      return { ...outcomeOf(head), mayRepeat: head.taken + repeated, outcome: 'still in quarantine', reason };
    }
  }
  await parts.quarantine.remove(stream, head);
  return { ...outcomeOf(head), outcome: 'shipped' };
}

function bulksOf(originals: readonly string[], head: QuarantineHead, shape: Shape): Bulk[] {
  const packer = new Packer();
  const occurrences = new Occurrences();
  const bulks: (Bulk | undefined)[] = [];
  for (const original of originals) bulks.push(packer.add(...toParcel(original, head.at, occurrences, shape)));
  bulks.push(packer.flush());
  return bulks.filter((bulk) => bulk !== undefined);
}

function toParcel(
  original: string,
  putAsideAt: EpochMs,
  occurrences: Occurrences,
  shape: Shape,
): [Parcel, line: string] {
  const parsed = parseEvent(original);
  const readable = parsed && parseInstant(parsed.timestamp) !== undefined;
  const value = readable ? parsed : dated(parsed ?? { message: original }, putAsideAt);
  const text = readable ? original : JSON.stringify(value);
  const at = parseInstant(value.timestamp) ?? putAsideAt;
  const { fingerprint, eventId } = identify(value, text, at, occurrences);
  const page = Buffer.from(original);
  const parcel = { fingerprint, at, page, start: 0, end: page.length, shortened: false, dated: true };
  return [parcel, shape({ text, value, eventId }).line];
}

/** Logz.io needs a time: the one at which the event was put aside; the unreadable one is kept beside it as text. */
function dated(event: JsonObject, putAsideAt: EpochMs): JsonObject {
  const { timestamp, ...rest } = isJsonObject(event) ? event : { timestamp: null };
  const unreadable =
    timestamp === undefined
      ? {}
      : { unreadable_timestamp: typeof timestamp === 'string' ? timestamp : JSON.stringify(timestamp) };
  return { ...rest, ...unreadable, timestamp: formatInstant(putAsideAt) };
}
