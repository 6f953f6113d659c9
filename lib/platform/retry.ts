/** The one retry layer: exponential back-off with full jitter, `Retry-After` honoured. */
import type { Deadline } from './deadline.ts';
import type { HttpAnswer } from './http.ts';
import type { Timing } from './outside.ts';
import { type EpochMs, formatInstant } from './time.ts';

/** JumpCloud or Logz.io did not do what was asked; the fields say what that leaves to be done. */
export class ServiceError extends Error {
  readonly status?: number;
  readonly retryable: boolean = false;
  /** How long the server asked us to stay away. */
  readonly retryAfterMs?: number | undefined;
  /** After so many attempts no other is likely to help. */
  readonly mostAttempts: number = Number.POSITIVE_INFINITY;
  /** The next attempt is another one, which nothing speaks against making at once. */
  readonly needsNoWait: boolean = false;
  /** The server's clock when it answered. */
  readonly serverNow?: EpochMs | undefined;
  /** The request may have had its effect all the same: sending it again may repeat it. */
  readonly mayHaveArrived: boolean = false;
  /** Asking for fewer events may help: the answer was too large or too slow. */
  readonly askForLess: boolean = false;
  /** Our own deadline cut the request off: nothing is known against the server. */
  readonly givenUp: boolean = false;

  constructor(message: string, { cause, ...details }: ErrorDetails = {}) {
    super(message, { cause });
    Object.assign(this, details);
  }
}

export type ErrorDetails = Partial<Omit<ServiceError, keyof Error>> & { readonly cause?: Error };

interface RetryContext extends Timing {
  /** Its `stop` ends the waiting with the last error. No wait begins that would outlast it. */
  readonly deadline: Pick<Deadline, 'stop' | 'remainingMs'>;
  readonly onRetry?: (error: ServiceError) => void;
}

const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 20_000;
/** Caps Retry-After: longer than any run, and far below the 24.8 days at which timers overflow. */
const LONGEST_ASKED_WAIT_MS = 24 * 3_600_000;

/**
 * Calls `attempt` until it succeeds, its error is not retryable, or the server asks for more time
 * than is left before the deadline.
 * @throws the last attempt's error
 */
export async function retrying<T>(attempt: () => Promise<T>, context: RetryContext): Promise<T> {
  const { clock, random, deadline, onRetry } = context;
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isRetryable(error) || deadline.stop.aborted) throw error;
      const { mostAttempts, retryAfterMs: askedWaitMs = 0 } = error;
      if (failures >= mostAttempts || askedWaitMs > deadline.remainingMs()) throw error;
      const backOffMs = random.fraction() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures);
      try {
        await clock.sleep(error.needsNoWait ? 0 : Math.max(backOffMs, askedWaitMs), deadline.stop);
      } catch {
        throw error;
      }
      onRetry?.(error);
    }
  }
}

/** How long the server asked us to stay away, where it did: to pass on with a failed run. */
export function retryAfterOf(error: unknown): { readonly retryAfterMs?: number } {
  return isRetryable(error) && error.retryAfterMs !== undefined ? { retryAfterMs: error.retryAfterMs } : {};
}

function isRetryable(error: unknown): error is ServiceError {
  return error instanceof ServiceError && error.retryable;
}

/**
 * What an answer that is no success means, and whether it may soon be another one.
 * @param advice for a status that no retry mends
 */
export function statusFault({ status, headers }: HttpAnswer, now: EpochMs, advice: string) {
  const retryable = status === 408 || status === 429 || status >= 500;
  if (!retryable) return { status, retryable, meaning: advice };
  const retryAfterMs = parseRetryAfter(headers['retry-after'] ?? '', now);
  const wish = retryAfterMs === undefined ? '' : `, and asks us to wait until ${formatInstant(now + retryAfterMs)}`;
  return { status, retryable, retryAfterMs, meaning: `it is overloaded or failing${wish}` };
}

/** @param header seconds or an HTTP date. @returns ms, or undefined where there is none to read */
function parseRetryAfter(header: string, now: EpochMs): number | undefined {
  const seconds = Number.parseFloat(header);
  const waitMs = Number.isNaN(seconds) ? Date.parse(header) - now : seconds * 1000;
  return Number.isNaN(waitMs) ? undefined : Math.min(LONGEST_ASKED_WAIT_MS, Math.max(0, waitMs));
}
