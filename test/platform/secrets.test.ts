/**
 * Tokens from SSM: read once, kept, read again when asked to, and every failure reported with what
 * to do.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { SSMClient } from '@aws-sdk/client-ssm';
import { createSsm, givenSecret, ssmSecret } from '../../lib/platform/secrets.ts';
import { awsError } from '../../simulators/aws-answers.ts';
import { type EmbeddedSsm, startSsm } from '../../simulators/ssm.ts';

const NAME = '/jumpcloud-logzio/logzio-token';
let ssm: EmbeddedSsm;
let client: SSMClient;
before(async () => {
  ssm = await startSsm();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  client = createSsm({ endpoint: ssm.endpoint, region: 'us-east-1', credentials });
});
after(async () => {
  client.destroy();
  await ssm.close();
});
beforeEach(() => {
  ssm.settings.onRequest = undefined;
  ssm.put(NAME, 'first');
  ssm.requests.length = 0;
});

test('a token is read from SSM when it is first needed, decrypted, and then kept', async () => {
  const secret = ssmSecret(client, NAME);
  assert.equal(ssm.requests.length, 0);
  assert.deepEqual(await Promise.all([secret.read(), secret.read()]), ['first', 'first']);
  assert.equal(await secret.read(), 'first');
  assert.equal(ssm.requests.length, 1);
});

test('a forgotten token is read again', async () => {
  const secret = ssmSecret(client, NAME);
  await secret.read();
  ssm.put(NAME, 'second');
  assert.equal(await secret.read(), 'first');
  secret.forget();
  assert.equal(await secret.read(), 'second');
});

for (const [what, value, words] of [
  ['in quotes', '"abcdef"', /it is in quotes: leave them out/],
  ['behind its header', 'x-api-key: abcdef', /it begins with "x-api-key:"/],
  ['behind Bearer', 'Bearer abcdef', /it begins with "Bearer"/],
] as const) {
  test(`a token ${what} is refused by name, and not shown`, async () => {
    ssm.put(NAME, value);
    const isRefused = ({ message }: Error) => words.test(message) && !message.includes('abcdef');
    await assert.rejects(ssmSecret(client, NAME).read(), isRefused);
  });
}

test('blanks and line breaks around a token are dropped: they come from pasting', async () => {
  ssm.put(NAME, '  pasted\n');
  assert.equal(await ssmSecret(client, NAME).read(), 'pasted');
});

for (const [what, value] of Object.entries({
  'an invisible character inside it': 'abc\u200bdef',
  'a blank inside it': 'Bearer abcdef',
  'quotes of a word processor around it': '“abcdef”',
})) {
  test(`a token with ${what} is refused in words that do not repeat it, before anything is asked with it`, async () => {
    ssm.put(NAME, value);
    await assert.rejects(ssmSecret(client, NAME).read(), (error: Error) => {
      assert.match(
        error.message,
        /^SSM parameter \/jumpcloud-logzio\/logzio-token (is not one word|holds more than the token).* "npm run tokens"$/,
      );
      return !/abc|def/.test(error.message);
    });
  });
}

test('a failure is not kept: the next read asks again', async () => {
  const secret = ssmSecret(client, NAME);
  ssm.settings.onRequest = () => awsError('AccessDeniedException');
  await assert.rejects(secret.read());
  ssm.settings.onRequest = undefined;
  assert.equal(await secret.read(), 'first');
});

const failures: [string, RegExp][] = [
  [
    'ParameterNotFound',
    /SSM parameter \/jumpcloud-logzio\/logzio-token cannot be read: there is no such parameter\. Either .*"npm run tokens"\. Or it is in another region or account/,
  ],
  [
    'AccessDeniedException',
    /the function's role may not read or decrypt it\. Either its name was changed .* Or another KMS key encrypts it/,
  ],
  [
    'ThrottlingException',
    /cannot be read: ThrottlingException; SSM was asked several times, and the next run asks again/,
  ],
  ['InvalidKeyId', /cannot be read: its KMS key is disabled or deleted/],
];
for (const [kind, message] of failures) {
  test(`${kind} names the parameter and says what to do, and carries no cause`, async () => {
    ssm.settings.onRequest = () => awsError(kind);
    await assert.rejects(ssmSecret(client, NAME).read(), (error: Error) => {
      assert.equal(error.name, 'SecretError');
      assert.match(error.message, message);
      assert.equal(error.cause, undefined);
      return true;
    });
  });
}

test('a parameter that holds only blanks is reported as empty', async () => {
  ssm.put(NAME, '   ');
  await assert.rejects(
    ssmSecret(client, NAME).read(),
    /SSM parameter .* is empty: put the token there with "npm run tokens"/,
  );
});

test('a token that was given directly is that token', async () => {
  const secret = givenSecret('LOGZIO_API_TOKEN', 'given');
  secret.forget();
  assert.equal(await secret.read(), 'given');
  assert.equal(secret.name, 'LOGZIO_API_TOKEN');
});

test('an SSM that hangs is given up, so that the run can end in time', async () => {
  const timeouts = { requestHandler: { requestTimeout: 50, throwOnRequestTimeout: true } };
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const impatient = createSsm({ endpoint: ssm.endpoint, region: 'us-east-1', credentials, ...timeouts });
  ssm.settings.onRequest = () => ({ kind: 'hang' });
  await assert.rejects(ssmSecret(impatient, NAME).read(), /cannot be read: TimeoutError/);
  impatient.destroy();
});

test('the client that is made for the function waits no longer than seconds', async () => {
  const handler = client.config.requestHandler as unknown as { configProvider: Promise<Record<string, number>> };
  const { requestTimeout, connectionTimeout } = await handler.configProvider;
  assert.deepEqual({ requestTimeout, connectionTimeout }, { requestTimeout: 4_000, connectionTimeout: 2_000 });
});
