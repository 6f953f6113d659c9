/** Runs a backfill in this process, as long as it lives; what it has done is in the table. */

import { driveBackfill, type Engine } from '../lib/backfill/drive.ts';
import type { BackfillRequest } from '../lib/backfill/protocol.ts';
import type { Clock } from '../lib/platform/outside.ts';
import { Slots } from '../lib/platform/slots.ts';

/**
 * @param ask serves one request, as the shipping function does
 * @param signal starts nothing new, and lets what is under way end
 */
export function inProcessEngine(
  ask: (request: BackfillRequest) => Promise<unknown>,
  clock: Clock,
  signal: AbortSignal,
): Engine {
  const answered = async (request: BackfillRequest): Promise<unknown> => {
    try {
      return await ask(request);
    } catch (error) {
      return { failure: error instanceof Error ? error.message : String(error) };
    }
  };
  const engine: Engine = {
    mostOperations: Number.POSITIVE_INFINITY,
    async ask(_name, request) {
      signal.throwIfAborted();
      return await answered(request);
    },
    async askAll(_name, requests, atOnce) {
      const lanes = new Slots(atOnce);
      const answers = await Promise.all(
        requests.map(async ({ request }) => {
          if (!(await lanes.acquire(signal))) return undefined;
          return await answered(request).finally(() => lanes.release());
        }),
      );
      signal.throwIfAborted();
      return answers;
    },
    wait: (_name, ms) => clock.sleep(ms, signal),
    handOver: (start) => driveBackfill(engine, start),
  };
  return engine;
}
