/** Chance that can be played again: every draw follows from the names that it was made with. */
import { hash } from 'node:crypto';

type Weighted<T> = readonly (readonly [weight: number, option: T])[];

/** How often each fault strikes where one does. */
export type Faults = Weighted<string>;

export class Chance {
  #state: number;

  /** @param names what is drawn, e.g. a seed and a step: equal names draw equally */
  constructor(...names: readonly (string | number)[]) {
    this.#state = Number.parseInt(hash('sha1', names.join('\n')).slice(0, 8), 16);
  }

  /** At least 0, below 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  happens(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(options: readonly T[]): T {
    return options[this.int(0, options.length - 1)] as T;
  }

  /** One of `options`, each as often as its weight says. */
  weighted<T>(options: Weighted<T>): T {
    let left = this.next() * options.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, option] of options) {
      left -= weight;
      if (left < 0) return option;
    }
    return (options.at(-1) as readonly [number, T])[1];
  }
}
