/**
 * The image, built and run: in the place of logzio/logzio-jumpcloud, with its command, its folder
 * and its files.
 */
import assert from 'node:assert/strict';
import { chmod, chown, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeEvents } from '../../simulators/make-events.ts';
import { configured, MINUTE_MS, TOKENS } from '../support/started.ts';
import { buildImage } from './build.ts';
import { containerName, podman, runContainer, startAgain } from './podman.ts';

const SHARED = '/app/src/shared';
/** Of the user in the image. */
const USER = 1000;
/** What an orchestrator gives a container to end. */
const LONGEST_STOP_MS = 30_000;
/** As compose.yaml and docs/kubernetes.yaml run it. */
const LOCKED_DOWN = ['--read-only', '--cap-drop', 'all', '--security-opt', 'no-new-privileges'];
const AS_SECRETS = Object.entries(TOKENS).flatMap(([name, value]) => ['--env', `${name}=${value}`]);

const image = await buildImage();

/** A folder as the Docker image had it: config.yaml with the tokens in it, and lastTime.txt. */
async function oldFolder(t: TestContext, events: number) {
  const made = await configured(t, events);
  const { folder, jumpcloud, logzio } = made;
  const config = `logzio:
  url: ${logzio.url}
  token: ${TOKENS.LOGZIO_API_TOKEN}
jumpcloud_api:
  url: ${jumpcloud.url}
  credentials:
    token: ${TOKENS.JUMPCLOUD_API_TOKEN}
  settings:
    time_interval: 1
`;
  await writeFile(join(folder, 'config.yaml'), config);
  await chmod(join(folder, 'config.yaml'), 0o600);
  const since = Date.now() - 40 * MINUTE_MS;
  await writeFile(join(folder, 'lastTime.txt'), `jumpcloud: ${new Date(since).toISOString().replace('Z', '000Z')}\n`);
  for (const name of ['.', 'config.yaml', 'lastTime.txt']) await chown(join(folder, name), USER, USER);
  const expected = () => jumpcloud.visible().filter(({ ms }) => ms >= since).length;
  return { ...made, expected };
}

function assertEachOnce(lines: readonly string[], count: number): void {
  const ids = lines.map((line) => JSON.parse(line).id);
  assert.equal(new Set(ids).size, count, 'lost');
  assert.equal(ids.length, count, 'repeated');
}

async function stop(name: string): Promise<void> {
  const before = performance.now();
  await podman('stop', '--time', '60', name);
  assert.ok(performance.now() - before < LONGEST_STOP_MS, 'it ends by itself in time');
}

/** Runs the image's HEALTHCHECK as Docker would. */
async function health(name: string): Promise<string> {
  const [{ Healthcheck, Config }] = JSON.parse(await podman('image', 'inspect', image));
  const [kind, ...command] = (Config.Healthcheck ?? Healthcheck).Test as string[]; // as Docker and as Podman show it
  assert.equal(kind, 'CMD');
  return await podman('exec', name, ...command);
}

test('the command of before goes on where lastTime.txt says; stopped and started again, nothing is lost or repeated', async (t) => {
  const { folder, jumpcloud, logzio, expected } = await oldFolder(t, 400);
  const name = containerName(t);
  const run = runContainer(t, '--name', name, '-v', `${folder}:${SHARED}`, image);
  await run.said('Shipped');
  assert.match(run.output(), /Beginning at .*, as lastTime\.txt says/);
  assertEachOnce(logzio.lines, expected());
  assert.match(await health(name), /^Healthy: the watermark is \d+ s old; up to 4 min is right\./);
  await stop(name);
  assert.equal(await run.exited, 0, run.output());
  const now = Date.now();
  jumpcloud.add(makeEvents({ count: 50, seed: 2, from: now - 10 * MINUTE_MS, to: now - 2 * MINUTE_MS }));
  const again = startAgain(t, name);
  await again.said('Shipped 50 events');
  await stop(name);
  assert.equal(await again.exited, 0, again.output());
  assertEachOnce(logzio.lines, expected());
  for (const file of ['.local', 'lastTime.txt']) assert.equal((await stat(join(folder, file))).uid, USER, file);
});

test('stopped in the middle of a bulk, it ends within 30 s, and the next start loses and repeats nothing', async (t) => {
  const { folder, logzio, expected } = await oldFolder(t, 2000);
  const inHand = Promise.withResolvers<void>();
  logzio.settings.latencyMs = 3000;
  logzio.settings.onRequest = () => void inHand.resolve();
  const name = containerName(t);
  const run = runContainer(t, '--name', name, '-v', `${folder}:${SHARED}`, image);
  await inHand.promise;
  await stop(name);
  assert.equal(await run.exited, 0, run.output());
  logzio.settings.latencyMs = 0;
  const again = startAgain(t, name);
  await again.said('caught up');
  await stop(name);
  await again.exited;
  assertEachOnce(logzio.lines, expected());
});

