/** Time, handed in: whoever asks for the time or waits goes through a Clock. */

/** Whole milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number;

export interface Clock {
  /** The current instant. May step back or forth, as a machine's clock does. */
  now(): EpochMs;
  /** A stopwatch in milliseconds: never steps, begins anywhere. */
  elapsedMs(): number;
  /**
   * Waits for `ms` milliseconds: a pause in the work.
   * @throws when `signal` is aborted meanwhile
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Resolves after `ms` milliseconds, while the work goes on.
   * @throws when `signal` is aborted meanwhile
   */
  timer(ms: number, signal?: AbortSignal): Promise<void>;
  /** Lets requests and timers that are due go on first. */
  turn(): Promise<void>;
}
