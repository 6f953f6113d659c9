/** Clocks that are ahead, and answers without a `Date` by which to notice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Post } from '../../lib/platform/http.ts';
import { assertArrivedOnce } from '../support/arrivals.ts';
import { loginAt, MINUTE_MS, NOON, startWorld, type World } from '../support/world.ts';

const DAY_MS = 24 * 60 * MINUTE_MS;

/** A proxy in between takes the `Date` away. */
function withoutDate(world: World): { post: Post } {
  return {
    async post(request) {
      const { headers, ...answer } = await world.runtime.post(request);
      const { date: _, ...rest } = headers;
      return { ...answer, headers: rest };
    },
  };
}

test('a clock two days ahead loses nothing, although JumpCloud says no time', async () => {
  await using world = await startWorld();
  const noDate = withoutDate(world);
  world.jumpcloud.add([loginAt(NOON - 30 * MINUTE_MS, 'before')]);
  await world.invoke({}, noDate);
  world.clock.step(NOON + 2 * DAY_MS);
  world.jumpcloud.settings.clock = () => NOON;
  await world.invoke({}, noDate);
  world.jumpcloud.settings.clock = world.clock.now;
  world.clock.step(NOON + 60 * MINUTE_MS);
  world.jumpcloud.add([loginAt(NOON + 20 * MINUTE_MS, 'after')]);
  const failure: Error = await world.invoke().then(
    () => assert.fail('the watermark is ahead'),
    (error) => error,
  );
  const [, rewind = ''] = /(\{"rewind_to".*\})$/.exec(failure.message) ?? [];
  await world.invoke(JSON.parse(rewind));
  await world.invoke();
  assertArrivedOnce(world, ['before', 'after']);
});

test('a clock eight minutes ahead loses no late event, although JumpCloud says no time', async () => {
  await using world = await startWorld();
  world.jumpcloud.settings.clock = () => NOON;
  world.clock.step(NOON + 8 * MINUTE_MS);
  world.jumpcloud.add([loginAt(NOON - MINUTE_MS, 'seen')]);
  await world.invoke({}, withoutDate(world));
  world.jumpcloud.settings.clock = world.clock.now;
  world.clock.step(NOON + 5 * MINUTE_MS);
  world.jumpcloud.add([loginAt(NOON - 8 * MINUTE_MS, 'fourteen minutes late')]);
  world.clock.step(NOON + 20 * MINUTE_MS);
  await world.invoke();
  assertArrivedOnce(world, ['seen', 'fourteen minutes late']);
});

test('a machine that sleeps for hours while JumpCloud answers takes no clock for wrong, and loses nothing', async () => {
  await using world = await startWorld();
  world.jumpcloud.add([loginAt(NOON - 10 * MINUTE_MS, 'before')]);
  await world.invoke();
  world.clock.advance(5 * MINUTE_MS);
  world.jumpcloud.add([loginAt(NOON + 2 * MINUTE_MS, 'asked for'), loginAt(NOON + 120 * MINUTE_MS, 'meanwhile')]);
  const post: Post = async (request) => {
    const answer = await world.runtime.post(request);
    world.clock.step(NOON + 8 * 60 * MINUTE_MS);
    return answer;
  };
  await world.invoke({}, { post });
  await world.invoke();
  assertArrivedOnce(world, ['before', 'asked for', 'meanwhile']);
});

test('a quiet stream without a Date in the answers does not look stale, and settles nothing', async () => {
  await using world = await startWorld();
  await world.invoke({}, withoutDate(world));
  world.clock.advance(120 * MINUTE_MS);
  const { watermarkAgeSeconds } = await world.invoke({}, withoutDate(world));
  assert.ok((watermarkAgeSeconds as number) < 120, String(watermarkAgeSeconds));
  world.jumpcloud.add([loginAt(NOON + 5 * MINUTE_MS, 'an hour late')]);
  await world.invoke();
  assertArrivedOnce(world, ['an hour late']);
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
  assert.match((parts as string[]).join('\n'), /WRONG: events arrive: .* is in the future.*"rewind_to"/);
  await world.invoke({ rewind_to: '-1h' });
  await world.invoke();
  const ids = world.shipped().map(({ id }) => id);
  assert.equal(ids.filter((id) => id === 'while the clock was ahead').length, 1);
});
