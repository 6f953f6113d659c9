/**
 * What the engine and the shipping function say to each other: the engine decides what is next, the
 * shipping function does it, and all of it is small JSON that an operator can read in the console.
 */
import { plural } from '../platform/messages.ts';

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

export type BackfillRange = Pick<BackfillStart, 'start_time' | 'end_time' | 'org_id'>;

export type BackfillRequest =
  | ({ readonly backfill: 'plan' } & BackfillRange & Pick<BackfillStart, 'events_per_slice'>)
  | ({ readonly backfill: 'ship' } & SliceName)
  /** `finish` asks JumpCloud for its counts as well. `after` is what an answer gave. */
  | ({ readonly backfill: 'next' | 'status' | 'finish'; readonly after?: string | undefined } & BackfillRange);

export interface SliceName {
  readonly org_id?: string | undefined;
  /** Its start, which is its name in the ledger. */
  readonly slice: string;
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
}

export interface SliceReference extends SliceName {
  readonly events: number;
}

export interface NextAnswer {
  readonly slices: readonly SliceReference[];
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
  readonly differences: readonly SliceDifference[];
  /** As `NextAnswer`'s. */
  readonly after?: string;
}

export interface SliceDifference extends SliceName {
  readonly counted: number;
  readonly delivered: number;
}

/** Enough to see what is wrong; the table has them all. */
const MOST_LISTED = 20;

export const NO_TOTALS: Totals = {
  ...{ message: '', slices: 0, slicesDone: 0, events: 0, delivered: 0, quarantined: 0 },
  ...{ failures: [], differences: [] },
};

export function addTotals(a: Totals, b: Totals): Totals {
  return {
    message: '',
    slices: a.slices + b.slices,
    slicesDone: a.slicesDone + b.slicesDone,
    events: a.events + b.events,
    delivered: a.delivered + b.delivered,
    quarantined: a.quarantined + b.quarantined,
    ...(b.counted !== undefined && { counted: (a.counted ?? 0) + b.counted }),
    failures: [...a.failures, ...b.failures].slice(0, MOST_LISTED),
    differences: [...a.differences, ...b.differences].slice(0, MOST_LISTED),
  };
}

export function sentenceOf({ slices, slicesDone, delivered, quarantined, counted }: Totals): string {
  const inQuarantine = quarantined > 0 ? ` (${quarantined} of them in quarantine)` : '';
  const done = `${slicesDone} of ${plural(slices, 'slice is', 'slices are')} done, with ${plural(delivered, 'event')}${inQuarantine}`;
  if (counted === undefined) return `${done}.`;
  if (counted === delivered) return `${done}: exactly what JumpCloud counts.`;
  return `${done}; JumpCloud counts ${counted} now, a difference of ${counted - delivered}.`;
}
