/** The instances of one history: warm ones, stopped ones that may wake up, killed ones that never do, and child processes. */
import { Instance } from './instance.ts';
import { killedChild } from './killed-child.ts';
import type { Settings } from './plan.ts';
import type { Chance } from './random.ts';
import type { Course, Outcome, Stage } from './stage.ts';

export class Fleet {
  settings: Settings;
  readonly #stage: Stage;
  readonly #chance: Chance;
  readonly #all: Instance[] = [];
  #warm: Instance | undefined;
  #stopped: Instance[] = [];
  #names = 0;

  constructor(stage: Stage, chance: Chance, settings: Settings) {
    this.#stage = stage;
    this.#chance = chance;
    this.settings = settings;
  }

  get hasStopped(): boolean {
    return this.#stopped.length > 0;
  }

  /** A name that no invocation had before. */
  name(kind: string): string {
    return `${kind}${++this.#names}`;
  }

  /** A new one. */
  start(): Instance {
    const instance = new Instance(this.#stage, this.settings, 0);
    this.#all.push(instance);
    return instance;
  }

  /** The warm one, or a new one. */
  take(): Instance {
    if (this.#warm && this.#chance.happens(0.5)) return this.#warm;
    this.#warm = this.start();
    return this.#warm;
  }

  /** The instance that was warm is warm no more. */
  cool(): void {
    this.#warm = undefined;
  }

  /** Invokes `instance`; one that is stopped on the way may be killed there. */
  async invoke(instance: Instance, course: Course): Promise<Outcome> {
    const outcome = await this.#play(instance, course);
    if (outcome.kind === 'stopped') {
      this.cool();
      // Whether it is killed or only slow shows later; until then it holds its lease.
      this.#stopped.push(instance);
      if (this.#chance.happens(0.6)) this.#kill(instance);
    }
    return outcome;
  }

  /** Invokes `instance`, and where it is stopped on the way has others act: two at once, always in the same order. */
  async interrupted(instance: Instance, course: Course, meanwhile: () => Promise<void>): Promise<Outcome> {
    const outcome = await this.#play(instance, course);
    if (outcome.kind !== 'stopped') return outcome;
    await meanwhile();
    return this.#tellEnd(instance, await instance.resume());
  }

  async #play(instance: Instance, course: Course): Promise<Outcome> {
    const { trace } = this.#stage;
    trace(`${course.name} begins: ${JSON.stringify({ ...course, skewMs: instance.clock.skewMs })}`);
    const outcome = await instance.invoke(course);
    this.#stage.count('runs');
    this.#stage.count(outcome.kind);
    trace(`${course.name} ${outcome.kind} after ${instance.gate.calls} calls ${wordsOf(outcome)}`);
    return outcome;
  }

  #tellEnd(instance: Instance, outcome: Outcome): Outcome {
    this.#stage.trace(`${instance.course.name} ${outcome.kind} at last ${wordsOf(outcome)}`);
    return outcome;
  }

  /** A run that stood still goes on, whoever holds its lease by now. */
  async wakeOne(): Promise<void> {
    const { trace } = this.#stage;
    const instance = this.#chance.pick(this.#stopped);
    this.#stopped = this.#stopped.filter((other) => other !== instance);
    trace(`${instance.course.name} wakes up`);
    this.#stage.count('woken');
    this.#tellEnd(instance, await instance.resume());
  }

  killOne(): void {
    this.#kill(this.#chance.pick(this.#stopped));
  }

  async killChild(): Promise<void> {
    const call = this.#chance.int(3, 16);
    this.#stage.trace(`a child process runs, and gets SIGKILL at its request ${call}`);
    this.#stage.count('children');
    await killedChild(this.#stage, this.settings, this.name('child'), call);
  }

  destroy(): void {
    for (const instance of this.#all) instance.destroy();
  }

  #kill(instance: Instance): void {
    instance.excuse('was killed');
    this.#stopped = this.#stopped.filter((other) => other !== instance);
    this.#stage.count('killed');
    this.#stage.trace(`${instance.course.name} is killed`);
  }
}

function wordsOf(outcome: Outcome): string {
  if (outcome.kind === 'done') return JSON.stringify(outcome.result);
  return outcome.kind === 'failed' ? String(outcome.error) : '';
}
