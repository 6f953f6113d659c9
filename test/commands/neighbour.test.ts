/** With several organizations, each run looks after the next one's stream. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { STAND_IN_API_KEY } from '../../simulators/jumpcloud.ts';
import { loginAt, MINUTE_MS, NOON, startWorld } from '../support/world.ts';

const organizations = ['org-a', 'org-b', 'org-c'];
const several = {
  config: { jumpcloud_api: { credentials: { org_ids: organizations } } },
  jumpcloud: { apiKeys: { [STAND_IN_API_KEY]: { organizations, multiTenant: true } } },
};

test('an organization whose schedule stopped is noticed by the run of another', async () => {
  await using world = await startWorld(several);
  const heard: [string, number][] = [];
  const onNeighbour = (stream: string, watermark: number) => heard.push([stream, watermark]);
  for (const org_id of organizations) await world.invoke({ org_id }, { onNeighbour });
  world.clock.advance(30 * MINUTE_MS);
  heard.length = 0;
  await world.invoke({ org_id: 'org-a' }, { onNeighbour });
  assert.deepEqual(heard, [['live#org-b', NOON - 30_000]], 'org-b has not moved since noon');
});

test('an organization that was added a moment ago is not missed yet', async () => {
  await using world = await startWorld(several);
  const heard: string[] = [];
  await world.invoke({ org_id: 'org-a' }, { onNeighbour: (stream) => heard.push(stream) });
  assert.deepEqual(heard, []);
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
