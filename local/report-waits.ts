/** Says what a run waits for: a pause after a refusal looks like a program that hangs. */
import type { RequestTrace } from '../lib/platform/http.ts';
import type { Clock, Log } from '../lib/platform/outside.ts';
import { duration } from './progress.ts';

/** Shorter pauses are over before the line is read. */
const SHORTEST_REPORTED_MS = 3_000;
/** The address may be wrong: report it at the first pause. */
const NOBODY_THERE = 'no connection';
/** While one side goes on failing in the same way, a line this often is enough. */
const QUIET_MS = 60_000;

/**
 * @returns the clock and the log with which a run reports its pauses: the log gets the reason, the
 * clock the length
 */
export function reportWaits(clock: Clock, log: Log, say: (text: string) => void): { clock: Clock; log: Log } {
  // Of the last request: between its end and the pause that it causes there is no other.
  let trouble: string | undefined;
  let reported: { readonly trouble: string; readonly until: number } | undefined;
  return {
    clock: {
      now: () => clock.now(),
      elapsedMs: () => clock.elapsedMs(),
      timer: (ms, signal) => clock.timer(ms, signal),
      turn: () => clock.turn(),
      sleep(ms, signal) {
        const now = clock.now();
        const why = trouble ?? 'A request failed';
        trouble = undefined;
        const isKnown = reported?.trouble === why && now < reported.until;
        if ((ms >= SHORTEST_REPORTED_MS || why.includes(NOBODY_THERE)) && !isKnown) {
          say(`${why}; trying again in ${duration(ms / 1000)}.`);
          reported = { trouble: why, until: now + Math.max(ms, QUIET_MS) };
        }
        return clock.sleep(ms, signal);
      },
    },
    log: {
      ...log,
      debug(message, fields) {
        if (message === 'request') trouble = troubleOf(fields as Partial<RequestTrace>);
        log.debug(message, fields);
      },
    },
  };
}

function troubleOf({ to, status }: Partial<RequestTrace>): string {
  if (typeof status === 'string') return `${to} does not answer: ${status}`;
  return status === 200 ? `${to} gave an answer that cannot be used` : `${to} answered ${status}`;
}
