/**
 * How far a stream has come, and what the shipping loop needs of a store that keeps it.
 * `lib/ship/checkpoint.ts` has the rule that moves it, `dynamodb-store.ts` is the store.
 */
import { type EpochMs, formatInstant, isEmpty, type TimeRange } from '../platform/time.ts';
import type { DeliveredChunk, DeliveredEvent } from './fingerprints.ts';

/** The version this program writes. It reads every older one too, and refuses newer ones. */
export const CHECKPOINT_VERSION = 2;

export interface Checkpoint {
  /** The earliest `settled` this stream ever had. A backfill ships what lies before. */
  readonly began: EpochMs;
  /** Everything before this instant is final and never asked for again. Whole milliseconds. */
  readonly settled: EpochMs;
  /** How far the stream has been read. */
  readonly watermark: EpochMs;
  /** Hours are counted from here on. */
  readonly countedFrom: EpochMs;
  /** The query that they are counted with, see `queryKey`; empty before the first run. */
  readonly countedFor: string;
  /** Earlier queries, the oldest first: hours before `until` were counted with it. */
  readonly countedBefore: readonly { readonly query: string; readonly until: EpochMs }[];
  /** Counted twice or not at all, ascending: hours that this touches are not audited. */
  readonly uncounted: readonly TimeRange[];
}

/** Far more than a stream meets in the days that an audit looks back. */
const MOST_RANGES = 50;

/** @param range whose events may have been counted twice, or not at all */
export function withUncounted(checkpoint: Checkpoint, range: TimeRange): Checkpoint {
  if (isEmpty(range)) return checkpoint;
  const merged: TimeRange[] = [];
  for (const next of [...checkpoint.uncounted, range].sort((one, other) => one.start - other.start)) {
    const last = merged.at(-1);
    if (last && next.start <= last.end)
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, next.end) };
    else merged.push(next);
  }
  return { ...checkpoint, uncounted: merged.slice(-MOST_RANGES) };
}

/** Events delivered, by the first millisecond of their hour: the daily audit compares them. */
export type HourlyCounts = ReadonlyMap<EpochMs, number>;

/** What one save writes. */
export interface StreamState {
  readonly checkpoint: Checkpoint;
  /** Of the hours that are not settled yet. */
  readonly hourlyCounts: HourlyCounts;
  /** Events that wait in quarantine, as far as this run knows. */
  readonly quarantined: number;
}

/** The right to run a stream, and what the stream remembers. */
export interface HeldStream extends StreamState {
  /** The stream's first run. */
  readonly isNew: boolean;
  readonly delivered: readonly DeliveredChunk[];
  /**
   * Records `added` and moves the checkpoint, or does neither.
   * @param leaseUntil how long the lease is needed; an instant in the past gives it back
   * @throws LeaseLostError when another run owns the lease
   */
  save(state: StreamState, added: readonly DeliveredEvent[], leaseUntil: EpochMs): Promise<void>;
}

export interface CheckpointStore {
  /**
   * Takes the lease and loads; a new stream's checkpoint is saved in the same step.
   * @param start where a new stream begins
   * @returns `heldUntil` where another run holds the lease
   * @throws CheckpointVersionError
   */
  acquire(
    stream: string,
    start: EpochMs,
    now: EpochMs,
    leaseUntil: EpochMs,
  ): Promise<{ readonly held: HeldStream } | { readonly heldUntil: EpochMs }>;
}

/** Another run has taken the stream over: this one may not save, and must stop. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';

  constructor(stream: string) {
    super(
      `stream ${stream}: another run has taken over the lease, so this one ends. The other run repeats what came after the last save`,
    );
  }
}

/** The checkpoint was written by a newer program. */
export class CheckpointVersionError extends Error {
  override readonly name = 'CheckpointVersionError';

  constructor(stream: string, found: number) {
    super(
      `stream ${stream}: its checkpoint has version ${found}, this program knows versions up to ${CHECKPOINT_VERSION}: deploy the newer program again. Nothing was changed`,
    );
  }
}

/**
 * A stream that leaves no trace: for windows shipped or looked at by hand.
 *
 * @param state what it starts from; nothing in `delivered`, so that everything in the window is new
 * @param onDelivered called once with every event that was acknowledged or quarantined
 */
export function forgetfulStore(
  state: StreamState,
  delivered: readonly DeliveredChunk[] = [],
  onDelivered: (added: readonly DeliveredEvent[]) => void = () => undefined,
): CheckpointStore {
  const save: HeldStream['save'] = async (_, added) => onDelivered(added);
  return { acquire: async () => ({ held: { ...state, delivered, isNew: false, save } }) };
}

/** For messages: `live#default until 2026-11-21T19:18:00.000Z`. */
export function heldMessage(stream: string, until: EpochMs): string {
  return `another run holds ${stream} until ${formatInstant(until)} at the latest, so this one did nothing`;
}
