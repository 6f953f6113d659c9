/**
 * What a run looks at besides its events: whether the tokens work although there is nothing to ship
 * yet, and, with several organizations, whether the next one's stream still moves.
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
  assert.match(message, /Shipping begins now.*JumpCloud accepts the key: 2 events in the last hour\./);
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

test('a run seconds after one that JumpCloud refused does not say that all is normal', async () => {
  await using world = await startWorld({ ...now, jumpcloud: { apiKeys: {} } });
  for (const _run of [1, 2]) {
    await assert.rejects(world.invoke(), /JumpCloud .* status 401/);
    world.clock.advance(3_000);
  }
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

test('a listener whose name nobody knows fails the first run, although there is nothing to send', async () => {
  const url = 'https://listener-nowhere.logz.invalid:8071';
  await using world = await startWorld({ config: { ...now.config, logzio: { url } } });
  await assert.rejects(world.invoke(), /Logz\.io .*the name listener-nowhere\.logz\.invalid cannot be resolved/);
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
  assert.match((await world.invoke()).message, /This is the first run\. Shipping begins now/);
});

const organizations = ['org-a', 'org-b', 'org-c'];
const several = {
  config: { jumpcloud_api: { credentials: { org_ids: organizations } } },
  jumpcloud: { apiKeys: { [SIMULATED_API_KEY]: { organizations, multiTenant: true } } },
};

test('an organization whose schedule stopped is noticed by the run of another', async () => {
  await using world = await startWorld(several);
  for (const org_id of organizations) await world.invoke({ org_id });
  world.clock.advance(30 * MINUTE_MS);
  world.written.length = 0;
  await world.invoke({ org_id: 'org-a' });
  const ofOthers = world.written.filter(({ stream }) => stream === 'live#org-b');
  assert.deepEqual(
    ofOthers.map(({ name, value }) => [name, value]),
    [['WatermarkAgeSeconds', 30 * 60 + 30]],
    'org-b has not moved since noon',
  );
});

test('an organization that was added a moment ago is not missed yet', async () => {
  await using world = await startWorld(several);
  await world.invoke({ org_id: 'org-a' });
  assert.deepEqual(
    world.written.filter(({ stream }) => stream !== undefined),
    [],
  );
});

test('a manual invoke runs every organization and reports each, also when one of them fails', async () => {
  await using world = await startWorld(several);
  for (const organization of organizations) {
    world.jumpcloud.add([loginAt(NOON - 5 * MINUTE_MS, `login-${organization}`)], organization);
  }
  world.jumpcloud.settings.organizationsWithoutInsights = ['org-b'];
  await assert.rejects(world.invoke({}), (error: Error) => {
    assert.match(error.message, /1 of 3 streams failed: live#org-b: .*402/);
    return /Shipped 1 event; caught up.*Shipped 1 event; caught up/.test(error.message);
  });
  assert.deepEqual(
    world
      .shipped()
      .map(({ id }) => id)
      .sort(),
    ['login-org-a', 'login-org-c'],
  );
});
