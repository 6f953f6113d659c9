/** The item `checkpoint` of a stream, and the two updates that take the lease and keep it. */
import { type EpochMs, formatInstant } from '../platform/time.ts';
import { CHECKPOINT_VERSION, type Checkpoint, type StreamState, withUncounted } from './checkpoint.ts';
import { type DeliveredEvent, FINGERPRINT_BYTES } from './fingerprints.ts';
import { CHECKPOINT, type Stored } from './items.ts';
import { type Change, type Key, setAll } from './table.ts';

const LEASE_IS_FREE_OR_OURS = '(attribute_not_exists(#leaseUntil) OR #leaseUntil < :now OR #owner = :me)';
const VERSION_IS_KNOWN = '(attribute_not_exists(#version) OR #version <= :version)';
/**
 * Not the lease's time: a save that comes late but unchallenged, or once more, is still ours. One
 * that the client gave up and repeated may arrive behind the next save: it would undo that.
 */
const LEASE_IS_OURS = '#owner = :me AND (attribute_not_exists(#saves) OR #saves <= :saves)';

export type CheckpointItem = Stored<typeof CHECKPOINT>;

export function checkpointKey(stream: string): Key<typeof CHECKPOINT> {
  return { kind: CHECKPOINT, stream, id: '' };
}

/** What the item itself remembers of its stream; more fingerprints may lie in chunks. */
export interface SavedState extends StreamState {
  readonly recent: readonly DeliveredEvent[];
  /** No chunk has an event after it. */
  readonly chunksUntil: EpochMs;
  /** Number of the save. */
  readonly saves: number;
}

export function stateIn(item: CheckpointItem): SavedState {
  const { began = 0, settled = 0, watermark = 0, countedFrom = 0, countedFor = '', tallies = {} } = item;
  const { countedBefore = '[]', uncounted = '[]', quarantined = 0, chunksUntil = 0, saves = 0 } = item;
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
    recent: decodeRecent(item.recent ?? new Uint8Array()),
    ...{ quarantined, chunksUntil, saves },
  };
}

export interface Lease {
  readonly owner: string;
  /** The schedule asks for the run, and not a person. */
  readonly isScheduled: boolean;
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
      ...{ ':me': owner, ':until': until, ':now': now, ':start': start },
      ...{ ':version': CHECKPOINT_VERSION, ':zero': 0, ':one': 1 },
    },
  };
}

/** Moves the checkpoint, for the owner of the lease alone. */
export function moveCheckpoint(owner: string, leaseUntil: EpochMs, state: SavedState): Change {
  const { checkpoint, hourlyCounts, quarantined, recent, chunksUntil, saves } = state;
  const attributes: CheckpointItem = {
    version: CHECKPOINT_VERSION,
    ...checkpoint,
    countedBefore: JSON.stringify(checkpoint.countedBefore),
    uncounted: JSON.stringify(checkpoint.uncounted),
    tallies: Object.fromEntries(hourlyCounts),
    recent: encodeRecent(recent),
    ...{ quarantined, chunksUntil, saves, leaseUntil },
    readable: `read to ${formatInstant(checkpoint.watermark)}, settled to ${formatInstant(checkpoint.settled)}`,
  };
  const { update, values } = setAll(attributes);
  return { update, condition: LEASE_IS_OURS, values: { ...values, ':me': owner } };
}

/** The checkpoint keeps an instant with each fingerprint, so that each is forgotten in time. */
const INSTANT_BYTES = 6;
const RECENT_BYTES = FINGERPRINT_BYTES + INSTANT_BYTES;

function encodeRecent(events: readonly DeliveredEvent[]): Buffer {
  const bytes = Buffer.alloc(events.length * RECENT_BYTES);
  for (const [nth, { fingerprint, at }] of events.entries()) {
    bytes.write(fingerprint, nth * RECENT_BYTES, 'utf16le');
    bytes.writeUIntBE(Math.max(0, at), nth * RECENT_BYTES + FINGERPRINT_BYTES, INSTANT_BYTES);
  }
  return bytes;
}

function decodeRecent(recent: Uint8Array): DeliveredEvent[] {
  const bytes = Buffer.from(recent);
  return Array.from({ length: bytes.length / RECENT_BYTES }, (_, nth) => {
    const start = nth * RECENT_BYTES;
    const end = start + FINGERPRINT_BYTES;
    return { fingerprint: bytes.toString('utf16le', start, end), at: bytes.readUIntBE(end, INSTANT_BYTES) };
  });
}
