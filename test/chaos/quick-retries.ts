/** The AWS clients' own retries, as many as they are in production, waiting in simulated time. */
import type { SimulatedTime } from './time.ts';

/** As `lib/state/table.ts` has it for DynamoDB. */
const MAX_ATTEMPTS = 6;
const FIRST_WAIT_MS = 100;

interface RetryToken {
  getRetryCount(): number;
  getRetryDelay(): number;
}

const token = (retries: number): RetryToken => ({ getRetryCount: () => retries, getRetryDelay: () => 0 });

export function quickRetries(time: SimulatedTime) {
  return {
    mode: 'standard',
    acquireInitialRetryToken: async () => token(0),
    refreshRetryTokenForRetry: async (used: RetryToken, { errorType }: { errorType: string }) => {
      const retries = used.getRetryCount() + 1;
      if (retries >= MAX_ATTEMPTS || (errorType !== 'THROTTLING' && errorType !== 'TRANSIENT')) {
        throw new Error('no further attempt');
      }
      await time.pass(FIRST_WAIT_MS * 2 ** retries);
      return token(retries);
    },
    recordSuccess: () => undefined,
  };
}
