/** The first run of a stream that begins now: it says whether the key works, although there is nothing to ship yet. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STAND_IN_API_KEY } from '../../simulators/jumpcloud.ts';
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
  const apiKeys = { [STAND_IN_API_KEY]: { organizations: ['another'], multiTenant: true } };
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
