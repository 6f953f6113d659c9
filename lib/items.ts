/** Reads all items of a stream whose sort keys begin alike. */
import { type AttributeValue, type DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import { PARTITION_KEY, SORT_KEY } from './table.ts';

/** @returns them in the order of their sort keys, read consistently */
export async function itemsOf(
  dynamodb: DynamoDBClient,
  table: string,
  stream: string,
  prefix: string,
): Promise<Record<string, AttributeValue>[]> {
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
  const items: Record<string, AttributeValue>[] = [];
  for await (const page of pages) items.push(...(page.Items ?? []));
  return items;
}
