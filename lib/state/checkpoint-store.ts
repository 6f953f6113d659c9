/** What the shipping loop needs of a checkpoint store. `dynamodb-store.ts` implements it. */
import { type EpochMs, formatInstant } from '../platform/time.ts';
import type { StreamState } from './checkpoint.ts';
import type { DeliveredChunk, DeliveredEvent } from './fingerprints.ts';

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

export type Acquisition =
  | { readonly held: HeldStream }
  /** Another run holds the lease. */
  | { readonly heldUntil: EpochMs };

export interface CheckpointStore {
  /**
   * Takes the lease and loads; a new stream's checkpoint is saved in the same step.
   * @param start where a new stream begins
   * @throws CheckpointVersionError
   */
  acquire(stream: string, start: EpochMs, now: EpochMs, leaseUntil: EpochMs): Promise<Acquisition>;
}

/** Another run has taken the stream over: this one may not save, and must stop. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';

  constructor(stream: string) {
    super(
      `stream ${stream}: another run has taken over the lease, so this one ends; its progress since the last save is repeated by the other`,
    );
  }
}

/** The checkpoint was written by a newer program. */
export class CheckpointVersionError extends Error {
  override readonly name = 'CheckpointVersionError';

  constructor(stream: string, found: number, known: number) {
    super(
      `stream ${stream}: its checkpoint has version ${found}, this program knows versions up to ${known}: deploy the newer program again, nothing was changed`,
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
  return `another run holds ${stream} until ${formatInstant(until)} at the latest; nothing to do here`;
}
