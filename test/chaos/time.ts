/** One history's time: JumpCloud's clock is the truth; each instance of ours has its own, which may disagree and step. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock, EpochMs } from '../../lib/platform/clock.ts';
import type { Gate } from './gate.ts';

interface Timer {
  readonly due: EpochMs;
  readonly fire: () => void;
}

export class SimulatedTime {
  #now: EpochMs;
  readonly #timers = new Set<Timer>();

  constructor(start: EpochMs) {
    this.#now = start;
  }

  readonly now = (): EpochMs => this.#now;

  /** Calls `fire` when `ms` have passed. @returns what cancels it */
  after(ms: number, fire: () => void): () => void {
    const timer = { due: this.#now + Math.ceil(ms), fire };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Moves at once; what becomes due fires. */
  jump(ms: number): void {
    const target = this.#now + Math.ceil(ms);
    for (let timer = this.#nextUntil(target); timer; timer = this.#nextUntil(target)) this.#fire(timer);
    this.#now = Math.max(this.#now, target);
  }

  /** Moves timer by timer, with a turn for whoever waits for one; waits that overlap pass together. Ends early with `signal`. */
  async pass(ms: number, signal?: AbortSignal): Promise<void> {
    const target = this.#now + Math.ceil(ms);
    for (let timer = this.#nextUntil(target); timer && !signal?.aborted; timer = this.#nextUntil(target)) {
      this.#fire(timer);
      await turn();
    }
    if (!signal?.aborted) this.#now = Math.max(this.#now, target);
  }

  #nextUntil(target: EpochMs): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (timer.due <= target && (!next || timer.due < next.due)) next = timer;
    return next;
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.due);
    timer.fire();
  }
}

/** What one instance takes for the time; it stands still for a frozen instance, as its timers do. */
export class InstanceClock implements Clock {
  /** How far it is ahead of JumpCloud's. */
  skewMs: number;
  readonly #time: SimulatedTime;
  readonly #gate: Gate;

  constructor(time: SimulatedTime, gate: Gate, skewMs: number) {
    this.#time = time;
    this.#gate = gate;
    this.skewMs = skewMs;
  }

  readonly now = (): EpochMs => this.#time.now() + this.skewMs;

  readonly elapsedMs = (): number => performance.now();

  readonly turn = (): Promise<void> => turn();

  readonly sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    await this.#gate.door();
    await this.#time.pass(ms, signal);
    await turn();
    await this.#gate.door();
    signal?.throwIfAborted();
  };

  readonly timer = async (ms: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const cancel = this.#time.after(ms, resolve);
      const onAbort = () => {
        cancel();
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    });
    await this.#gate.door();
    signal?.throwIfAborted();
  };
}
