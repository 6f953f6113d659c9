/** One event on its way: its line, or why it is quarantined. */
import type { RawEvent } from '../jumpcloud/page.ts';
import { type EventRecord, LARGEST_LINE_BYTES } from '../logzio/bulk.ts';
import type { Redact } from '../shape/private-fields.ts';
import type { Shape, ShapedLog } from '../shape/shape.ts';
import type { Examined } from './event-filter.ts';
import { redactEvent } from './redact.ts';

export type NewEvent = Extract<Examined, { kind: 'new' | 'quarantine' }>;
export type Log = ShapedLog | { readonly reason: string };

/** @param redact absent where no field is to be dropped or hashed */
export function toRecord(
  raw: RawEvent,
  found: NewEvent,
  shape: Shape,
  redact: Redact | undefined,
): { record: EventRecord; log: Log } {
  const { event, received } = redact ? redactEvent(raw, found, redact) : { event: found, received: raw };
  const log = toLog(event, shape);
  const record: EventRecord = {
    fingerprint: event.fingerprint,
    at: event.at,
    received,
    shortened: 'shortened' in log && log.shortened.length > 0,
    dated: event.kind === 'new' || event.instant !== undefined,
  };
  return { record, log };
}

function toLog(event: NewEvent, shape: Shape): Log {
  if (event.kind === 'quarantine') return event;
  try {
    const log = shape(event.event);
    const isShort = log.line.length * 3 <= LARGEST_LINE_BYTES || Buffer.byteLength(log.line) <= LARGEST_LINE_BYTES;
    return isShort ? log : { reason: `a line over ${LARGEST_LINE_BYTES} bytes` };
  } catch (error) {
    return { reason: `cannot be shaped (${error instanceof Error ? error.message : error})` };
  }
}
