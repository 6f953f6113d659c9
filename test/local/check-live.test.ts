/** `npm run check:live` as a user meets it: what it prints, and how it exits. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { screenOf, showFinding, showText } from '../../local/findings-screen.ts';
import { SIMULATED_API_KEY } from '../../simulators/jumpcloud.ts';
import { SIMULATED_SHIPPING_TOKEN } from '../../simulators/logzio.ts';
import { HASH_KEY, startWorld, TABLE, type World } from '../support/world.ts';

const COMMAND = join(import.meta.dirname, '../../local/check-live.ts');
let world: World;
let folder: string;

before(async () => {
  world = await startWorld({ now: Date.now() });
  folder = await mkdtemp(join(tmpdir(), 'check-live-'));
  await writeFile(
    join(folder, 'config.yaml'),
    `logzio: {url: '${world.logzio.url}'}\njumpcloud_api: {url: '${world.jumpcloud.url}'}\n`,
  );
});
after(async () => {
  await world[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function run(words: readonly string[], environment: Readonly<Record<string, string | undefined>> = {}) {
  const env = { PATH: process.env.PATH, ...world.aws.environment, ...environment };
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [COMMAND, ...words], { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}

const TOKENS = { JUMPCLOUD_API_TOKEN: SIMULATED_API_KEY, LOGZIO_API_TOKEN: SIMULATED_SHIPPING_TOKEN };

test('with tokens in the environment all is right, and it exits with 0', async () => {
  const { code, stdout } = await run([], TOKENS);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /All 9 tested parts are right\. 1 could not be tested\./);
});

test('tokens that are not here are read from SSM, and a deployed table is looked at when it is named', async () => {
  await world.invoke({ scheduled: true });
  const { code, stdout } = await run(['--table', TABLE]);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /ok +schedule is running/);
});

test('--config tests what another folder configures, and refuses one that has no config.yaml', async () => {
  const { stdout } = await run(['--config', folder], { ...TOKENS });
  assert.match(stdout, /All 9 tested parts are right/);
  const { code, stderr } = await run(['--config', 'nowhere'], TOKENS);
  assert.match(stderr, /--config: there is no config\.yaml in nowhere/);
  assert.equal(code, 2);
});

test('the key of hashed fields is read from SSM where HASH_KEY is not set', async () => {
  const file = join(folder, 'config.yaml');
  const before = await readFile(file, 'utf8');
  await writeFile(file, `${before}output: {hash_fields: [client_ip]}\n`);
  try {
    assert.match(
      (await run([], TOKENS)).stdout,
      /ok +key of the hashes is readable.*\n?.*\/jumpcloud-logzio\/hash-key/,
    );
    const given = await run([], { ...TOKENS, HASH_KEY });
    assert.match(given.stdout, /ok +key of the hashes is readable.*\n?.*HASH_KEY/);
    assert.doesNotMatch(given.stdout + given.stderr, new RegExp(HASH_KEY));
  } finally {
    await writeFile(file, before);
  }
});

test('a part that is wrong makes it exit with 1, and no token shows', async () => {
  const { code, stdout, stderr } = await run([], { ...TOKENS, JUMPCLOUD_API_TOKEN: 'a-key-that-was-revoked' });
  assert.equal(code, 1);
  assert.match(stdout, /WRONG +JumpCloud accepts the credential\n.*JUMPCLOUD_API_TOKEN/);
  assert.doesNotMatch(stdout + stderr, /a-key-that-was-revoked|logzioSimulator/);
});

test('without AWS settings it says which one is missing, and does not say that SSM was asked', async () => {
  const none = {
    AWS_REGION: undefined,
    AWS_CONFIG_FILE: join(folder, 'none'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
  };
  const noRegion = await run([], none);
  assert.equal(noRegion.code, 1);
  assert.match(noRegion.stdout, /logzio-token cannot be read: Region is missing; set LOGZIO_API_TOKEN .*AWS_REGION/);
  assert.doesNotMatch(noRegion.stdout, /SSM was asked/);
  const keys = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_EC2_METADATA_DISABLED: 'true' };
  const noCredentials = await run([], { ...none, ...keys, AWS_REGION: 'us-east-1' });
  assert.match(noCredentials.stdout, /logzio-token cannot be read: Could not load credentials from any providers; set/);
});

test('what is piped has no colour and one line for each finding', async () => {
  const { stdout } = await run([], TOKENS);
  assert.ok(!stdout.includes('\u001b'));
  assert.match(stdout, /search for type:jumpcloud AND event_id:"check-[0-9a-f-]+"/);
});

test('on a terminal no line is wider than 80 columns, and no word is broken', () => {
  const screen = screenOf({ isTTY: true, columns: 200 } as NodeJS.WriteStream, { NO_COLOR: '1' });
  const found = `${'some words '.repeat(20)}${'x'.repeat(30)}`;
  const lines = showFinding({ part: 'a part', outcome: 'ok', found }, screen).split('\n');
  assert.ok(lines.length > 3);
  for (const line of [...lines, ...showText(found, screen).split('\n')]) assert.ok(line.length <= 80, line);
  assert.ok(lines.join('\n').includes('x'.repeat(30)));
});

for (const [words, says] of [
  [['--tabel', 'x'], /did you mean --table/],
  [['--table'], /needs a value/],
  [['table'], /Only flags/],
  [['--org', 'unknown'], /not in config\.yaml/],
] as const) {
  test(`${words.join(' ')} is refused with exit code 2`, async () => {
    const { code, stderr } = await run(words, TOKENS);
    assert.equal(code, 2);
    assert.match(stderr, says);
  });
}

test('--help fits a terminal of 80 columns', async () => {
  const { code, stdout } = await run(['--help']);
  assert.equal(code, 0);
  assert.deepEqual(
    stdout.split('\n').filter((line) => line.length > 80),
    [],
  );
});
