/** The right to replay one entry of the quarantine: of two replays at once only one ships it. */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { EpochMs } from './clock.ts';
import { SORT_KEY } from './table.ts';

/** Who replays, and for how long at most: a replay that dies holds its entry no longer. */
export interface Claimant {
  readonly owner: string;
  readonly until: EpochMs;
}

/** `gone`: another replay has taken the entry out. */
export type Claim = 'claimed' | 'gone' | { readonly heldUntil: EpochMs };

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
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: table,
        Key,
        UpdateExpression: 'SET claimedBy = :owner, claimedUntil = :until',
        ConditionExpression:
          'attribute_exists(#item) AND (attribute_not_exists(claimedUntil) OR claimedUntil <= :now OR claimedBy = :owner)',
        ExpressionAttributeNames: { '#item': SORT_KEY },
        ExpressionAttributeValues: {
          ':owner': { S: owner },
          ':until': { N: String(until) },
          ':now': { N: String(now) },
        },
      }),
    );
    return 'claimed';
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    const { Item: head } = await dynamodb.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
    return head ? { heldUntil: Math.max(now, Number(head.claimedUntil?.N ?? 0)) } : 'gone';
  }
}

/** Gives a claim back, so that the next replay need not wait; nothing happens where another holds it by now. */
export async function releaseEntry(dynamodb: DynamoDBClient, table: string, Key: Key, owner: string): Promise<void> {
  try {
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: table,
        Key,
        UpdateExpression: 'REMOVE claimedBy, claimedUntil',
        ConditionExpression: 'claimedBy = :owner',
        ExpressionAttributeValues: { ':owner': { S: owner } },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}
