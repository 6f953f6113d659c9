/**
 * The DynamoDB that the store is tested against: dynalite, or the one that `DYNAMODB_ENDPOINT`
 * names, in a table of its own.
 */
import { randomUUID } from 'node:crypto';
import {
  CreateTableCommand,
  DeleteTableCommand,
  type DynamoDBClient,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { createDynamoDb, PARTITION_KEY, SORT_KEY, Table } from '../../lib/state/table.ts';
import { startDynamoDb } from '../../simulators/dynamodb.ts';

export interface TestTable {
  readonly dynamodb: DynamoDBClient;
  readonly table: Table;
  /** Requests and body bytes sent since the last call. */
  spent(): { requests: number; bytes: number };
  [Symbol.asyncDispose](): Promise<void>;
}

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

export async function startTable(): Promise<TestTable> {
  const name = `checkpoint-store-${randomUUID()}`;
  const given = process.env.DYNAMODB_ENDPOINT;
  const embedded = given === undefined ? await startDynamoDb({ table: name }) : undefined;
  const endpoint = given ?? embedded?.endpoint ?? '';
  const dynamodb = createDynamoDb({ endpoint, region: 'us-east-1', credentials });
  if (!embedded) {
    await dynamodb.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: PARTITION_KEY, KeyType: 'HASH' },
          { AttributeName: SORT_KEY, KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: PARTITION_KEY, AttributeType: 'S' },
          { AttributeName: SORT_KEY, AttributeType: 'S' },
        ],
      }),
    );
    await waitUntilTableExists({ client: dynamodb, maxWaitTime: 60 }, { TableName: name });
  }
  let [requests, bytes] = [0, 0];
  dynamodb.middlewareStack.add(
    (next) => async (args) => {
      requests++;
      bytes += Buffer.byteLength((args.request as { body?: string }).body ?? '');
      return await next(args);
    },
    { step: 'finalizeRequest', name: 'countSpending' },
  );
  return {
    dynamodb,
    table: new Table(dynamodb, name),
    spent() {
      const since = { requests, bytes };
      [requests, bytes] = [0, 0];
      return since;
    },
    async [Symbol.asyncDispose]() {
      if (!embedded) await dynamodb.send(new DeleteTableCommand({ TableName: name }));
      dynamodb.destroy();
      await embedded?.close();
    },
  };
}
