/**
 * What an instance waits for: each effect with its place among all, and whatever befalls the
 * instance there.
 */

import type { Run } from '../judge/ledger.ts';
import { Chance } from './chance.ts';
import type { Invocation } from './instance.ts';
import type { World } from './world.ts';

export const HTTP_MS = 150;
const SLOW_MS = 90_000;
/** A request of an instance that is gone is applied with this probability. */
const UNDECIDED = 0.5;

export class Effects {
  /** How many the invocation has had. */
  count = 0;
  /** Which of them left the instance. */
  readonly requests: number[] = [];
  /** How far its clock is ahead. */
  skewMs = 0;
  isDead = false;
  /** Resolves when the instance dies. */
  readonly death: Promise<void>;
  chance: Chance;
  readonly #world: World;
  readonly #name: string;
  #invocation: Invocation | undefined;
  #run: Run | undefined;
  #onDeath: (why: string) => void = () => undefined;
  #die: () => void;
  #frozenUntil = 0;
  #endsAt = 0;
  #outlives = false;

  constructor(world: World, name: string) {
    this.#world = world;
    this.#name = name;
    this.chance = new Chance(world.seed, name);
    const death = Promise.withResolvers<void>();
    [this.death, this.#die] = [death.promise, death.resolve];
  }

  /** @param onDeath called when the instance dies in the middle of it */
  invoke(invocation: Invocation, run: Run, onDeath: (why: string) => void): void {
    const { now, seed } = this.#world;
    [this.#invocation, this.#run, this.#onDeath] = [invocation, run, onDeath];
    [this.count, this.requests.length, this.#outlives] = [0, 0, false];
    this.chance = new Chance(seed, invocation.name);
    this.#endsAt = now + invocation.lifeMs;
  }

  get remainingMs(): number {
    return Math.max(0, this.#endsAt - this.#world.now);
  }

  timeIsOver(): void {
    if (!this.#outlives) this.kill('timed out');
  }

  kill(why: string): void {
    if (this.isDead) return;
    this.isDead = true;
    this.#onDeath(why);
    this.#die();
  }

  /** An effect within the instance: nothing is to be applied. */
  later<T>(what: string, ms: number, result: () => T, signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (!this.begin(what)) return;
      const onAbort = () => {
        cancel();
        if (!this.isDead) reject(signal?.reason);
      };
      const cancel = this.wake(ms, what, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve(result());
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /**
   * Counts an effect.
   * @returns undefined where the instance is killed before it, else what is to happen at it
   */
  begin(what: string): { killAfter: boolean } | undefined {
    const number = ++this.count;
    const mishap = this.#invocation?.mishaps.find(({ effect }) => effect === number);
    if (this.isDead) return undefined;
    if (mishap) this.#world.scheduler.note(`${this.#invocation?.name} ${mishap.kind} at effect ${number}, ${what}`);
    if (mishap?.kind === 'clock') this.skewMs = mishap.skewMs;
    if (mishap?.kind === 'freeze') {
      this.#frozenUntil = this.#world.now + mishap.ms;
      this.#outlives = mishap.outlives && this.#frozenUntil > this.#endsAt;
      if (this.#outlives) this.#run?.excuses.add('stood still for longer than it may live');
    }
    if (mishap?.kind === 'kill' && !mishap.isApplied) {
      this.kill('killed');
      return undefined;
    }
    return { killAfter: mishap?.kind === 'kill' };
  }

  /** Has a request arrive, even if nothing waits for its answer any more. */
  reach(ms: number, what: string, { killAfter }: { killAfter: boolean }, apply: () => () => void): void {
    const chance = this.chance;
    this.requests.push(this.count);
    this.#world.scheduler.after(this.delay(ms), `${this.#name} ${what}`, () => {
      if (this.isDead && !chance.happens(UNDECIDED)) return;
      const answer = apply();
      if (killAfter) return this.kill('killed');
      if (!this.isDead) answer();
    });
  }

  /** Goes on in the instance, if it is there and not frozen. @returns what cancels it */
  wake(ms: number, what: string, act: () => void): () => void {
    const completion = this.#world.scheduler.after(ms, `${this.#name} ${what}`, () => {
      if (this.isDead) return;
      const waitMs = this.#frozenUntil - this.#world.now;
      if (waitMs <= 0) return act();
      cancel = this.wake(waitMs, what, act);
    });
    let cancel = () => {
      completion.isCancelled = true;
    };
    return () => cancel();
  }

  delay(usualMs: number): number {
    const { isTroubled, plan } = this.#world;
    if (isTroubled && usualMs === HTTP_MS && this.chance.happens(plan.slow)) return this.chance.int(1, SLOW_MS);
    return this.chance.int(1, 2 * usualMs);
  }
}
