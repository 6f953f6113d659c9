/** Reads the items of a stream whose sort keys begin alike. */
import { type AttributeValue, type DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import { PARTITION_KEY, SORT_KEY } from './table.ts';

/** In the order of their sort keys, read consistently; a page of at most 1 MB is held at a time. */
export async function* eachItemOf(
  dynamodb: DynamoDBClient,
  table: string,
  stream: string,
  prefix: string,
): AsyncGenerator<Record<string, AttributeValue>> {
  const pages = paginateQuery(
    { client: dynamodb },
    {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: '#stream = :stream AND begins_with(#item, :prefix)',
      ExpressionAttributeNames: { '#stream': PARTITION_KEY, '#item': SORT_KEY },
      ExpressionAttributeValues: { ':stream': { S: stream }, ':prefix': { S: prefix } },
    },
  );
  for await (const page of pages) yield* page.Items ?? [];
}

/** All of them at once. */
export async function itemsOf(
  dynamodb: DynamoDBClient,
  table: string,
  stream: string,
  prefix: string,
): Promise<Record<string, AttributeValue>[]> {
  return await Array.fromAsync(eachItemOf(dynamodb, table, stream, prefix));
}
