/** `{"quarantine": "replay"}`: ships what waits once more; it leaves only when acknowledged. */
import { type Bulk, type EventRecord, Packer } from '../logzio/bulk.ts';
import type { Deliver } from '../logzio/deliver.ts';
import type { Deadline } from '../platform/deadline.ts';
import type { JsonObject } from '../platform/json.ts';
import { onlyFor, plural } from '../platform/messages.ts';
import type { Timing } from '../platform/outside.ts';
import { type EpochMs, formatInstant, parseInstant } from '../platform/time.ts';
import { countMembers, parseEvent, readExactly } from '../shape/parse-event.ts';
import type { Redact } from '../shape/private-fields.ts';
import type { Shape } from '../shape/shape.ts';
import { fromOriginal, parseOriginal, redactOriginal, shortenedEntry, toLog } from '../ship/event-record.ts';
import { Identities } from '../ship/fingerprint.ts';
import type { Claimant, Quarantine, QuarantineHead } from '../state/quarantine.ts';
import type { Context, Result } from './context.ts';

export async function replay(context: Context, ids: readonly string[]): Promise<Result> {
  const { runtime, orgId, stream, parts, deadline, mostEntries } = context;
  const { random } = runtime;
  const redact = await parts.redact?.();
  const entries = await replayQuarantine(stream.name, ids, { ...parts, random, redact, orgId }, deadline);
  const shipped = entries.filter(({ outcome }) => outcome === 'shipped').length;
  const repeats = entries.reduce((sum, { mayRepeat }) => sum + mayRepeat, 0);
  const missing = ids.filter((id) => !entries.some((entry) => entry.id === id)).join(', ');
  const none = missing === '' ? '' : ` There is no entry ${missing}; {"quarantine": "list"} shows the entries.`;
  const shown = entries.slice(0, mostEntries);
  const more =
    shown.length < entries.length
      ? ` Only the first ${shown.length} are under entries; {"quarantine": "list"} shows what is left.`
      : '';
  return {
    message: `Replayed ${plural(entries.length, 'entry', 'entries')} of ${stream.name}: ${shipped} shipped, ${entries.length - shipped} still in quarantine. Up to ${plural(repeats, 'event')} may now be in Logz.io twice.${none}${more}`,
    stream: stream.name,
    entries: shown,
  };
}

/** For what is in flight when time is up, and the last writes: longer than a deadline leaves. */
const CLAIM_MARGIN_MS = 30_000;
const NO_TIME = 'no time left; replay again';

interface Replayed {
  readonly id: string;
  readonly events: number;
  readonly outcome: 'shipped' | 'still in quarantine';
  /**
   * How many events Logz.io may now hold twice: those it had taken before, those sent without an
   * answer, all that a killed replay may have sent.
   */
  readonly mayRepeat: number;
  /** Why it is still there. */
  readonly reason?: string;
}

interface ReplayParts extends Timing {
  readonly deliver: Deliver;
  readonly quarantine: Quarantine;
  readonly shape: Shape;
  /** Undefined where no field is to be dropped or hashed. */
  readonly redact: Redact | undefined;
  readonly orgId?: string | undefined;
}

/** @param ids empty: all that wait */
export async function replayQuarantine(
  stream: string,
  ids: readonly string[],
  parts: ReplayParts,
  deadline: Deadline,
): Promise<Replayed[]> {
  const waiting = await parts.quarantine.list(stream, 'waiting');
  // What was shortened is in Logz.io already: it is sent whole only when asked for by name.
  const shortened = ids.length > 0 ? await parts.quarantine.list(stream, 'shortened') : [];
  const chosen = ids.length > 0 ? [...waiting, ...shortened].filter(({ id }) => ids.includes(id)) : waiting;
  const claimant = { owner: parts.random.uuid(), until: parts.clock.now() + deadline.remainingMs() + CLAIM_MARGIN_MS };
  const results: Replayed[] = [];
  for (const head of chosen) {
    if (deadline.remainingMs() === 0) {
      results.push(stillThere(head, NO_TIME));
      continue;
    }
    const claim = await parts.quarantine.claim(stream, head, claimant, parts.clock.now());
    // One that is gone was taken out by another replay a moment ago, which reports it.
    if (claim === 'gone') continue;
    const result =
      'taken' in claim
        ? await replayEntry({ ...head, taken: claim.taken }, { ...parts, stream, claimant, deadline })
        : stillThere(head, `another replay works on it until ${formatInstant(claim.heldUntil)} at the latest`);
    results.push(result);
  }
  return results;
}

function stillThere({ id, events }: QuarantineHead, reason: string, mayRepeat = 0): Replayed {
  return { id, events, mayRepeat, outcome: 'still in quarantine', reason };
}

interface Replaying extends ReplayParts {
  readonly stream: string;
  readonly claimant: Claimant;
  readonly deadline: Deadline;
}

