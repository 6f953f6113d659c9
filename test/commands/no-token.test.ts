/**
 * No token, anywhere: every failure is run, and all that was printed, thrown and stored is searched
 * for both of them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { Logger } from '@aws-lambda-powertools/logger';
import { paginateScan } from '@aws-sdk/client-dynamodb';
import { awsError } from '../../simulators/aws-answers.ts';
import { type Fault, htmlBadGateway, redirectTo, tooManyRequests } from '../../simulators/faults.ts';
import { loginAt, MINUTE_MS, NOON, startWorld, TABLE, type World } from '../support/world.ts';

/** With characters that an address escapes. */
const SHIPPING_TOKEN = 'shipping+Secret/Token=%7&';
const API_KEY = 'jca_1SecretApiKeyOfAnAdministrator';
const CLIENT = 'clientIdOfTheAccount:clientSecret/OfTheAccount';
const ORGANIZATION = '5f0000000000000000000001';
const FORMS = [SHIPPING_TOKEN, API_KEY, CLIENT, CLIENT.split(':')[1] ?? ''].flatMap((token) => [
  token,
  encodeURIComponent(token),
  encodeURI(token),
  JSON.stringify(token).slice(1, -1),
  Buffer.from(token).toString('base64'),
  Buffer.from(token).toString('hex'),
]);

function assertClean(text: string, where: string): void {
  for (const form of FORMS) assert.ok(!text.includes(form), `${where} holds a token, as ${form}`);
  assert.ok(!/access-[0-9a-f]{8}-/.test(text), `${where} holds an access token`);
}

/** Enough for a few retries. */
const LIFE_MS = 45_000;

