/**
 * How often an event is read while a stream is caught up: runs of an afternoon, in virtual time.
 */

import { makeEvents } from '../simulators/make-events.ts';
import { MINUTE_MS, NOON, startWorld } from '../test/support/world.ts';

const INTERVAL_MINUTES = 5;
const LATENESS_MINUTES = 15;
/** The first runs have less behind them to read again. */
const WARM_UP_RUNS = 4;
const COUNTED_RUNS = 8;
const DAY_MINUTES = 24 * 60;

/**
 * @returns events read for each event that was new, and what the issue allows: `1 + lateness /
 * interval`
 */
export async function readsPerEvent(eventsADay: number): Promise<{ readonly reads: number; readonly target: number }> {
  await using world = await startWorld({
    logzio: { judge: false, keepLines: false },
    config: {
      jumpcloud_api: {
        start_date: 'now',
        settings: { time_interval: INTERVAL_MINUTES, allowed_lateness: LATENESS_MINUTES },
      },
    },
  });
  const runs = WARM_UP_RUNS + COUNTED_RUNS;
  const to = NOON + runs * INTERVAL_MINUTES * MINUTE_MS;
  const count = Math.round((eventsADay * runs * INTERVAL_MINUTES) / DAY_MINUTES);
  world.jumpcloud.add([...makeEvents({ count, seed: 1, from: NOON, to })]);
  await world.invoke();
  let [read, shipped] = [0, 0];
  for (let run = 0; run < runs; run++) {
    world.clock.advance(INTERVAL_MINUTES * MINUTE_MS);
    const result = await world.invoke();
    if (run < WARM_UP_RUNS) continue;
    read += Number(result.eventsRead);
    shipped += Number(result.shipped);
  }
  return { reads: read / shipped, target: 1 + LATENESS_MINUTES / INTERVAL_MINUTES };
}