test('with a read-only root, no capabilities, a volume, and config.yaml and lastTime.txt mounted one by one, it ships', async (t) => {
  const { folder, logzio, expected } = await oldFolder(t, 100);
  const name = containerName(t);
  const volume = `${name}-state`;
  t.after(() => podman('volume', 'rm', '--force', volume));
  const mounts = [
    `${volume}:${SHARED}`,
    `${join(folder, 'config.yaml')}:${SHARED}/config.yaml:ro`,
    `${join(folder, 'lastTime.txt')}:${SHARED}/lastTime.txt`,
  ].flatMap((mount) => ['-v', mount]);
  const before = await readFile(join(folder, 'lastTime.txt'), 'utf8');
  for (const _start of [1, 2]) {
    const run = runContainer(t, '--rm', '--name', name, ...LOCKED_DOWN, ...AS_SECRETS, ...mounts, image, '--once');
    assert.equal(await run.exited, 0, run.output());
    assert.doesNotMatch(run.output(), /Failed|Warning: \/app/);
    assertEachOnce(logzio.lines, expected());
  }
  const after = await readFile(join(folder, 'lastTime.txt'), 'utf8');
  assert.match(after, /^jumpcloud: \S+Z\n$/);
  assert.ok(after > before, 'it moved on, although it cannot be renamed');
});

test('in a folder of somebody else it says what to do, and the advice works', async (t) => {
  const { folder, logzio, expected } = await oldFolder(t, 20);
  const owner = 4321;
  for (const name of ['.', 'config.yaml', 'lastTime.txt']) await chown(join(folder, name), owner, owner);
  await chmod(folder, 0o755);
  const refused = runContainer(t, '--rm', '-v', `${folder}:${SHARED}`, image, '--once');
  assert.equal(await refused.exited, 2);
  assert.match(refused.output(), /config\.yaml: cannot be read: user 1000 has no permission .*--user/s);
  const asOwner = ['--user', `${owner}:${owner}`, '-v', `${folder}:${SHARED}`];
  const run = runContainer(t, '--rm', ...asOwner, image, '--once');
  assert.equal(await run.exited, 0, run.output());
  assertEachOnce(logzio.lines, expected());
});

test('a second container in the same folder is refused, also where both are process 1', async (t) => {
  const { folder } = await oldFolder(t, 5);
  const name = containerName(t);
  const first = runContainer(t, '--name', name, '-v', `${folder}:${SHARED}`, image);
  await first.said('Shipped');
  const second = runContainer(t, '--rm', '-v', `${folder}:${SHARED}`, image, '--once');
  assert.equal(await second.exited, 1);
  assert.match(second.output(), /in use by another run of this program/);
  await stop(name);
});

test('before a run has ended well, and when they go on failing, it is unhealthy', async (t) => {
  const { folder, jumpcloud } = await oldFolder(t, 5);
  jumpcloud.settings.onRequest = () => ({ kind: 'answer', status: 403 });
  const name = containerName(t);
  const run = runContainer(t, '--name', name, '-v', `${folder}:${SHARED}`, image);
  await run.said('Trying again at');
  await assert.rejects(health(name), /Unhealthy: no run has ended well yet/);
  await stop(name);
});

test('without any configuration, the image makes the trial run', async (t) => {
  const run = runContainer(t, '--rm', ...LOCKED_DOWN, image);
  assert.equal(await run.exited, 0, run.output());
  assert.match(run.output(), /Every one of 4,\d{3} events exactly once/);
});

test('the image holds the program and what it needs to run: no development tools, no CDK, nothing to be changed', async (t) => {
  const look = 'id -u; ls /app/node_modules; echo --; find /app -xdev -writable ! -type l; echo --; ls -A /app';
  const run = runContainer(t, '--rm', '--entrypoint', 'sh', image, '-c', look);
  assert.equal(await run.exited, 0, run.output());
  const [modules = '', writable = '', files = ''] = run.output().split('--\n');
  assert.match(modules, /^1000\n/);
  assert.doesNotMatch(modules, /^(aws-cdk|aws-cdk-lib|constructs|esbuild|typescript|node-linux-\w+)$/m);
  assert.equal(writable, '/app/src/shared\n');
  assert.deepEqual(files.trim().split('\n').sort(), [
    'LICENSE',
    'infra',
    'lib',
    'local',
    'node_modules',
    'package.json',
    'simulators',
    'src',
  ]);
});
