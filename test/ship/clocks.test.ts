/** Clocks that are ahead, and answers without a `Date` by which to notice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertArrivedOnce } from '../support/arrivals.ts';
import { loginAt, MINUTE_MS, NOON, startWorld } from '../support/world.ts';

const DAY_MS = 24 * 60 * MINUTE_MS;
const noDate = { omitHeaders: ['date'] };

test('a clock two days ahead loses nothing, although JumpCloud says no time', async () => {
  await using world = await startWorld({ jumpcloud: noDate });
  world.jumpcloud.add([loginAt(NOON - 30 * MINUTE_MS, 'before')]);
  await world.invoke();
  world.clock.step(NOON + 2 * DAY_MS);
  world.jumpcloud.settings.clock = () => NOON;
  await world.invoke();
  world.jumpcloud.settings.clock = world.clock.now;
  world.clock.step(NOON + 60 * MINUTE_MS);
  world.jumpcloud.add([loginAt(NOON + 20 * MINUTE_MS, 'after')]);
  await world.invoke();
  assertArrivedOnce(world, ['before', 'after']);
});

test('a quiet stream without a Date in the answers does not look stale', async () => {
  await using world = await startWorld({ jumpcloud: noDate });
  await world.invoke();
  world.clock.advance(120 * MINUTE_MS);
  const { watermarkAgeSeconds } = await world.invoke();
  assert.ok((watermarkAgeSeconds as number) < 120, String(watermarkAgeSeconds));
});

test('a watermark ahead of now fails the run with the way out, check names it, and the way out works', async () => {
  await using world = await startWorld();
  world.clock.step(NOON + 2 * DAY_MS);
  await world.invoke();
  world.clock.step(NOON);
  world.jumpcloud.add([loginAt(NOON - 10 * MINUTE_MS, 'while the clock was ahead')]);
  await assert.rejects(world.invoke(), {
    name: 'RunFailedError',
    message: /which is ahead of this machine's clock .*"rewind_to"/,
  });
  const { parts } = await world.invoke({ check: true });
  assert.match((parts as string[]).join('\n'), /WRONG: events arrive: .* lies ahead of now.*"rewind_to"/);
  await world.invoke({ rewind_to: '-1h' });
  await world.invoke();
  const ids = world.shipped().map(({ id }) => id);
  assert.equal(ids.filter((id) => id === 'while the clock was ahead').length, 1);
});
