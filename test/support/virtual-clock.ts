/** A clock that a test sets: pauses cost no real time, timers fire when its hands pass them. */

import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../lib/platform/outside.ts';
import type { EpochMs } from '../../lib/platform/time.ts';

interface Timer {
  readonly due: EpochMs;
  readonly fire: () => void;
}

export class VirtualClock implements Clock {
  #now: EpochMs;
  #timers: Timer[] = [];

  constructor(now: EpochMs) {
    this.#now = now;
  }

  readonly now = (): EpochMs => this.#now;

  readonly elapsedMs = (): number => performance.now();

  readonly turn = (): Promise<void> => setImmediate();

  /** Moves the hands forward and fires the timers that they pass, in their order. */
  advance(ms: number): void {
    const target = this.#now + ms;
    for (;;) {
      const next = this.#timers.filter(({ due }) => due <= target).sort((a, b) => a.due - b.due)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.due);
      next.fire();
    }
    this.#now = target;
  }

  /** Sets the hands, back or forth, without firing anything: a clock that steps. */
  step(to: EpochMs): void {
    this.#now = to;
  }

  /** A pause moves the hands by itself, but not past a timer that ends it. */
  readonly sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    const until = this.#now + ms;
    for (;;) {
      const due = Math.min(until, ...this.#timers.map((timer) => timer.due));
      this.advance(Math.max(0, due - this.#now));
      await setImmediate();
      signal?.throwIfAborted();
      if (this.#now >= until) return;
    }
  };

  readonly timer = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const timer = { due: this.#now + ms, fire: resolve };
      this.#timers.push(timer);
      signal?.addEventListener(
        'abort',
        () => {
          this.#timers = this.#timers.filter((other) => other !== timer);
          reject(signal.reason);
        },
        { once: true },
      );
    });
}
