/** A fixed number of places for work that is under way at the same time. */

export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Waits for a free place and takes it.
   * @returns false, without a place, when `signal` is aborted first
   */
  async acquire(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    if (this.#free > 0) {
      this.#free--;
      return true;
    }
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const onFree = () => {
      signal.removeEventListener('abort', onAbort);
      resolve(true);
    };
    const onAbort = () => {
      this.#waiting.splice(this.#waiting.indexOf(onFree), 1);
      resolve(false);
    };
    this.#waiting.push(onFree);
    signal.addEventListener('abort', onAbort, { once: true });
    return await promise;
  }

  /** Gives a place back, to the one that waited longest. */
  release(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}
