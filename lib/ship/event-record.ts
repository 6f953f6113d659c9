/**
 * One event on its way: its line, or why it is quarantined; without the fields that must not leave,
 * live or out of quarantine.
 */
import type { RawEvent } from '../jumpcloud/page.ts';
import type { EventRecord, Received } from '../logzio/bulk.ts';
import type { JsonObject } from '../platform/json.ts';
import type { EpochMs } from '../platform/time.ts';
import { parseEvent } from '../shape/parse-event.ts';
import type { Redact } from '../shape/private-fields.ts';
import type { Shape, ShapedLog, SourceEvent } from '../shape/shape.ts';
import { bytesOf } from '../state/fingerprints.ts';
import type { NewEntry } from '../state/quarantine.ts';
import { type Examined, LARGEST_EVENT_CHARACTERS } from './event-filter.ts';
import { contentEventId } from './fingerprint.ts';

type NewEvent = Extract<Examined, { kind: 'new' | 'quarantine' }>;
type Log = ShapedLog | { readonly reason: string };

/** @param redact absent where no field is to be dropped or hashed */
export function toRecord(
  raw: RawEvent,
  found: NewEvent,
  shape: Shape,
  redact: Redact | undefined,
): { record: EventRecord; log: Log } {
  const { event, received } = redact ? redactEvent(raw, found, redact) : { event: found, received: raw };
  const log = event.kind === 'quarantine' ? event : toLog(event.event, shape);
  const record: EventRecord = {
    fingerprint: event.fingerprint,
    at: event.at,
    received,
    shortened: 'shortened' in log && log.shortened.length > 0,
    dated: event.kind === 'new' || event.instant !== undefined,
  };
  return { record, log };
}

/** @returns its line, or why it cannot be shipped */
export function toLog(event: SourceEvent, shape: Shape): Log {
  try {
    return shape(event);
  } catch (error) {
    return { reason: `cannot be shaped (${error instanceof Error ? error.message : error})` };
  }
}

const NOT_KEPT = 'Only its size is kept, because output.drop_fields or output.hash_fields is set and it cannot be read';

/**
 * The fingerprint stays that of the event as JumpCloud sent it.
 * @returns the event, and the form of it that quarantine may keep
 */
function redactEvent(raw: RawEvent, event: NewEvent, redact: Redact): { event: NewEvent; received: Received } {
  const isBroken = raw.brokenBytes !== undefined;
  const value = event.kind === 'new' ? event.event.value : event.value;
  const text = value && redact({ text: raw.text, value }, false);
  if (text === undefined) {
    const reason = event.kind === 'new' ? 'has the same field twice or is nested too deeply' : event.reason;
    const original = toRedactedOriginal(placeholder(raw.wholeBytes ?? Buffer.byteLength(raw.text)), isBroken);
    const { fingerprint, at, instant } = event;
    return {
      event: { kind: 'quarantine', fingerprint, at, instant, value, reason: `${reason}. ${NOT_KEPT}` },
      received: { text: original, brokenBytes: undefined },
    };
  }
  const received = { text: toRedactedOriginal(text, isBroken), brokenBytes: undefined };
  if (event.kind === 'quarantine') return { event, received };
  const redacted = { text, value: parseEvent(text) as JsonObject, membersInText: undefined };
  // A hash of the whole event would let others try out values until it fits.
  const eventId = contentEventId(redacted, event.event.eventId);
  return { event: { ...event, event: { ...event.event, ...redacted, eventId } }, received };
}

/** More, and what JSON.parse makes of them takes more memory than the function has. */
const MOST_VALUES = 500_000;
const BEFORE_A_VALUE = new Set(',:[{');

/** @returns as `parseEvent`; undefined also for one of so many values that it was never read */
export function parseOriginal(text: string): JsonObject | undefined {
  let values = 0;
  if (text.length > LARGEST_EVENT_CHARACTERS)
    for (let index = 0; index < text.length; index++) {
      if (BEFORE_A_VALUE.has(text[index] ?? '') && ++values > MOST_VALUES) return undefined;
    }
  return parseEvent(text);
}

/** @param original as quarantine kept it, maybe before the fields were named */
export function redactOriginal(original: string, redact: Redact): string {
  const { text, isBroken, isRedacted } = fromOriginal(original);
  const value = parseOriginal(text);
  const redacted = value && redact({ text, value }, isRedacted);
  return toRedactedOriginal(redacted ?? placeholder(Buffer.byteLength(text)), isBroken);
}

function placeholder(bytes: number): string {
  return JSON.stringify({ message: `An event of ${bytes} bytes. ${NOT_KEPT}.` });
}

/** @param taken how many of them Logz.io took all the same */
export function waitingEntry(records: readonly EventRecord[], reason: string, taken: number, at: EpochMs): NewEntry {
  const originals = records.map(({ received }) => toOriginal(received));
  const fingerprints = bytesOf(records.map(({ fingerprint }) => fingerprint)).toString('base64');
  // An equal one without a timestamp may come long after the first: it is another event.
  const key = fingerprints + records.map((record) => (record.dated ? '' : record.at)).join('');
  return { class: 'waiting', reason, at, originals, key, taken };
}

/** For events of which something is missing in their logs: kept whole nowhere else. */
export function shortenedEntry(records: readonly EventRecord[], at: EpochMs): NewEntry {
  const reason = 'something is missing in the log: see its shortened_fields';
  const originals = records.map(({ received }) => toOriginal(received));
  return { class: 'shortened', reason, at, originals, taken: originals.length };
}

// How quarantine writes an event that is not simply its text.
const BASE64 = 'base64:';
const REDACTED = 'redacted:';
const REDACTED_BROKEN = 'redacted, not UTF-8:';

function toOriginal({ text, brokenBytes }: Received): string {
  return brokenBytes === undefined ? text : BASE64 + brokenBytes.toString('base64');
}

/** Broken bytes stay out: they hold what was to be dropped. */
function toRedactedOriginal(text: string, isBroken: boolean): string {
  return (isBroken ? REDACTED_BROKEN : REDACTED) + text;
}

/** @returns `isBroken`: its bytes were no UTF-8, so that the text has U+FFFD in some places */
export function fromOriginal(original: string): { text: string; isBroken: boolean; isRedacted: boolean } {
  for (const prefix of [REDACTED, REDACTED_BROKEN]) {
    if (!original.startsWith(prefix)) continue;
    return { text: original.slice(prefix.length), isBroken: prefix === REDACTED_BROKEN, isRedacted: true };
  }
  if (!original.startsWith(BASE64)) return { text: original, isBroken: false, isRedacted: false };
  const text = Buffer.from(original.slice(BASE64.length), 'base64').toString();
  return { text, isBroken: true, isRedacted: false };
}
