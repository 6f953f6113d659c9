/** The one DynamoDB table: its keys, and how its client behaves. */
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/** Partition key: the stream, e.g. `live#default`. */
export const PARTITION_KEY = 'stream';
/** Sort key: `checkpoint`, `delivered#…`, `quarantine#…`, `audit#…`. */
export const SORT_KEY = 'item';
/** DynamoDB's time to live, epoch seconds: for what is of no use to anybody any more. */
export const EXPIRES = 'expires';

/** DynamoDB's limit for one item, 400 KB, less room for keys and attributes. */
export const LARGEST_BLOB_BYTES = 380 * 1024;

/** The SDK is the only retry layer for DynamoDB; it usually answers in under 10 ms. */
const MAX_ATTEMPTS = 6;
const CONNECT_TIMEOUT_MS = 2_000;
const REQUEST_TIMEOUT_MS = 4_000;

export function createDynamoDb(config: DynamoDBClientConfig = {}): DynamoDBClient {
  return new DynamoDBClient({
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
    ...config,
  });
}
