/** A stream that is further behind than the plan keeps events, and the way forward. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertArrivedOnce } from '../support/arrivals.ts';
import { loginAt, MINUTE_MS, NOON, startWorld, type World } from '../support/world.ts';

const DAY_MS = 24 * 60 * MINUTE_MS;

/** A stream that stood still for 20 days, on a plan that keeps 15 and refuses older starts. */
async function startBehind(): Promise<World> {
  const world = await startWorld();
  await world.invoke();
  world.clock.advance(20 * DAY_MS);
  const now = world.clock.now();
  world.jumpcloud.add([loginAt(now - 18 * DAY_MS, 'gone'), loginAt(now - DAY_MS, 'kept')]);
  world.jumpcloud.settings.onRequest = ({ body }) => {
    const { start_time } = JSON.parse(body.toString());
    if (Date.parse(start_time) >= now - 15 * DAY_MS) return undefined;
    return { kind: 'answer', status: 400, body: '{"message":"invalid start_time"}' };
  };
  return world;
}

test('a stream behind the plan that keeps 15 days is told so, with the command that leads out', async () => {
  await using world = await startBehind();
  await assert.rejects(world.invoke(), {
    message:
      /start is further back than your plan keeps events: it is 2026-11-20T.*, 20 days ago.*\{"skip_to": "-14d"\}/,
  });
});

test('skip_to names what it gives up, and does nothing without "confirm": true', async () => {
  await using world = await startBehind();
  await assert.rejects(world.invoke({ skip_to: '-14d' }), {
    name: 'InputError',
    message:
      /^This gives up all events from 2026-11-20T11:45.* to 2026-11-26T.* that were not shipped, .* Nothing was done\. .*"confirm": true\}$/,
  });
  await assert.rejects(world.invoke());
});

test('skip_to with "confirm": true moves the stream forward, and what JumpCloud still has arrives', async () => {
  await using world = await startBehind();
  const { message } = await world.invoke({ skip_to: '-14d', confirm: true });
  assert.match(message, /live#default now reads from 2026-11-26T.* on\. Given up: all events/);
  await world.invoke();
  assertArrivedOnce(world, ['kept']);
  assert.match((await world.invoke({ skip_to: '-14d', confirm: true })).message, /^Nothing to skip/);
});

test('an audit does not report the hours that were given up', async () => {
  await using world = await startBehind();
  await world.invoke({ skip_to: '-14d', confirm: true });
  await world.invoke();
  const { differences } = await world.invoke({ audit: true });
  assert.deepEqual(differences, []);
});

test('nor does it where JumpCloud still has the events that were given up', async () => {
  await using world = await startWorld();
  await world.invoke();
  world.clock.advance(2 * DAY_MS);
  world.jumpcloud.add([loginAt(world.clock.now() - DAY_MS, 'given up')]);
  await world.invoke({ skip_to: '-2h', confirm: true });
  assert.equal((await world.invoke()).shipped, 0);
  assert.deepEqual((await world.invoke({ audit: true })).differences, []);
});

test('a slice of a backfill whose time has passed can be given up, and the rest of the backfill goes on', async () => {
  await using world = await startWorld({ config: { jumpcloud_api: { start_date: 'now' } } });
  await world.invoke();
  const range = { start_time: '-15d' };
  world.jumpcloud.add([loginAt(NOON - 10 * DAY_MS, 'old'), loginAt(NOON - DAY_MS, 'young')]);
  await world.invoke({ backfill: 'plan', ...range, events_per_slice: 1 });
  await assert.rejects(
    world.invoke({ backfill_skip_to: '-5d' }),
    /^InputError: This gives up 2 open slices, wholly or in part, .* up to 2 events that were not shipped/,
  );
  assert.match((await world.invoke({ backfill_skip_to: '-5d', confirm: true })).message, /^Given up: 2 open slices/);
  const { slices } = await world.invoke({ backfill: 'next', ...range });
  assert.equal((slices as unknown[]).length, 1);
});
