/**
 * The right to replay one entry of the quarantine: of two replays at once only one ships it.
 *
 * From the claim until its replay has told what came of it, the entry counts as taken whole by Logz.io: should the replay
 * be killed, then nobody knows what it had sent, and whoever looks or replays next says that all of it may be there.
 */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { EpochMs } from '../platform/clock.ts';
import { SORT_KEY } from './table.ts';

/** Who replays, and for how long at most: a replay that dies holds its entry no longer. */
export interface Claimant {
  readonly owner: string;
  readonly until: EpochMs;
}

/** `taken`: claimed; how many of the events Logz.io may have had before. `gone`: another replay has taken the entry out. */
export type Claim = 'gone' | { readonly heldUntil: EpochMs } | { readonly taken: number };

type Key = Record<string, AttributeValue>;

/** Claims the entry whose head lies under `Key`; once more by the same owner, it tells whether the claim still holds. */
export async function claimEntry(
  dynamodb: DynamoDBClient,
  table: string,
  Key: Key,
  { owner, until }: Claimant,
  now: EpochMs,
): Promise<Claim> {
  try {
    const { Attributes: claimed } = await dynamodb.send(
      new UpdateItemCommand({
        TableName: table,
        Key,
        UpdateExpression: 'SET claimedBy = :owner, claimedUntil = :until, takenBefore = taken, taken = events',
        ConditionExpression: 'attribute_exists(#item) AND (attribute_not_exists(claimedUntil) OR claimedUntil <= :now)',
        ExpressionAttributeNames: { '#item': SORT_KEY },
        ExpressionAttributeValues: {
          ':owner': { S: owner },
          ':until': { N: String(until) },
          ':now': { N: String(now) },
        },
        ReturnValues: 'UPDATED_NEW',
      }),
    );
    return { taken: Number(claimed?.takenBefore?.N) };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    const { Item: head } = await dynamodb.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
    if (!head) return 'gone';
    // Also where the client repeated a claim whose answer was lost.
    if (head.claimedBy?.S === owner) return { taken: Number(head.takenBefore?.N) };
    return { heldUntil: Math.max(now, Number(head.claimedUntil?.N ?? 0)) };
  }
}

/** Gives a claim back of which nothing was sent: the next replay need not wait. Nothing happens where another holds it by now. */
export async function releaseEntry(dynamodb: DynamoDBClient, table: string, Key: Key, owner: string): Promise<void> {
  try {
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: table,
        Key,
        UpdateExpression: 'SET taken = takenBefore REMOVE claimedBy, claimedUntil, takenBefore',
        ConditionExpression: 'claimedBy = :owner',
        ExpressionAttributeValues: { ':owner': { S: owner } },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}
