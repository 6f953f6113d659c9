/** What `npm run test:chaos` found: each a broken promise once, and kept since. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loginAt, MINUTE_MS, NOON, startWorld } from './support/world.ts';

test('an event that waits in quarantine does not hide the events after it', async () => {
  await using world = await startWorld({ config: { jumpcloud_api: { settings: { limit: 2 } } } });
  const at = NOON - 5 * MINUTE_MS;
  const unreadable = { text: '{"id":"no-time"}', timestamp: new Date(at + 1).toISOString(), service: 'directory' };
  world.jumpcloud.add([loginAt(at, 'first'), unreadable]);
  await world.invoke();
  // The unreadable one is now the last of a full page, and known.
  world.jumpcloud.add([{ ...loginAt(at + 2, 'behind it'), visibleAt: NOON + MINUTE_MS }]);
  world.clock.advance(2 * MINUTE_MS);
  await world.invoke();
  assert.deepEqual(
    world.shipped().map(({ id }) => id),
    ['first', 'behind it'],
  );
});