async function replayEntry(head: QuarantineHead, replaying: Replaying): Promise<Replayed> {
  const { stream, claimant, deadline, quarantine, redact, clock } = replaying;
  let kept: string[];
  try {
    kept = await quarantine.read(stream, head);
  } catch (error) {
    await quarantine.release(stream, head, claimant.owner);
    return stillThere(head, unreadable(replaying.orgId, head, error));
  }
  // Also where it was quarantined before the fields were named, and for what stays in quarantine.
  const originals = redact ? kept.map((original) => redactOriginal(original, redact)) : kept;
  const { bulks, records, unshippable } = bulksOf(originals, head, replaying.shape);
  const arrived = new Set<EventRecord | undefined>();
  let [repeated, taken] = [0, 0];
  let reason = unshippable;
  for (const bulk of bulks) {
    // By the clock: a machine that stood still has lost its claim to another replay.
    if (deadline.remainingMs() === 0) {
      reason = NO_TIME;
      break;
    }
    const shortened = bulk.records.filter((record) => record.shortened);
    // Before they are sent, as in a run: what leaves the quarantine is kept whole nowhere else.
    if (shortened.length > 0 && head.class === 'waiting')
      await quarantine.add(stream, shortenedEntry(shortened, clock.now()));
    const delivery = await replaying.deliver(bulk, deadline, {
      onPossibleRepeat: (lines) => {
        repeated += lines;
      },
    });
    for (const record of delivery.acknowledged) arrived.add(record);
    for (const refusal of delivery.refused) taken += refusal.taken;
    const { failure } = delivery;
    reason = delivery.refused[0]?.reason ?? (failure instanceof Error ? failure.message : reason);
    if ('failure' in delivery) break;
  }
  const wasSent = arrived.size + repeated + taken > 0;
  const mayRepeat = wasSent ? head.taken + repeated : 0;
  const rest = originals.filter((_, index) => {
    const record = records[index];
    return !arrived.has(record) || (head.class === 'shortened' && record?.shortened);
  });
  if (rest.length === 0) await quarantine.remove(stream, head);
  else if (!wasSent) await quarantine.release(stream, head, claimant.owner);
  else {
    const claim = await quarantine.claim(stream, head, claimant, clock.now());
    const restTaken = Math.min(rest.length, head.taken + repeated + taken);
    // A machine that stood still may have lost its claim: then what is left is another's to say.
    if (claim !== 'gone' && 'taken' in claim)
      await quarantine.replace(stream, head, { reason: head.reason, originals: rest, taken: restTaken });
  }
  const { id, events } = head;
  return arrived.size === originals.length
    ? { id, events, mayRepeat, outcome: 'shipped' }
    : stillThere(head, reason ?? 'not acknowledged', mayRepeat);
}

/** A part of it may be deleted or changed: the other entries are replayed all the same. */
function unreadable(orgId: string | undefined, { at }: QuarantineHead, error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  return `its events cannot be read from the table (${why}). Replay it once more. If that does not help, ship the hours before ${formatInstant(at)} again: give the function their start_time and end_time${onlyFor(orgId)}`;
}

/** @returns the bulks; for each original its record, if it can be shipped; why the last cannot */
function bulksOf(originals: readonly string[], head: QuarantineHead, shape: Shape) {
  const packer = new Packer();
  const identities = new Identities();
  const bulks: (Bulk | undefined)[] = [];
  let unshippable: string | undefined;
  const records = originals.map((original) => {
    const read = readOriginal(original, head.at, identities);
    if (read === undefined) {
      unshippable = NOT_DATED;
      return undefined;
    }
    const { at, fingerprint, event } = read;
    const log = toLog(event, shape);
    if ('reason' in log) {
      unshippable = log.reason;
      return undefined;
    }
    const received = { text: original, brokenBytes: undefined };
    const record = { fingerprint, at, received, shortened: log.shortened.length > 0, dated: true };
    bulks.push(packer.add(record, log.line));
    return record;
  });
  bulks.push(packer.flush());
  return { bulks: bulks.filter((bulk) => bulk !== undefined), records, unshippable };
}

const NOT_DATED = 'has no readable timestamp, and cannot be given one: it has the same field twice, or too many levels';

/** @returns undefined where it cannot be shipped */
function readOriginal(original: string, quarantinedAt: EpochMs, identities: Identities) {
  const received = fromOriginal(original);
  const parsed = parseOriginal(received.text);
  const isReadable = parsed && parseInstant(parsed.timestamp) !== undefined;
  const text = isReadable ? received.text : dated(received.text, parsed, quarantinedAt);
  if (text === undefined) return undefined;
  const value = isReadable ? parsed : (parseEvent(text) as JsonObject);
  const at = parseInstant(value.timestamp) ?? quarantinedAt;
  const { fingerprint, eventId } = identities.identify({ text, value }, at);
  // We wrote such a text ourselves: to count its members again could take megabytes.
  const membersInText = isReadable ? undefined : countMembers(value);
  return { at, fingerprint, event: { text, value, eventId, isBroken: received.isBroken, membersInText } };
}

/** Logz.io needs a time: that of the quarantine; the unreadable one stays beside it as text. */
function dated(original: string, value: JsonObject | undefined, quarantinedAt: EpochMs): string | undefined {
  try {
    const { timestamp, ...rest } = value ? readExactly({ text: original, value }) : { message: original };
    const asText = typeof timestamp === 'string' ? timestamp : JSON.stringify(timestamp);
    const unreadable = timestamp === undefined ? {} : { unreadable_timestamp: asText };
    return JSON.stringify({ ...rest, ...unreadable, timestamp: formatInstant(quarantinedAt) });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
