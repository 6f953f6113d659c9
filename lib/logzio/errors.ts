/** What went wrong at Logz.io, what it means, and what to do about it. */
import { howToPut } from '../platform/secrets.ts';

export interface LogzioErrorDetails {
  readonly status?: number;
  readonly retryable: boolean;
  readonly retryAfterMs?: number | undefined;
  /** The bulk may have been taken all the same: sending it again may repeat it. */
  readonly mayHaveArrived: boolean;
  readonly cause?: Error;
}

export class LogzioError extends Error {
  override readonly name = 'LogzioError';
  readonly status: number | undefined;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly mayHaveArrived: boolean;

  constructor(message: string, details: LogzioErrorDetails) {
    super(message, details.cause && { cause: details.cause });
    this.status = details.status;
    this.retryable = details.retryable;
    this.retryAfterMs = details.retryAfterMs;
    this.mayHaveArrived = details.mayHaveArrived;
  }
}

/** What a status means and what to do, for the statuses that no retry can mend. */
export function adviceFor(status: number, tokenName: string): string {
  switch (status) {
    case 401:
      return `it does not accept the token, though it was just read again. Put a valid shipping token into ${tokenName}${howToPut(tokenName)}. Check that logzio.url is the listener of your account's region`;
    case 403:
      return 'it refuses this account: check the shipping token and the plan, and that logzio.url is the listener of your account';
    case 404:
      return 'there is no listener at this address: check logzio.url';
    default:
      return status >= 300 && status < 400
        ? 'it redirects elsewhere, which is not followed because the token would go along: set logzio.url to the final address'
        : 'this status is not expected from it: check logzio.url';
  }
}
