/** What a backfill may be asked: by a person who starts one, and by its engine while it goes on. */
import { InputError, instantOf } from '../config/start-date.ts';
import { isJsonObject, type JsonObject } from '../platform/json.ts';
import type { EpochMs } from '../platform/time.ts';
import type { BackfillStart } from './protocol.ts';

export interface Range {
  readonly start: EpochMs;
  /** Absent: where the live stream began. */
  readonly end: EpochMs | undefined;
  readonly orgId: string | undefined;
}

export type BackfillCommand =
  | { readonly kind: 'plan'; readonly range: Range; readonly eventsPerSlice: number | undefined }
  | { readonly kind: 'next' | 'status' | 'finish'; readonly range: Range; readonly after: string | undefined }
  | { readonly kind: 'ship'; readonly orgId: string | undefined; readonly slice: EpochMs };

const RANGE_KEYS = ['start_time', 'end_time', 'org_id'];
const START_KEYS = [...RANGE_KEYS, 'max_concurrency', 'events_per_slice'];
const REQUEST_KEYS = [...RANGE_KEYS, 'backfill', 'events_per_slice', 'after', 'slice'];
/** A new account may run ten functions at once, and the live events need one of them. */
const MOST_CONCURRENCY = 100;
/** More events than any 90 days have held so far. */
const MOST_EVENTS_PER_SLICE = 1_000_000_000;

/** @throws InputError for anything it does not know: this input moves months of events */
export function parseBackfillStart(event: unknown, now: EpochMs): BackfillStart {
  if (!isJsonObject(event))
    throw new InputError('to start a backfill, give the function {"start_time": "-90d"}. Nothing was done');
  refuseUnknown(event, START_KEYS);
  rangeOf(event, now);
  integerOf(event, 'max_concurrency', MOST_CONCURRENCY);
  integerOf(event, 'events_per_slice', MOST_EVENTS_PER_SLICE);
  const given = Object.entries(event).filter(([, value]) => value !== null);
  return Object.fromEntries(given) as unknown as BackfillStart;
}

/** @returns undefined for an input that is not one of a backfill's. @throws InputError */
export function parseBackfillRequest(event: unknown, now: EpochMs): BackfillCommand | undefined {
  if (!isJsonObject(event) || event.backfill === undefined) return undefined;
  refuseUnknown(event, REQUEST_KEYS);
  const kind = event.backfill;
  if (kind === 'ship') return { kind, orgId: textOf(event, 'org_id'), slice: instantOf(event, 'slice', now) };
  if (kind === 'plan') {
    const eventsPerSlice = integerOf(event, 'events_per_slice', MOST_EVENTS_PER_SLICE);
    return { kind, range: rangeOf(event, now), eventsPerSlice };
  }
  if (kind === 'next' || kind === 'status' || kind === 'finish')
    return { kind, range: rangeOf(event, now), after: textOf(event, 'after') };
  throw new InputError('backfill must be "plan", "next", "ship", "status" or "finish". Nothing was done');
}

function refuseUnknown(given: JsonObject, known: readonly string[]): void {
  const unknown = Object.keys(given).filter((key) => !known.includes(key));
  if (unknown.length === 0) return;
  throw new InputError(`unknown: ${unknown.join(', ')} (known are ${known.join(', ')}). Nothing was done`);
}

function rangeOf(given: JsonObject, now: EpochMs): Range {
  const start = instantOf(given, 'start_time', now);
  const end = given.end_time === undefined ? undefined : instantOf(given, 'end_time', now);
  if (end !== undefined && end <= start) throw new InputError('end_time must be after start_time. Nothing was done');
  return { start, end, orgId: textOf(given, 'org_id') };
}

function textOf(given: JsonObject, key: string): string | undefined {
  const value = given[key] ?? undefined;
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  throw new InputError(`${key} must be text. Nothing was done`);
}

function integerOf(given: JsonObject, key: string, most: number): number | undefined {
  const value = given[key] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new InputError(`${key} must be a whole number from 1 to ${most}. Nothing was done`);
}
