/**
 * Between one instance and the world: every request it makes and every answer it gets passes here, so that the instance can
 * be stopped at any await: for a while (a frozen machine, a slow run), or for ever (a killed one).
 */

/** Where the next invocation stops: at its n-th call, before it goes out or when its answer comes back. */
export interface Stop {
  readonly call: number;
  readonly when: 'before' | 'after';
}

export class Gate {
  /** Calls of the current invocation. */
  calls = 0;
  #stop: Stop | undefined;
  #inFlight = 0;
  #opening: Promise<void> | undefined;
  #open: () => void = () => undefined;
  #onStopped: () => void = () => undefined;
  #onQuiet: () => void = () => undefined;

  /** For the next invocation. @returns resolves when the instance has stopped; never, if it comes to its end before */
  arm(stop: Stop | undefined): Promise<void> {
    this.calls = 0;
    this.#stop = stop;
    return new Promise((resolve) => {
      this.#onStopped = resolve;
    });
  }

  /** Waits while the instance is stopped. */
  async door(): Promise<void> {
    while (this.#opening) await this.#opening;
  }

  /** One call of the instance to the world outside. */
  async pass<T>(call: () => Promise<T>): Promise<T> {
    const number = ++this.calls;
    await this.door();
    if (number === this.#stop?.call && this.#stop.when === 'before') this.#freeze();
    await this.door();
    this.#inFlight++;
    try {
      return await call();
    } finally {
      this.#inFlight--;
      if (this.#inFlight === 0) this.#onQuiet();
      if (number === this.#stop?.call && this.#stop.when === 'after') this.#freeze();
      await this.door();
    }
  }

  /** Resolves when nothing that this instance asked for is under way any more. */
  async quiet(): Promise<void> {
    if (this.#inFlight === 0) return;
    await new Promise<void>((resolve) => {
      this.#onQuiet = resolve;
    });
  }

  /** Lets a stopped instance go on, as if nothing had happened. */
  thaw(): void {
    this.#opening = undefined;
    this.#open();
  }

  #freeze(): void {
    this.#stop = undefined;
    this.#opening = new Promise((resolve) => {
      this.#open = resolve;
    });
    this.#onStopped();
  }
}
