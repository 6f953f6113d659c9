/** Virtual time: one queue of all that may complete; no real clock takes part. */
import { createHash } from 'node:crypto';
import type { Chance } from './chance.ts';

interface Completion {
  readonly due: number;
  /** Decides between two that are due in the same millisecond. */
  readonly tie: number;
  readonly what: string;
  readonly act: () => void;
  isCancelled: boolean;
}

export class Scheduler {
  now: number;
  completed = 0;
  /** Called with each completion: for a story. */
  onCompletion: ((what: string) => void) | undefined;
  readonly #chance: Chance;
  /** What comes next is at the end. */
  readonly #queue: Completion[] = [];
  readonly #hash = createHash('sha256');

  constructor(start: number, chance: Chance) {
    this.now = start;
    this.#chance = chance;
  }

  /** Calls `act` when `ms` have passed. @returns what cancels it */
  after(ms: number, what: string, act: () => void): () => void {
    const due = this.now + Math.max(0, Math.ceil(ms));
    const completion = { due, tie: this.#chance.next(), what, act, isCancelled: false };
    const place = this.#queue.findLastIndex((other) => isBefore(completion, other)) + 1;
    this.#queue.splice(place, 0, completion);
    return () => {
      completion.isCancelled = true;
    };
  }

  /** Completes what is due until `instant`, one after the other; stops where `isOver` says so. */
  async runUntil(instant: number, isOver: () => boolean): Promise<void> {
    await drained();
    while (!isOver()) {
      const next = this.#queue.at(-1);
      if (!next || next.due > instant) {
        if (Number.isFinite(instant)) this.now = Math.max(this.now, instant);
        return;
      }
      this.#queue.pop();
      if (next.isCancelled) continue;
      this.now = next.due;
      this.completed++;
      this.note(next.what);
      next.act();
      await drained();
    }
  }

  /** Makes `what` part of the digest. */
  note(what: string): void {
    this.#hash.update(`${this.now} ${what}\n`);
    this.onCompletion?.(what);
  }

  /** Of all that completed, in its order. */
  digest(): string {
    return this.#hash.digest('hex');
  }
}

function isBefore(one: Completion, other: Completion): boolean {
  return one.due < other.due || (one.due === other.due && one.tie < other.tie);
}

/** Whatever follows from the last completion without waiting for another one has happened. */
function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
