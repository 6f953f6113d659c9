/**
 * What a person, the engine and the shipping function say to each other: the engine decides what is
 * next, the shipping function does it, in small JSON that an operator can read in the console.
 */
import { InputError, instantOf } from '../config/start-date.ts';
import { isJsonObject, type JsonObject } from '../platform/json.ts';
import { plural } from '../platform/messages.ts';
import type { EpochMs } from '../platform/time.ts';

/** What starts a backfill. */
export interface BackfillStart {
  /** Instants, or ages such as `-90d`. */
  readonly start_time: string;
  /** Absent: where each organization's live stream began. */
  readonly end_time?: string | undefined;
  /** Absent: every configured organization. */
  readonly org_id?: string | undefined;
  readonly max_concurrency?: number | undefined;
  readonly events_per_slice?: number | undefined;
}

/** `finish` says what `status` does, and asks JumpCloud for its counts as well. */
const KINDS = ['plan', 'next', 'ship', 'status', 'finish'] as const;

/** What the engine asks: `ship` of one slice, all others of a range. */
export interface BackfillRequest extends Partial<Omit<BackfillStart, 'max_concurrency'>>, Partial<SliceName> {
  readonly backfill: (typeof KINDS)[number];
  /** As an answer to the same question gave it. */
  readonly after?: string | undefined;
}

/** A request that was read. */
export type BackfillCommand = NonNullable<ReturnType<typeof parseBackfillRequest>>;

const RANGE_KEYS = ['start_time', 'end_time', 'org_id', 'events_per_slice'];
const START_KEYS = [...RANGE_KEYS, 'max_concurrency'];
const REQUEST_KEYS = [...RANGE_KEYS, 'backfill', 'after', 'slice'];
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
  const given = Object.entries(event).filter(([, value]) => value !== null);
  return Object.fromEntries(given) as unknown as BackfillStart;
}

/**
 * @returns undefined for an input that is not one of a backfill's; without `end` where a range ends
 * where the live stream began
 * @throws InputError
 */
export function parseBackfillRequest(event: unknown, now: EpochMs) {
  if (!isJsonObject(event) || event.backfill === undefined) return undefined;
  refuseUnknown(event, REQUEST_KEYS);
  const kind = KINDS.find((known) => known === event.backfill);
  if (kind === undefined)
    throw new InputError('backfill must be "plan", "next", "ship", "status" or "finish". Nothing was done');
  return { kind, ...rangeOf(event, now, kind === 'ship' ? 'slice' : 'start_time'), after: textOf(event, 'after') };
}

function refuseUnknown(given: JsonObject, known: readonly string[]): void {
  const unknown = Object.keys(given).filter((key) => !known.includes(key));
  if (unknown.length === 0) return;
  throw new InputError(`unknown: ${unknown.join(', ')} (known are ${known.join(', ')}). Nothing was done`);
}

function rangeOf(given: JsonObject, now: EpochMs, startKey = 'start_time') {
  const start = instantOf(given, startKey, now);
  const end = given.end_time === undefined ? undefined : instantOf(given, 'end_time', now);
  if (end !== undefined && end <= start) throw new InputError('end_time must be after start_time. Nothing was done');
  const eventsPerSlice = integerOf(given, 'events_per_slice', MOST_EVENTS_PER_SLICE);
  return { start, end, orgId: textOf(given, 'org_id'), eventsPerSlice };
}

/** @returns undefined where it is missing or null. @throws InputError */
export function textOf(given: JsonObject, key: string): string | undefined {
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

/** The request could not be served. */
export interface Failure {
  readonly failure: string;
  /** Asking again will not help: somebody has to change the input, or wait for the first run. */
  readonly isFinal?: boolean;
  /** JumpCloud or Logz.io asked not to be asked again for so long. */
  readonly retryAfterMs?: number;
}

export interface PlanAnswer {
  readonly message: string;
  /** False: ask again, at once or after `waitMs`; what was cut so far is kept. */
  readonly planned: boolean;
  readonly waitMs?: number;
  /** As an instant, so that an age is not counted from another now later on. */
  readonly start_time: string;
  /** The same; absent where none was given. */
  readonly end_time?: string;
}

export interface SliceName {
  readonly org_id?: string | undefined;
  /** Its start, which is its name in the ledger. */
  readonly slice: string;
}

export interface NextAnswer {
  readonly message: string;
  readonly slices: readonly (SliceName & { readonly events: number })[];
  /** Where the list goes on; absent: there are no more. */
  readonly after?: string;
}

export interface ShipAnswer extends Partial<Omit<Failure, 'isFinal'>> {
  readonly message: string;
  readonly done: boolean;
  readonly shipped: number;
  /** It came further, or cannot for now. */
  readonly moved: boolean;
  /** Times that JumpCloud answered 429. */
  readonly throttled: number;
  /** Nothing can be done for this slice before that many milliseconds have passed. */
  readonly waitMs?: number;
}

/** Added up over slices and organizations. */
export interface Totals {
  readonly message: string;
  readonly slices: number;
  readonly slicesDone: number;
  /** Counted by JumpCloud when the slices were cut. */
  readonly events: number;
  /** Acknowledged by Logz.io or quarantined. */
  readonly delivered: number;
  readonly quarantined: number;
  /** JumpCloud's count now, of `finish` only. */
  readonly counted?: number;
  /** Slices that are not done; the first few. */
  readonly failures: readonly (SliceName & Pick<Failure, 'failure'>)[];
  /** Slices whose numbers differ from JumpCloud's; the first few, of `finish` only. */
  readonly differences: readonly (SliceName & { readonly counted: number; readonly delivered: number })[];
  /** As `NextAnswer`'s. */
  readonly after?: string;
}

/** Enough to see what is wrong; the table has them all. */
const MOST_LISTED = 20;

const NONE = { slices: 0, slicesDone: 0, events: 0, delivered: 0, quarantined: 0, failures: [], differences: [] };
export const NO_TOTALS: Totals = { ...NONE, message: sentenceOf(NONE) };

export function addTotals(a: Totals, b: Totals): Totals {
  const sum = {
    slices: a.slices + b.slices,
    slicesDone: a.slicesDone + b.slicesDone,
    events: a.events + b.events,
    delivered: a.delivered + b.delivered,
    quarantined: a.quarantined + b.quarantined,
    ...((a.counted ?? b.counted) !== undefined && { counted: (a.counted ?? 0) + (b.counted ?? 0) }),
    failures: [...a.failures, ...b.failures].slice(0, MOST_LISTED),
    differences: [...a.differences, ...b.differences].slice(0, MOST_LISTED),
  };
  return { message: sentenceOf(sum), ...sum };
}

export function sentenceOf({ slices, slicesDone, delivered, quarantined, counted }: Omit<Totals, 'message'>): string {
  const inQuarantine = quarantined > 0 ? ` (${quarantined} of them in quarantine)` : '';
  const done = `${slicesDone} of ${plural(slices, 'slice is', 'slices are')} done, with ${plural(delivered, 'event')}${inQuarantine}`;
  if (counted === undefined) return `${done}.`;
  if (counted === delivered) return `${done}: exactly what JumpCloud counts.`;
  return `${done}; JumpCloud counts ${counted} now, a difference of ${counted - delivered}.`;
}
