/** With several organizations, each run looks after the next one's stream. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { SIMULATED_API_KEY } from '../../simulators/jumpcloud.ts';
import { loginAt, MINUTE_MS, NOON, startWorld } from '../support/world.ts';

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
