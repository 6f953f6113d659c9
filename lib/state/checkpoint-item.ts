/** The item `checkpoint` of a stream, and the two updates that take the lease and keep it. */
import { type EpochMs, formatInstant } from '../platform/time.ts';
import { CHECKPOINT_VERSION, type Checkpoint, type StreamState, withUncounted } from './checkpoint.ts';
import { type DeliveredEvent, encodeRecent } from './fingerprints.ts';
import { CHECKPOINT, type Stored } from './items.ts';
import { type Change, type Key, placeholders, setAll } from './table.ts';

const LEASE_IS_FREE_OR_OURS = '(attribute_not_exists(#leaseUntil) OR #leaseUntil < :now OR #owner = :me)';
const VERSION_IS_KNOWN = '(attribute_not_exists(#version) OR #version <= :version)';
/** Not the lease's time: a save that comes late but unchallenged, or once more, is still ours. */
const LEASE_IS_OURS = '#owner = :me';

export type CheckpointItem = Stored<typeof CHECKPOINT>;

export function checkpointKey(stream: string): Key<typeof CHECKPOINT> {
  return { kind: CHECKPOINT, stream, id: '' };
}

/** What the item says of its stream, without the fingerprints. */
export function stateIn(item: CheckpointItem): StreamState {
  const { began = 0, settled = 0, watermark = 0, countedFrom = 0, countedFor = '', tallies = {} } = item;
  const { countedBefore = '[]', uncounted = '[]' } = item;
  const checkpoint: Checkpoint = {
    ...{ began, settled, watermark, countedFrom, countedFor },
    countedBefore: JSON.parse(countedBefore),
    uncounted: JSON.parse(uncounted),
  };
  // No fingerprint of version 1 equals ours: what was not settled is shipped again.
  const isOld = (item.version ?? 0) < 2;
  return {
    checkpoint: isOld ? withUncounted(checkpoint, { start: settled, end: watermark }) : checkpoint,
    hourlyCounts: new Map(Object.entries(tallies).map(([hour, events]) => [Number(hour), events])),
    quarantined: item.quarantined ?? 0,
  };
}

export interface Lease {
  readonly owner: string;
  /** The schedule asked for the run, and not a person. */
  readonly isScheduled?: boolean;
  readonly until: EpochMs;
}

/** Takes the lease. A new stream's checkpoint is written in the same step, at `start`. */
export function takeLease({ owner, until, isScheduled }: Lease, start: EpochMs, now: EpochMs): Change {
  const marks = ['began', 'settled', 'watermark', 'countedFrom'].map(
    (name) => `#${name} = if_not_exists(#${name}, :start)`,
  );
  return {
    update: `SET #owner = :me, #leaseUntil = :until, #ranAt = :now, ${isScheduled ? '#scheduledAt = :now, ' : ''}#runs = if_not_exists(#runs, :zero) + :one, #version = if_not_exists(#version, :version), ${marks.join(', ')}`,
    condition: `${LEASE_IS_FREE_OR_OURS} AND ${VERSION_IS_KNOWN}`,
    values: {
      ':me': owner,
      ':now': now,
      ':until': until,
      ':start': start,
      ':version': CHECKPOINT_VERSION,
      ':zero': 0,
      ':one': 1,
    },
  };
}

export interface Save extends StreamState {
  readonly recent: readonly DeliveredEvent[];
  readonly chunksUntil: EpochMs;
  /** Its number. */
  readonly save: number;
}

/** Moves the checkpoint, for the owner of the lease alone. */
export function moveCheckpoint({ owner, until }: Lease, save: Save): Change {
  const { checkpoint, hourlyCounts, quarantined, recent, chunksUntil } = save;
  const attributes: CheckpointItem = {
    version: CHECKPOINT_VERSION,
    ...checkpoint,
    countedBefore: JSON.stringify(checkpoint.countedBefore),
    uncounted: JSON.stringify(checkpoint.uncounted),
    tallies: Object.fromEntries(hourlyCounts),
    quarantined,
    recent: encodeRecent(recent),
    chunksUntil,
    saves: save.save,
    leaseUntil: until,
    readable: `read to ${formatInstant(checkpoint.watermark)}, settled to ${formatInstant(checkpoint.settled)}`,
  };
  return {
    update: setAll(attributes),
    condition: LEASE_IS_OURS,
    values: { ':me': owner, ...placeholders(attributes) },
  };
}
