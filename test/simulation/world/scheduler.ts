/**
 * Virtual time: one queue of all that may complete. The seed chooses what comes next; no real clock
 * takes part.
 */
import { createHash } from 'node:crypto';
import type { Chance } from './chance.ts';

export interface Completion {
  readonly due: number;
  /** Decides between two that are due in the same millisecond. */
  readonly tie: number;
  readonly what: string;
  readonly act: () => void;
  isCancelled: boolean;
}

/** Text is hashed in pieces of about this size. */
const DIGEST_PIECE_CHARACTERS = 16_384;

export class Scheduler {
  now: number;
  completed = 0;
  /** Called with each completion: for a story. */
  onCompletion: ((what: string) => void) | undefined;
  readonly #chance: Chance;
  readonly #heap: Completion[] = [];
  readonly #hash = createHash('sha256');
  #text = '';

  constructor(start: number, chance: Chance) {
    this.now = start;
    this.#chance = chance;
  }

  /** Has `act` called when `ms` have passed. */
  after(ms: number, what: string, act: () => void): Completion {
    const due = this.now + Math.max(0, Math.ceil(ms));
    const completion = { due, tie: this.#chance.next(), what, act, isCancelled: false };
    this.#push(completion);
    return completion;
  }

  /** Completes what is due until `instant`, one after the other; stops where `isOver` says so. */
  async runUntil(instant: number, isOver: () => boolean = () => false): Promise<void> {
    await drained();
    while (!isOver()) {
      const next = this.#heap[0];
      if (!next || next.due > instant) {
        if (Number.isFinite(instant)) this.now = Math.max(this.now, instant);
        return;
      }
      this.#pop();
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
    this.#text += `${this.now} ${what}\n`;
    this.onCompletion?.(what);
    if (this.#text.length < DIGEST_PIECE_CHARACTERS) return;
    this.#hash.update(this.#text);
    this.#text = '';
  }

  /** Of all that completed, in its order. */
  digest(): string {
    return this.#hash.update(this.#text).digest('hex');
  }

  #push(completion: Completion): void {
    const heap = this.#heap;
    let at = heap.push(completion) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(completion, heap[parent] as Completion)) break;
      heap[at] = heap[parent] as Completion;
      at = parent;
    }
    heap[at] = completion;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Completion;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right && isBefore(right, heap[child] as Completion)) child++;
      if (!isBefore(heap[child] as Completion, last)) break;
      heap[at] = heap[child] as Completion;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(one: Completion, other: Completion): boolean {
  return one.due < other.due || (one.due === other.due && one.tie < other.tie);
}

/** Whatever follows from the last completion without waiting for another one has happened. */
function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
