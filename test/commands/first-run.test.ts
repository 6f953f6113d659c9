/**
 * The first run of a stream: it says whether the tokens work, although there is nothing to ship
 * yet.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SIMULATED_API_KEY } from '../../simulators/jumpcloud.ts';
import { loginAt, MINUTE_MS, NOON, startWorld } from '../support/world.ts';

const now = { config: { jumpcloud_api: { start_date: 'now' } } };

test('a first run says that JumpCloud accepts the key, with its count of the last hour, and ships nothing', async () => {
  await using world = await startWorld(now);
  world.jumpcloud.add([loginAt(NOON - 10 * MINUTE_MS, 'a'), loginAt(NOON - 20 * MINUTE_MS, 'b')]);
  const { message } = await world.invoke();
  assert.match(message, /stream begins now.*JumpCloud accepts the key: 2 events in the last hour\./);
  assert.match(message, /Logz\.io token is not tested until the first event\. .*\{"check": true\}/);
  assert.equal(world.logzio.lines.length, 0);
});

test('a first run with a wrong key fails, and says what to do', async () => {
  await using world = await startWorld({ ...now, jumpcloud: { apiKeys: {} } });
  await assert.rejects(world.invoke(), {
    name: 'RunFailedError',
    message: /status 401 .*Either the key is wrong or was revoked: .*Or it belongs to another region/,
  });
});

test('a first run with a wrong organization fails, and names it', async () => {
  const org_id = '5f00000000000000000000ff';
  const apiKeys = { [SIMULATED_API_KEY]: { organizations: ['another'], multiTenant: true } };
  await using world = await startWorld({
    config: { jumpcloud_api: { start_date: 'now', credentials: { org_id } } },
    jumpcloud: { apiKeys },
  });
  await assert.rejects(world.invoke(), { message: new RegExp(`status 403 .*refused for organization ${org_id}`) });
});

test('the second run does not ask for a count', async () => {
  await using world = await startWorld(now);
  await world.invoke();
  const before = world.jumpcloud.requests.length;
  world.clock.advance(5 * MINUTE_MS);
  await world.invoke();
  const asked = world.jumpcloud.requests.slice(before).map(({ path }) => path);
  assert.ok(asked.every((path) => !path.endsWith('/count')));
});

test('a shipping token that Logz.io refuses fails the first run and those after it, until it is right', async () => {
  await using world = await startWorld(now);
  const { tokens } = world.logzio.settings;
  world.logzio.settings.tokens = ['another'];
  for (const _run of [1, 2]) {
    await assert.rejects(world.invoke(), /^RunFailedError: live#default: Logz\.io .* status 401.*npm run tokens/);
    world.clock.advance(5 * MINUTE_MS);
  }
  world.logzio.settings.tokens = tokens;
  assert.match((await world.invoke()).message, /0 new events/);
});

test('a stream that begins an hour back and finds nothing has its shipping token tested too', async () => {
  await using world = await startWorld();
  world.logzio.settings.tokens = ['another'];
  await assert.rejects(world.invoke(), /Logz\.io .* status 401/);
});

test('a Logz.io that only has trouble does not fail a run that has nothing to send', async () => {
  await using world = await startWorld(now);
  for (const status of [200, 400, 413, 429, 503]) {
    world.logzio.settings.onRequest = () => ({ kind: 'answer', status });
    await world.invoke();
  }
});

test('after the first hour a quiet stream asks Logz.io nothing', async () => {
  await using world = await startWorld(now);
  await world.invoke();
  const { length } = world.logzio.requests;
  world.clock.advance(61 * MINUTE_MS);
  await world.invoke();
  assert.equal(world.logzio.requests.length, length);
});

test('a clock that is more than an hour ahead of JumpCloud is no reason to fail the first run', async () => {
  await using world = await startWorld(now);
  world.jumpcloud.settings.clock = () => world.clock.now() - 120 * MINUTE_MS;
  assert.match((await world.invoke()).message, /The first run: the stream begins now/);
});
