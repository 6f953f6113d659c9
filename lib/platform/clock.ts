/** Time, handed in: everything that asks for the hour or waits goes through a Clock, so that tests can set both. */
import { setTimeout as wait } from 'node:timers/promises';

/** Whole milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number;

export interface Clock {
  /** The current instant. */
  now(): EpochMs;
  /**
   * Does nothing for `ms` milliseconds: a pause in the work.
   * @throws when `signal` is aborted meanwhile
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Tells when `ms` milliseconds have passed, while the work goes on.
   * @throws when `signal` is aborted meanwhile
   */
  timer(ms: number, signal?: AbortSignal): Promise<void>;
}

const waitFor = (ms: number, signal?: AbortSignal) => wait(ms, undefined, signal && { signal });

export const systemClock: Clock = { now: Date.now, sleep: waitFor, timer: waitFor };