interface Secretive {
  readonly world: World;
  /** What Powertools' logger wrote, at its most talkative. */
  readonly written: string[];
  /** Invokes, and searches what comes of it. */
  run(input?: unknown): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

async function startSecretive(config = {}): Promise<Secretive> {
  const world = await startWorld({
    config,
    jumpcloud: {
      apiKeys: { [API_KEY]: { organizations: [ORGANIZATION] } },
      serviceAccounts: {
        [CLIENT.split(':')[0] ?? '']: { clientSecret: CLIENT.split(':')[1] ?? '', organizations: [ORGANIZATION] },
      },
    },
    logzio: { tokens: [SHIPPING_TOKEN] },
  });
  world.aws.ssm.put('/jumpcloud-logzio/logzio-token', SHIPPING_TOKEN);
  world.aws.ssm.put('/jumpcloud-logzio/jumpcloud-token', 'credentials' in config ? CLIENT : API_KEY);
  world.jumpcloud.add([
    loginAt(NOON - MINUTE_MS, 'a'),
    loginAt(NOON - MINUTE_MS, 'huge', { message: 'x'.repeat(600_000) }),
    { text: '17', timestamp: new Date(NOON - MINUTE_MS).toISOString(), service: 'directory' },
  ]);
  const written: string[] = [];
  const log = talkativeLogger(written);
  const post = world.runtime.post;
  return {
    world,
    written,
    async run(input = {}) {
      const logged = { ...log, post: (request: Parameters<typeof post>[0]) => post({ ...request, timeoutMs: 40 }) };
      try {
        const result = await world.invoke(input, { log, post: logged.post }, LIFE_MS);
        assertClean(inspect(result, { depth: null, showHidden: true }), 'the result');
      } catch (error) {
        for (let cause = error; cause instanceof Error; cause = cause.cause) {
          assertClean(`${cause.message} ${cause.stack} ${cause}`, `the thrown ${cause.name}`);
        }
        assertClean(inspect(error, { depth: null, showHidden: true }), 'the inspected error');
        assertClean(JSON.stringify(error) ?? '', 'the error as JSON');
        log.error('failed', error as Error);
      }
      assertClean(written.join('\n'), 'the log');
      assertClean(await stored(world), 'the table');
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

/** The logger of the deployed function, writing into `lines`. */
function talkativeLogger(lines: string[]) {
  class Captured extends Logger {
    constructor() {
      super({ logLevel: 'DEBUG', serviceName: 'test' });
      const take = (...words: unknown[]) => void lines.push(words.map((word) => inspect(word)).join(' '));
      // Private to TypeScript, and the one place where all it writes passes.
      Object.assign(Reflect.get(this, 'console') as object, {
        debug: take,
        info: take,
        warn: take,
        error: take,
        log: take,
        trace: take,
      });
    }
  }
  return new Captured();
}

async function stored(world: World): Promise<string> {
  const texts: string[] = [];
  for await (const page of paginateScan({ client: world.dynamodb }, { TableName: TABLE })) {
    for (const item of page.Items ?? []) {
      texts.push(inspect(item, { depth: null, maxArrayLength: null }));
      if (item.body?.B) texts.push(gunzipSync(item.body.B).toString());
    }
  }
  return texts.join('\n');
}

const echo = (token: string): Fault[] =>
  [400, 401, 402, 403, 404, 429, 500].map((status) => ({
    kind: 'answer',
    status,
    body: JSON.stringify({ message: `no ${token} here`, [token]: 3, successfulLines: 1, error: token }),
    headers: { 'X-Request-Id': 'r', 'X-Echo': encodeURIComponent(token) },
  }));
const FAULTS: Fault[] = [
  ...[400, 401, 402, 403, 404, 405, 408, 413, 500, 503].map((status): Fault => ({ kind: 'answer', status })),
  tooManyRequests('9999'),
  htmlBadGateway,
  { kind: 'reset' },
  { kind: 'reset', applied: true },
  { kind: 'hang' },
  { kind: 'cut', bytes: 3 },
  { kind: 'malformed' },
  { kind: 'hang-after-headers' },
  redirectTo('http://127.0.0.1:1/elsewhere?token=x'),
];

test('the tokens do go out, or this file would prove nothing', async () => {
  await using secretive = await startSecretive();
  await secretive.run();
  assert.equal(secretive.world.logzio.taken.lines, 2);
  assert.ok(secretive.world.logzio.requests[0]?.query.includes(encodeURIComponent(SHIPPING_TOKEN)));
  assert.equal(secretive.world.jumpcloud.requests[0]?.headers['x-api-key'], API_KEY);
  assert.ok(
    secretive.written.some((line) => line.includes('DEBUG')),
    'and the log is at its most talkative',
  );
  assert.ok(secretive.written.some((line) => line.includes('/insights/directory/v1/events')));
});

test('no failure of JumpCloud shows a token, not even when it repeats the key it was sent', async () => {
  for (const fault of [...FAULTS, ...echo(API_KEY)]) {
    await using secretive = await startSecretive();
    secretive.world.jumpcloud.settings.onRequest = () => fault;
    await secretive.run();
  }
});

test('no failure of Logz.io shows a token, not even when it repeats the one it was sent', async () => {
  for (const fault of [...FAULTS, ...echo(SHIPPING_TOKEN)]) {
    await using secretive = await startSecretive();
    secretive.world.logzio.settings.onRequest = () => fault;
    await secretive.run();
    if (!('status' in fault) || fault.status !== 400) continue;
    secretive.world.logzio.settings.onRequest = undefined;
    await secretive.run({ quarantine: 'list' });
    await secretive.run({ quarantine: 'replay' });
  }
});

test('no failure of the service account shows its secret or its access token', async () => {
  const credentials = { type: 'service_account', org_id: ORGANIZATION };
  for (const fault of [...FAULTS, ...echo(CLIENT)]) {
    await using secretive = await startSecretive({ jumpcloud_api: { credentials } });
    secretive.world.aws.ssm.put('/jumpcloud-logzio/jumpcloud-token', CLIENT);
    secretive.world.jumpcloud.settings.onRequest = ({ path }) => (path === '/oauth2/token' ? fault : undefined);
    await secretive.run();
  }
  for (const status of [200, 400, 403, 500]) {
    await using secretive = await startSecretive({ jumpcloud_api: { credentials } });
    secretive.world.aws.ssm.put('/jumpcloud-logzio/jumpcloud-token', CLIENT);
    secretive.world.jumpcloud.settings.onRequest = ({ path, headers }) =>
      path === '/oauth2/token'
        ? undefined
        : { kind: 'answer', status, body: JSON.stringify({ message: `not with ${headers.authorization}` }) };
    await secretive.run();
  }
});

test('nobody there at all: the errors of the connection show no token', async () => {
  for (const side of ['jumpcloud', 'logzio'] as const) {
    await using secretive = await startSecretive();
    await secretive.world[side].close();
    await secretive.run();
  }
});

test('no failure of SSM shows a token, not even an answer that breaks off after it', async () => {
  const faults: Fault[] = [
    awsError('ParameterNotFound'),
    awsError('AccessDeniedException'),
    awsError('ThrottlingException'),
    { kind: 'malformed' },
    { kind: 'answer', status: 200, body: `{"Parameter":{"Name":"x","Value":"${API_KEY}"` },
    { kind: 'answer', status: 500, body: `{"message":"${API_KEY}","Parameter":{"Value":"${API_KEY}"}}` },
    { kind: 'reset', applied: true },
  ];
  for (const fault of faults) {
    await using secretive = await startSecretive();
    secretive.world.aws.ssm.settings.onRequest = () => fault;
    await secretive.run();
  }
});

test('tokens that cannot be sent at all are not shown either', async () => {
  for (const [parameter, token] of [
    ['jumpcloud', `${API_KEY}\n${API_KEY}`],
    ['jumpcloud', `${API_KEY}\u{1f600}`],
    ['logzio', `${SHIPPING_TOKEN}\n${SHIPPING_TOKEN}`],
  ] as const) {
    await using secretive = await startSecretive();
    secretive.world.aws.ssm.put(`/jumpcloud-logzio/${parameter}-token`, token);
    await secretive.run();
  }
});

test('no failure of DynamoDB shows a token', async () => {
  for (const fault of [
    awsError('AccessDeniedException'),
    awsError('ValidationException'),
    awsError('ResourceNotFoundException'),
  ]) {
    await using secretive = await startSecretive();
    secretive.world.aws.dynamoDb.settings.onRequest = (_, n) => (n > 1 ? fault : undefined);
    await assert.rejects(secretive.world.invoke());
    secretive.world.aws.dynamoDb.settings.onRequest = undefined;
    secretive.world.clock.advance(10 * MINUTE_MS);
    await secretive.run();
  }
});

test('no command shows a token', async () => {
  for (const input of [
    { dry_run: true },
    { start_time: '-1h', end_time: '-1m' },
    { rewind_to: '-1h' },
    { audit: true },
    { check: true },
    { quarantine: 'list' },
    { quarantine: 'replay' },
  ]) {
    await using secretive = await startSecretive();
    await secretive.run();
    await secretive.run(input);
    for (const side of ['jumpcloud', 'logzio'] as const) {
      secretive.world[side].settings.onRequest = () => ({ kind: 'answer', status: 403 });
    }
    await secretive.run(input);
  }
});

test('a redirecting server gets nothing that it could pass on', async () => {
  await using secretive = await startSecretive();
  await using elsewhere = await startWorld();
  for (const side of ['jumpcloud', 'logzio'] as const) {
    secretive.world[side].settings.onRequest = () => redirectTo(elsewhere[side].url);
    await secretive.run();
    secretive.world[side].settings.onRequest = undefined;
  }
  assert.equal(elsewhere.jumpcloud.requests.length + elsewhere.logzio.requests.length, 0);
});
