/** What arrived at Logz.io's simulator, compared with what happened at JumpCloud's. */

import assert from 'node:assert/strict';
import type { Result } from '../../lib/commands/context.ts';
import { loginAt, MINUTE_MS, NOON, startWorld, type World } from './world.ts';

/** How often each event arrived, by its id. */
export function arrivals(world: World): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { id } of world.shipped()) counts.set(String(id), (counts.get(String(id)) ?? 0) + 1);
  return counts;
}

/** @throws AssertionError unless exactly `ids` arrived, each once */
export function assertArrivedOnce(world: World, ids: Iterable<string>): void {
  const arrived = world.shipped().map(({ id }) => String(id));
  assert.deepEqual(arrived.sort(), [...ids].sort());
}

/** @throws AssertionError unless so many events arrived, each once */
export function assertEachOnce(world: World, events: number): void {
  assert.equal(arrivals(world).size, events, 'all have arrived');
  assert.equal(world.shipped().length, events, 'none has arrived twice');
}

/** Copies beyond the first of each event. */
export function repeats(world: World): number {
  return [...arrivals(world).values()].reduce((sum, count) => sum + count - 1, 0);
}

/**
 * Runs as the schedule would: `times` runs, five minutes apart; the clock stands five minutes after
 * the last one.
 */
export async function runEveryFiveMinutes(world: World, times: number): Promise<Result[]> {
  const results: Result[] = [];
  for (let run = 0; run < times; run++) {
    results.push(await world.invoke());
    world.clock.advance(5 * MINUTE_MS);
  }
  return results;
}

export function numbered(count: number, prefix = 'event'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}

/** The ids of one event a minute, from 11:00 to 11:54. */
export const EVERY_MINUTE = numbered(55);

export async function startWithEveryMinute(): Promise<World> {
  const world = await startWorld();
  world.jumpcloud.add(EVERY_MINUTE.map((id, index) => loginAt(NOON - (60 - index) * MINUTE_MS, id)));
  return world;
}
