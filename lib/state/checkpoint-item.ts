/** The item `checkpoint` of a stream: its key, its conditions, and the two writes that take and keep the lease. */
import { type AttributeValue, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { EpochMs } from '../platform/clock.ts';
import { formatInstant } from '../platform/instant.ts';
import { CHECKPOINT_VERSION } from '../ship/checkpoint.ts';
import { FINGERPRINT_BYTES } from '../ship/fingerprint.ts';
import type { DeliveredEvent, StreamState } from './checkpoint-store.ts';
import { PARTITION_KEY, SORT_KEY } from './table.ts';

const LEASE_IS_FREE_OR_OURS = '(attribute_not_exists(leaseUntil) OR leaseUntil < :now OR #owner = :me)';
const VERSION_IS_KNOWN = '(attribute_not_exists(version) OR version <= :version)';
/** Not the lease's time: a save that DynamoDB's client had to repeat, or that comes late but unchallenged, is still ours. */
const LEASE_IS_OURS = '#owner = :me';

export type Item = Record<string, AttributeValue>;

export function checkpointKey(stream: string): Item {
  return { [PARTITION_KEY]: { S: stream }, [SORT_KEY]: { S: 'checkpoint' } };
}

export function numberOf(item: Item, name: string): number {
  return Number(item[name]?.N ?? 0);
}

/** What the item says of its stream, less the fingerprints. */
export function stateIn(item: Item): StreamState {
  const tallies = Object.entries(item.tallies?.M ?? {});
  return {
    checkpoint: {
      began: numberOf(item, 'began'),
      settled: numberOf(item, 'settled'),
      watermark: numberOf(item, 'watermark'),
      countedFrom: numberOf(item, 'countedFrom'),
      countedFor: item.countedFor?.S ?? '',
    },
    tallies: new Map(tallies.map(([hour, count]) => [Number(hour), Number(count.N)])),
    quarantined: numberOf(item, 'quarantined'),
  };
}

/** Takes the lease; a new stream's checkpoint is written in the same step. */
export function acquireCommand(
  table: string,
  stream: string,
  owner: string,
  start: EpochMs,
  now: EpochMs,
  leaseUntil: EpochMs,
) {
  return new UpdateItemCommand({
    TableName: table,
    Key: checkpointKey(stream),
    UpdateExpression:
      'SET #owner = :me, leaseUntil = :until, ranAt = :now, version = if_not_exists(version, :version), began = if_not_exists(began, :start), settled = if_not_exists(settled, :start), watermark = if_not_exists(watermark, :start), countedFrom = if_not_exists(countedFrom, :start), runs = if_not_exists(runs, :zero) + :one',
    ConditionExpression: `${LEASE_IS_FREE_OR_OURS} AND ${VERSION_IS_KNOWN}`,
    ExpressionAttributeNames: { '#owner': 'owner' },
    ExpressionAttributeValues: {
      ':me': { S: owner },
      ':now': { N: String(now) },
      ':until': { N: String(leaseUntil) },
      ':start': { N: String(start) },
      ':version': { N: String(CHECKPOINT_VERSION) },
      ':zero': { N: '0' },
      ':one': { N: '1' },
    },
    ReturnValues: 'ALL_NEW',
  });
}

/** Moves the checkpoint, for whoever owns the lease. @param leaseUntil an instant in the past gives it back */
export function saveCommand(
  table: string,
  stream: string,
  owner: string,
  { checkpoint, tallies, quarantined }: StreamState,
  recent: readonly DeliveredEvent[],
  chunksUntil: EpochMs,
  save: number,
  leaseUntil: EpochMs,
) {
  const tallyMap = Object.fromEntries([...tallies].map(([hour, events]) => [String(hour), { N: String(events) }]));
  return new UpdateItemCommand({
    TableName: table,
    Key: checkpointKey(stream),
    UpdateExpression:
      'SET version = :version, began = :began, settled = :settled, watermark = :watermark, countedFrom = :countedFrom, countedFor = :countedFor, recent = :recent, saves = :save, chunksUntil = :chunksUntil, tallies = :tallies, quarantined = :quarantined, leaseUntil = :until, readable = :readable',
    ConditionExpression: LEASE_IS_OURS,
    ExpressionAttributeNames: { '#owner': 'owner' },
    ExpressionAttributeValues: {
      ':me': { S: owner },
      ':version': { N: String(CHECKPOINT_VERSION) },
      ':began': { N: String(checkpoint.began) },
      ':settled': { N: String(checkpoint.settled) },
      ':watermark': { N: String(checkpoint.watermark) },
      ':countedFrom': { N: String(checkpoint.countedFrom) },
      ':countedFor': { S: checkpoint.countedFor },
      ':recent': { B: encodeRecent(recent) },
      ':save': { N: String(save) },
      ':chunksUntil': { N: String(chunksUntil) },
      ':tallies': { M: tallyMap },
      ':quarantined': { N: String(quarantined) },
      ':until': { N: String(leaseUntil) },
      // For a person who looks at the table.
      ':readable': {
        S: `read to ${formatInstant(checkpoint.watermark)}, settled to ${formatInstant(checkpoint.settled)}`,
      },
    },
  });
}

/** A fingerprint and its event's instant, which the checkpoint keeps of its own few, so that each can go in its time. */
const INSTANT_BYTES = 6;
const RECENT_BYTES = FINGERPRINT_BYTES + INSTANT_BYTES;

function encodeRecent(events: readonly DeliveredEvent[]): Buffer {
  const bytes = Buffer.alloc(events.length * RECENT_BYTES);
  for (const [nth, { fingerprint, at }] of events.entries()) {
    bytes.write(fingerprint, nth * RECENT_BYTES, 'latin1');
    bytes.writeUIntBE(Math.max(0, at), nth * RECENT_BYTES + FINGERPRINT_BYTES, INSTANT_BYTES);
  }
  return bytes;
}

/** The fingerprints in the checkpoint itself. */
export function recentIn(item: Item): DeliveredEvent[] {
  const bytes = Buffer.from(item.recent?.B ?? []);
  return Array.from({ length: bytes.length / RECENT_BYTES }, (_, nth) => {
    const start = nth * RECENT_BYTES;
    const end = start + FINGERPRINT_BYTES;
    return { fingerprint: bytes.toString('latin1', start, end), at: bytes.readUIntBE(end, INSTANT_BYTES) };
  });
}
