/** What an instance waits for: each effect has a number, and at it a mishap may strike. */
import type { Run } from '../judge/ledger.ts';
import { Chance } from './chance.ts';
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
  readonly death = Promise.withResolvers<void>();
  chance: Chance;
  readonly #world: World;
  readonly #name: string;
  #run: Run | undefined;
  #onDeath: (why: string) => void = () => undefined;
  #frozenUntil = 0;
  #endsAt = 0;
  #outlives = false;

  constructor(world: World, name: string) {
    this.#world = world;
    this.#name = name;
    this.chance = new Chance(world.seed, name);
  }

  /**
   * @param onDeath called when the instance dies in the middle of the run
   * @returns what the run calls at its end
   */
  begins(run: Run, onDeath: (why: string) => void): () => void {
    const { name, lifeMs } = run.invocation;
    const { now, seed, scheduler } = this.#world;
    [this.#run, this.#onDeath] = [run, onDeath];
    [this.count, this.requests.length, this.#outlives] = [0, 0, false];
    this.chance = new Chance(seed, name);
    this.#endsAt = now + lifeMs;
    return scheduler.after(lifeMs, `${name} over`, () => this.#outlives || this.#kill('timed out'));
  }

  get remainingMs(): number {
    return Math.max(0, this.#endsAt - this.#world.now);
  }

  #kill(why: string): void {
    if (this.isDead) return;
    this.isDead = true;
    this.#onDeath(why);
    this.death.resolve();
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

  /** Counts an effect. @returns undefined where the instance is killed before it */
  begin(what: string): { killAfter: boolean } | undefined {
    const number = ++this.count;
    if (this.isDead) return undefined;
    const { name, mishaps } = this.#run?.invocation ?? { mishaps: [] };
    const mishap = mishaps.find(({ effect }) => effect === number);
    if (mishap) this.#world.scheduler.note(`${name} ${mishap.kind} at effect ${number}, ${what}`);
    if (mishap?.kind === 'clock') this.skewMs = mishap.skewMs;
    if (mishap?.kind === 'freeze') {
      this.#frozenUntil = this.#world.now + mishap.ms;
      this.#outlives = mishap.outlives && this.#frozenUntil > this.#endsAt;
      if (this.#outlives) this.#run?.excuses.add('stood still for longer than it may live');
    }
    if (mishap?.kind !== 'kill') return { killAfter: false };
    if (mishap.isApplied) return { killAfter: true };
    this.#kill('killed');
    return undefined;
  }

  /**
   * Has a request arrive, even if nothing waits for its answer any more.
   * @param apply returns what the answer does in the instance; undefined: there is none
   */
  reach(ms: number, what: string, { killAfter }: { killAfter: boolean }, apply: () => (() => void) | undefined): void {
    const chance = this.chance;
    this.requests.push(this.count);
    this.#world.scheduler.after(this.delay(ms), `${this.#name} ${what}`, () => {
      if (this.isDead && !chance.happens(UNDECIDED)) return;
      const answer = apply();
      if (killAfter) return this.#kill('killed');
      if (answer && !this.isDead) this.wake(this.delay(ms), `${what} answered`, answer);
    });
  }

  /** Goes on in the instance, if it is there and not frozen. @returns what cancels it */
  wake(ms: number, what: string, act: () => void): () => void {
    let cancel = this.#world.scheduler.after(ms, `${this.#name} ${what}`, () => {
      if (this.isDead) return;
      const waitMs = this.#frozenUntil - this.#world.now;
      if (waitMs <= 0) return act();
      cancel = this.wake(waitMs, what, act);
    });
    return () => cancel();
  }

  delay(usualMs: number): number {
    const { isTroubled, plan } = this.#world;
    if (isTroubled && usualMs === HTTP_MS && this.chance.happens(plan.slow)) return this.chance.int(1, SLOW_MS);
    return this.chance.int(1, 2 * usualMs);
  }
}
