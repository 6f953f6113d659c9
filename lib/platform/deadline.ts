/** How a run ends in time: it starts nothing new, cuts off what hangs, and then saves. */
import type { Clock } from './outside.ts';

/** For the last save: DynamoDB answers in milliseconds, but its client may have to try again. */
const LONGEST_SAVE_MS = 6_000;
/** For the bulks in flight: Logz.io takes one in well under a second; a slow one gets this long. */
const LONGEST_FLIGHT_MS = 15_000;
const SAVE_SHARE = 0.15;
const FLIGHT_SHARE = 0.2;
/** For bulks in flight at a signal to stop: an orchestrator kills 30 s after SIGTERM. */
const FLIGHT_AFTER_SIGNAL_MS = 18_000;

export interface Deadline {
  /** Aborted when no further request may be started. */
  readonly stop: AbortSignal;
  /** Aborted, later, when requests still in flight must be given up. */
  readonly giveUp: AbortSignal;
  /** Milliseconds until `stop`; never negative. */
  remainingMs(): number;
  /** True when a signal, not the time, ended the run. */
  interrupted(): boolean;
  /** Stops the timers. */
  [Symbol.dispose](): void;
}

/**
 * @param totalMs how long the process may live from now on
 * @param signal stops the run early, in the same good order
 */
export function deadlineAfter(clock: Clock, totalMs: number, signal?: AbortSignal): Deadline {
  const saveMs = Math.min(LONGEST_SAVE_MS, totalMs * SAVE_SHARE);
  const flightMs = Math.min(LONGEST_FLIGHT_MS, totalMs * FLIGHT_SHARE);
  const stopMs = totalMs - saveMs - flightMs;
  const stopAt = clock.now() + stopMs;
  const stop = new AbortController();
  const giveUp = new AbortController();
  const disposed = new AbortController();
  const after = (ms: number, act: () => void) => {
    clock.timer(ms, disposed.signal).then(act, () => undefined);
  };
  after(stopMs, () => stop.abort(new Error('the run has to end before its deadline')));
  after(totalMs - saveMs, () => giveUp.abort(new Error('the deadline is near')));
  const onSignal = () => {
    stop.abort(signal?.reason);
    after(FLIGHT_AFTER_SIGNAL_MS, () => giveUp.abort(signal?.reason));
  };
  if (signal?.aborted) onSignal();
  else signal?.addEventListener('abort', onSignal, { once: true });
  return {
    stop: stop.signal,
    giveUp: giveUp.signal,
    remainingMs: () => (stop.signal.aborted ? 0 : Math.max(0, stopAt - clock.now())),
    interrupted: () => signal?.aborted ?? false,
    [Symbol.dispose]: () => {
      disposed.abort();
      signal?.removeEventListener('abort', onSignal);
    },
  };
}
