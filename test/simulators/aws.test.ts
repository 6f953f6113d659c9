/** The embedded AWS does what the program relies on, and fails in the ways that a test orders. */
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { GetParameterCommand, GetParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { type EmbeddedAws, startAws } from '../../simulators/aws.ts';
import { awsError, EMBEDDED_CREDENTIALS, EMBEDDED_REGION, operationOf } from '../../simulators/aws-answers.ts';
import { folderOf } from '../support/folder.ts';

const TABLE = 'jumpcloud-logzio-test';
const common = { region: EMBEDDED_REGION, credentials: EMBEDDED_CREDENTIALS, maxAttempts: 1 };

async function start(t: TestContext, options: { path?: string; parameters?: Record<string, string> } = {}) {
  const aws = await startAws({ table: TABLE, ...options });
  t.after(() => aws.close());
  return aws;
}

function clientOf(t: TestContext, aws: EmbeddedAws): DynamoDBClient {
  const requestHandler = { requestTimeout: 200, throwOnRequestTimeout: true };
  const client = new DynamoDBClient({ ...common, endpoint: aws.dynamoDb.endpoint, requestHandler });
  t.after(() => client.destroy());
  return client;
}

const put = (item: string, value: number) =>
  new PutItemCommand({
    TableName: TABLE,
    Item: { stream: { S: 'live#a' }, item: { S: item }, value: { N: String(value) } },
  });

async function storedValue(client: DynamoDBClient, item: string): Promise<string | undefined> {
  const Key = { stream: { S: 'live#a' }, item: { S: item } };
  const answer = await client.send(new GetItemCommand({ TableName: TABLE, Key, ConsistentRead: true }));
  return answer.Item?.value?.N;
}

test('the table has the keys of the stack, conditions hold, and a query reads a range in order', async (t) => {
  const aws = await start(t);
  const client = clientOf(t, aws);
  for (const n of [3, 1, 2]) await client.send(put(`delivered#${n}`, n));
  await client.send(put('checkpoint', 0));
  const asked = new QueryCommand({
    TableName: TABLE,
    KeyConditionExpression: '#s = :s and begins_with(#i, :p)',
    ExpressionAttributeNames: { '#s': 'stream', '#i': 'item' },
    ExpressionAttributeValues: { ':s': { S: 'live#a' }, ':p': { S: 'delivered#' } },
  });
  const { Items = [] } = await client.send(asked);
  assert.deepEqual(
    Items.map((one) => one.value?.N),
    ['1', '2', '3'],
  );
  const conditional = new UpdateItemCommand({
    TableName: TABLE,
    Key: { stream: { S: 'live#a' }, item: { S: 'checkpoint' } },
    UpdateExpression: 'SET #v = :new',
    ConditionExpression: '#v = :old',
    ExpressionAttributeNames: { '#v': 'value' },
    ExpressionAttributeValues: { ':new': { N: '7' }, ':old': { N: '6' } },
  });
  await assert.rejects(client.send(conditional), { name: 'ConditionalCheckFailedException' });
  assert.equal(await storedValue(client, 'checkpoint'), '0');
});

test('data on disk is there after a restart, in a folder that only its owner can read', async (t) => {
  const path = folderOf(t);
  const first = await startAws({ table: TABLE, path: join(path, 'dynamodb') });
  await clientOf(t, first).send(put('checkpoint', 42));
  await assert.rejects(startAws({ table: TABLE, path: join(path, 'dynamodb') }), /another run of this program/);
  await first.close();
  await first.close();
  const second = await start(t, { path: join(path, 'dynamodb') });
  assert.equal(await storedValue(clientOf(t, second), 'checkpoint'), '42');
  assert.equal((await stat(join(path, 'dynamodb'))).mode & 0o777, 0o700);
});

test('a database that is for one access key refuses every other', async (t) => {
  const aws = await startAws({ table: TABLE, onlyFor: 'mine' });
  t.after(() => aws.close());
  await assert.rejects(clientOf(t, aws).send(put('a', 1)), { name: 'UnrecognizedClientException' });
  const mine = new DynamoDBClient({
    ...common,
    endpoint: aws.dynamoDb.endpoint,
    credentials: { accessKeyId: 'mine', secretAccessKey: 'x' },
  });
  t.after(() => mine.destroy());
  await mine.send(put('a', 1));
});

test('throttling refuses, a hang times out, a dropped answer was applied all the same', async (t) => {
  const aws = await start(t);
  const client = clientOf(t, aws);
  aws.dynamoDb.settings.onRequest = (request) =>
    operationOf(request) === 'PutItem' ? awsError('ProvisionedThroughputExceededException') : undefined;
  await assert.rejects(client.send(put('a', 1)), { name: 'ProvisionedThroughputExceededException' });
  assert.equal(await storedValue(client, 'a'), undefined);
  aws.dynamoDb.settings.onRequest = () => ({ kind: 'hang' });
  await assert.rejects(client.send(put('a', 1)), { name: 'TimeoutError' });
  aws.dynamoDb.settings.onRequest = () => ({ kind: 'reset', applied: true });
  await assert.rejects(client.send(put('a', 2)), /ECONNRESET|socket hang up/);
  aws.dynamoDb.settings.onRequest = undefined;
  assert.equal(await storedValue(client, 'a'), '2');
  assert.deepEqual(
    aws.dynamoDb.requests.map((one) => `${operationOf(one)} ${one.fault ?? one.status}`),
    ['PutItem answer', 'GetItem 200', 'PutItem hang', 'PutItem reset', 'GetItem 200'],
  );
});

test('parameters: sealed without decryption, versions count, overwriting must be asked for', async (t) => {
  const aws = await start(t, { parameters: { '/app/token': 'secret-1' } });
  const ssm = new SSMClient({ ...common, endpoint: aws.ssm.endpoint });
  t.after(() => ssm.destroy());
  const get = async (Name: string, WithDecryption: boolean) =>
    (await ssm.send(new GetParameterCommand({ Name, WithDecryption }))).Parameter;
  assert.equal((await get('/app/token', true))?.Value, 'secret-1');
  assert.equal((await get('/app/token', true))?.Type, 'SecureString');
  assert.doesNotMatch((await get('/app/token', false))?.Value ?? '', /secret/);
  await assert.rejects(get('/app/other', true), { name: 'ParameterNotFound' });
  const write = (Name: string, more: object) => ssm.send(new PutParameterCommand({ Name, Value: 'secret-2', ...more }));
  await assert.rejects(write('/app/token', { Type: 'SecureString' }), { name: 'ParameterAlreadyExists' });
  assert.equal((await write('/app/token', { Overwrite: true })).Version, 2);
  await assert.rejects(write('/app/new', {}), { name: 'ValidationException' });
  assert.equal((await write('/app/new', { Type: 'SecureString' })).Version, 1);
  assert.deepEqual(aws.ssm.get('/app/token')?.value, 'secret-2');
  const both = await ssm.send(new GetParametersCommand({ Names: ['/app/new', '/app/none'], WithDecryption: true }));
  assert.deepEqual(
    both.Parameters?.map((one) => [one.Name, one.Value]),
    [['/app/new', 'secret-2']],
  );
  assert.deepEqual(both.InvalidParameters, ['/app/none']);
  aws.ssm.settings.onRequest = () => awsError('AccessDeniedException');
  await assert.rejects(get('/app/token', true), { name: 'AccessDeniedException' });
  assert.doesNotMatch(JSON.stringify(aws.ssm.requests), /secret/);
});

test('its environment is all that a client of the SDK needs', async (t) => {
  const aws = await start(t, { parameters: { '/app/token': 'secret' } });
  const before = { ...process.env };
  Object.assign(process.env, aws.environment);
  t.after(() => {
    for (const name of Object.keys(aws.environment)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  });
  const dynamoDb = new DynamoDBClient();
  const ssm = new SSMClient();
  t.after(() => [dynamoDb.destroy(), ssm.destroy()]);
  await dynamoDb.send(put('a', 1));
  await ssm.send(new GetParameterCommand({ Name: '/app/token' }));
  assert.deepEqual([aws.dynamoDb.requests.length, aws.ssm.requests.length], [1, 1]);
});
