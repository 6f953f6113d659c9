/** Says what a run waits for: a pause after a refusal looks like a program that hangs. */
import type { Log } from '../functions/runtime.ts';
import type { Clock } from '../lib/clock.ts';
import type { RequestTrace } from '../lib/http.ts';
import { duration } from './progress.ts';

/** Shorter pauses are over before the line is read. */
const SHORTEST_TOLD_MS = 3_000;
/** While one side goes on failing in the same way, a line this often is enough. */
const QUIET_MS = 60_000;

/**
 * @returns the clock and the log with which a run tells its pauses: the log hears why, the clock how long
 */
export function tellWaits(clock: Clock, log: Log, say: (text: string) => void): { clock: Clock; log: Log } {
  let trouble: string | undefined;
  let told: { readonly trouble: string; readonly until: number } | undefined;
  return {
    clock: {
      now: () => clock.now(),
      timer: (ms, signal) => clock.timer(ms, signal),
      sleep(ms, signal) {
        const now = clock.now();
        const isKnown = told?.trouble === trouble && now < (told?.until ?? 0);
        if (trouble !== undefined && ms >= SHORTEST_TOLD_MS && !isKnown) {
          say(`${trouble}; trying again in ${duration(ms / 1000)}.`);
          told = { trouble, until: now + Math.max(ms, QUIET_MS) };
        }
        return clock.sleep(ms, signal);
      },
    },
    log: {
      ...log,
      debug(message, fields) {
        if (message === 'request') trouble = troubleOf(fields as Partial<RequestTrace>) ?? trouble;
        log.debug(message, fields);
      },
    },
  };
}

/** @returns undefined for an answer that is none to wait after */
function troubleOf({ to, status }: Partial<RequestTrace>): string | undefined {
  if (typeof status === 'string') return `${to} does not answer: ${status}`;
  return status === undefined || status < 300 ? undefined : `${to} answered ${status}`;
}
