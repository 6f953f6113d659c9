/** What ends a run, by name: the deadline, a failure, a lost lease, or that all is read. */
import type { Deadline } from '../platform/deadline.ts';
import { LeaseLostError } from '../state/checkpoint.ts';

export class RunSignals {
  /** For requests to JumpCloud. It stops when all is read, at a failure, and at the deadline. */
  readonly reading: Deadline;
  /** For bulks. It stops at a failure and the deadline, and gives up when the lease is lost. */
  readonly sending: Deadline;
  readonly #failed = new AbortController();
  readonly #lostLease = new AbortController();
  readonly #isRead = new AbortController();
  readonly #isSent = new AbortController();
  #failure: unknown;

  constructor(deadline: Deadline) {
    const stop = AbortSignal.any([deadline.stop, this.#failed.signal]);
    this.reading = { ...deadline, stop: AbortSignal.any([stop, this.#isRead.signal]) };
    // The other run sends these events too, so what is still in flight is not waited for.
    this.sending = { ...deadline, stop, giveUp: AbortSignal.any([deadline.giveUp, this.#lostLease.signal]) };
  }

  /** The first failure, unless the lease was lost: that matters more. */
  get failure(): unknown {
    return this.#failure;
  }

  get hasLostLease(): boolean {
    return this.#lostLease.signal.aborted;
  }

  /** Aborted when nothing is in flight any more. */
  get isSent(): AbortSignal {
    return this.#isSent.signal;
  }

  fail(error: unknown): void {
    this.#failure ??= error;
    if (error instanceof LeaseLostError) {
      this.#failure = error;
      this.#lostLease.abort(error);
    }
    this.#failed.abort(error);
  }

  /** No further page is needed. */
  endReading(): void {
    this.#isRead.abort();
  }

  endSending(): void {
    this.#isSent.abort();
  }
}
