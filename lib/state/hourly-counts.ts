/** How many events of each hour were shipped: counted with the checkpoint, put aside once the hour is settled. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  paginateQuery,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { EpochMs } from '../platform/clock.ts';
import { formatSeconds } from '../platform/instant.ts';
import type { DeliveredEvent, Tallies } from './checkpoint-store.ts';
import { EXPIRES, PARTITION_KEY, SORT_KEY } from './table.ts';

export const HOUR_MS = 3_600_000;
const PREFIX = 'audit#';
/** JumpCloud keeps events for 90 days: older hours can no longer be compared. */
const KEEP_MS = 90 * 24 * HOUR_MS;

export function hourOf(instant: EpochMs): EpochMs {
  return Math.floor(instant / HOUR_MS) * HOUR_MS;
}

/**
 * Writes the tallies of hours that `settled` has passed to items of their own.
 *
 * Before the checkpoint moves, not after, so that a crash between the two loses none; the larger number wins, so that
 * neither the repetition after such a crash nor a run that lost its lease can make one smaller.
 *
 * @returns the tallies that stay with the checkpoint
 */
export async function closeTallies(
  dynamodb: DynamoDBClient,
  table: string,
  stream: string,
  tallies: Tallies,
  settled: EpochMs,
): Promise<Tallies> {
  const open = new Map<EpochMs, number>();
  for (const [hour, events] of tallies) {
    if (hour + HOUR_MS > settled) open.set(hour, events);
    else await keepLarger(dynamodb, table, stream, hour, events);
  }
  return open;
}

/**
 * Tallies events shipped by hand, for the audit, which would report an hour for as long as JumpCloud keeps it although
 * somebody has filled it. Only hours of which all was shipped: their own events alone are then no fewer than JumpCloud's,
 * and no more than Logz.io has, whatever had been shipped of them before.
 */
export class WindowTallies {
  readonly #tallies = new Map<EpochMs, number>();

  add(events: readonly DeliveredEvent[]): void {
    for (const { at } of events) this.#tallies.set(hourOf(at), (this.#tallies.get(hourOf(at)) ?? 0) + 1);
  }

  /** @param start of the window; @param shippedTo everything before it was shipped */
  async close(
    dynamodb: DynamoDBClient,
    table: string,
    stream: string,
    start: EpochMs,
    shippedTo: EpochMs,
  ): Promise<void> {
    const begunInside = [...this.#tallies].filter(([hour]) => hour >= start);
    await closeTallies(dynamodb, table, stream, new Map(begunInside), shippedTo);
  }
}

async function keepLarger(
  dynamodb: DynamoDBClient,
  table: string,
  stream: string,
  hour: EpochMs,
  events: number,
): Promise<void> {
  try {
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { [PARTITION_KEY]: { S: stream }, [SORT_KEY]: { S: PREFIX + formatSeconds(hour) } },
        UpdateExpression: 'SET events = :events, #expires = :expires',
        ConditionExpression: 'attribute_not_exists(events) OR events < :events',
        ExpressionAttributeNames: { '#expires': EXPIRES },
        ExpressionAttributeValues: {
          ':events': { N: String(events) },
          ':expires': { N: String(Math.floor((hour + KEEP_MS) / 1000)) },
        },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

/** @returns the closed tallies of the hours in `[from, to)`; an hour without events has none */
export async function readTallies(
  dynamodb: DynamoDBClient,
  table: string,
  stream: string,
  from: EpochMs,
  to: EpochMs,
): Promise<Map<EpochMs, number>> {
  const pages = paginateQuery(
    { client: dynamodb },
    {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: '#stream = :stream AND #item BETWEEN :from AND :to',
      ExpressionAttributeNames: { '#stream': PARTITION_KEY, '#item': SORT_KEY },
      ExpressionAttributeValues: {
        ':stream': { S: stream },
        ':from': { S: PREFIX + formatSeconds(from) },
        ':to': { S: PREFIX + formatSeconds(to - HOUR_MS) },
      },
    },
  );
  const tallies = new Map<EpochMs, number>();
  for await (const page of pages) {
    for (const item of page.Items ?? []) {
      tallies.set(Date.parse((item[SORT_KEY]?.S ?? '').slice(PREFIX.length)), Number(item.events?.N ?? 0));
    }
  }
  return tallies;
}
