/**
 * What the engine and the shipping function say to each other: the engine decides what is next, the
 * shipping function does it, and all of it is small JSON that an operator can read in the console.
 */

/** What starts a backfill. */
export interface BackfillStart {
  /** Instants, or ages such as `-90d`. */
  readonly start_time: string;
  /** Absent: where each organization's live stream began. */
  readonly end_time?: string;
  /** Absent: every configured organization. */
  readonly org_id?: string;
  readonly max_concurrency?: number;
  readonly events_per_slice?: number;
}

export type BackfillRange = Pick<BackfillStart, 'start_time' | 'end_time' | 'org_id'>;

/** Where a list goes on; the shipping function alone reads it. */
export type Cursor = string;

export type BackfillRequest =
  | ({ readonly backfill: 'plan' } & BackfillRange & Pick<BackfillStart, 'events_per_slice'>)
  | ({ readonly backfill: 'next'; readonly after?: Cursor } & BackfillRange)
  | { readonly backfill: 'ship'; readonly org_id?: string; readonly slice: string }
  /** `finish` asks JumpCloud for its counts as well. */
  | ({ readonly backfill: 'status' | 'finish'; readonly after?: Cursor } & BackfillRange);

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

export interface SliceReference {
  readonly org_id?: string;
  /** Its start, which is its name in the ledger. */
  readonly slice: string;
  readonly events: number;
}

export interface NextAnswer {
  readonly slices: readonly SliceReference[];
  /** Absent: there are no more. */
  readonly after?: Cursor;
}

export interface ShipAnswer {
  readonly message: string;
  readonly done: boolean;
  readonly shipped: number;
  /** It came further, or cannot for now. */
  readonly moved: boolean;
  /** Times that JumpCloud answered 429. */
  readonly throttled: number;
  /** Nothing can be done for this slice before that many milliseconds have passed. */
  readonly waitMs?: number;
  readonly failure?: string;
  /** As `Failure`'s. */
  readonly retryAfterMs?: number;
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
  readonly failures: readonly SliceFailure[];
  /** Slices whose numbers differ from JumpCloud's; the first few, of `finish` only. */
  readonly differences: readonly SliceDifference[];
  readonly after?: Cursor;
}

export interface SliceFailure {
  readonly org_id?: string;
  readonly slice: string;
  readonly failure: string;
}

export interface SliceDifference {
  readonly org_id?: string;
  readonly slice: string;
  readonly counted: number;
  readonly delivered: number;
}
