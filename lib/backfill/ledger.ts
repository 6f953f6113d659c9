/**
 * What an organization's backfills have cut and shipped, in the table under `backfill#<organization>`: one item a slice.
 *
 * Slices never overlap and are never cut anew, so that a backfill that is started again, even with other limits, goes on
 * from what is there: what is done is not shipped a second time.
 */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { EpochMs } from '../platform/clock.ts';
import { formatInstant } from '../platform/instant.ts';
import type { Window } from '../ship/window.ts';
import { EXPIRES, PARTITION_KEY, SORT_KEY } from '../state/table.ts';
import type { Slice } from './cut.ts';

export interface LedgerSlice extends Slice {
  /** Events acknowledged or put aside so far; exact also after runs that were killed. */
  readonly delivered: number;
  /** Of these, events put aside. */
  readonly quarantined: number;
  readonly done: boolean;
  /** Why its last run failed; absent when that one went well. */
  readonly failure?: string;
}

/** What one run of a slice adds. */
export interface SliceRun {
  readonly delivered: number;
  readonly quarantined: number;
  readonly done: boolean;
  readonly failure?: string | undefined;
  /** How far it was shipped, which is kept once it is done. */
  readonly end: EpochMs;
}

/** How long a slice is remembered: well beyond the 90 days for which JumpCloud could be asked for its events again. */
const KEEP_MS = 400 * 24 * 3_600_000;
const PREFIX = 'slice#';

type Item = Record<string, AttributeValue>;

/** @param orgId undefined where the key belongs to one organization */
export function ledgerName(orgId: string | undefined): string {
  return `backfill#${orgId ?? 'default'}`;
}

export type Ledger = ReturnType<typeof createLedger>;

export function createLedger(dynamodb: DynamoDBClient, table: string, orgId: string | undefined) {
  const ledger = ledgerName(orgId);
  const keyOf = (start: EpochMs): Item => ({
    [PARTITION_KEY]: { S: ledger },
    [SORT_KEY]: { S: PREFIX + formatInstant(start) },
  });

  return {
    /** The slices that lie in `range`, wholly or in part, ascending. */
    async list(range: Window): Promise<LedgerSlice[]> {
      const pages = paginateQuery(
        { client: dynamodb },
        {
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: '#stream = :ledger AND #item BETWEEN :first AND :last',
          ExpressionAttributeNames: { '#stream': PARTITION_KEY, '#item': SORT_KEY },
          ExpressionAttributeValues: {
            ':ledger': { S: ledger },
            ':first': { S: PREFIX },
            ':last': { S: PREFIX + formatInstant(range.end - 1) },
          },
        },
      );
      const slices: LedgerSlice[] = [];
      for await (const page of pages) {
        slices.push(...(page.Items ?? []).map(toSlice).filter(({ end }) => end > range.start));
      }
      return slices;
    },

    /** @returns undefined when no slice begins at `start` */
    async get(start: EpochMs): Promise<LedgerSlice | undefined> {
      const { Item: item } = await dynamodb.send(
        new GetItemCommand({ TableName: table, Key: keyOf(start), ConsistentRead: true }),
      );
      return item && toSlice(item);
    },

    /** Keeps a new slice; a slice that begins there already stays as it is. */
    async add(slice: Slice, now: EpochMs): Promise<void> {
      const put = new PutItemCommand({
        TableName: table,
        Item: {
          ...keyOf(slice.start),
          end: { N: String(slice.end) },
          events: { N: String(slice.events) },
          [EXPIRES]: { N: String(Math.floor((now + KEEP_MS) / 1000)) },
          // For a person who looks at the table.
          readable: { S: `to ${formatInstant(slice.end)}` },
        },
        ConditionExpression: 'attribute_not_exists(#item)',
        ExpressionAttributeNames: { '#item': SORT_KEY },
      });
      await unlessRefused(dynamodb.send(put));
    },

    /** Records a run's outcome; what is done stays done, whatever a straggler says. */
    async record({ start }: Slice, { delivered, quarantined, done, failure, end }: SliceRun): Promise<void> {
      const update = new UpdateItemCommand({
        TableName: table,
        Key: keyOf(start),
        UpdateExpression:
          `SET delivered = :delivered, quarantined = if_not_exists(quarantined, :zero) + :quarantined` +
          `${done ? ', done = :done, #end = :end' : ''}${failure === undefined ? ' REMOVE failure' : ', failure = :failure'}`,
        ConditionExpression: 'attribute_not_exists(done)',
        ...(done && { ExpressionAttributeNames: { '#end': 'end' } }),
        ExpressionAttributeValues: {
          ':delivered': { N: String(delivered) },
          ':quarantined': { N: String(quarantined) },
          ':zero': { N: '0' },
          ...(done && { ':done': { BOOL: true }, ':end': { N: String(end) } }),
          ...(failure !== undefined && { ':failure': { S: failure } }),
        },
      });
      await unlessRefused(dynamodb.send(update));
    },
  };
}

async function unlessRefused(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

function toSlice(item: Item): LedgerSlice {
  const numberOf = (name: string) => Number(item[name]?.N ?? 0);
  return {
    start: Date.parse((item[SORT_KEY]?.S ?? '').slice(PREFIX.length)),
    end: numberOf('end'),
    events: numberOf('events'),
    delivered: numberOf('delivered'),
    quarantined: numberOf('quarantined'),
    done: item.done?.BOOL ?? false,
    ...(item.failure?.S !== undefined && { failure: item.failure.S }),
  };
}
