/**
 * The AWS that `npm start` and the tests run against: DynamoDB and SSM on loopback, no account, no
 * credentials.
 */
import { EMBEDDED_CREDENTIALS, EMBEDDED_REGION } from './aws-answers.ts';
import { type DynamoDbOptions, type EmbeddedDynamoDb, startDynamoDb } from './dynamodb.ts';
import { type EmbeddedSsm, startSsm } from './ssm.ts';

export interface EmbeddedAws {
  readonly dynamoDb: EmbeddedDynamoDb;
  readonly ssm: EmbeddedSsm;
  /** What the SDK's clients read by themselves, for a process that is to talk to this AWS. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** `parameters` are put into SSM as SecureStrings. */
export async function startAws(
  options: DynamoDbOptions & { readonly parameters?: Readonly<Record<string, string>> },
): Promise<EmbeddedAws> {
  const { parameters = {}, ...dynamoDbOptions } = options;
  const dynamoDb = await startDynamoDb(dynamoDbOptions);
  const ssm = await startSsm(options.clock === undefined ? {} : { clock: options.clock });
  for (const [name, value] of Object.entries(parameters)) ssm.put(name, value);
  return {
    dynamoDb,
    ssm,
    environment: {
      AWS_REGION: EMBEDDED_REGION,
      AWS_ACCESS_KEY_ID: options.onlyFor ?? EMBEDDED_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: EMBEDDED_CREDENTIALS.secretAccessKey,
      AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.endpoint,
      AWS_ENDPOINT_URL_SSM: ssm.endpoint,
    },
    async close() {
      await Promise.all([dynamoDb.close(), ssm.close()]);
    },
  };
}
