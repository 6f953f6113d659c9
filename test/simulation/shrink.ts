/** Makes a history that breaks the promise smaller: what can go without mending it goes. */
import { isDeepStrictEqual } from 'node:util';
import { PromiseBrokenError } from './judge/judge.ts';
import type { History, Step } from './people/history.ts';
import { play } from './people/play.ts';

/** Attempts, each of which plays a history. */
const MOST_ATTEMPTS = 400;

type Change = (history: History) => History;

/** @returns the smallest history found that breaks the same sentence of the promise */
export async function shrink(history: History): Promise<History> {
  const sentence = sentenceOf((await play(history)).broken);
  let smallest = history;
  let attempts = 0;
  const isStillBroken = async (candidate: History): Promise<boolean> => {
    if (isDeepStrictEqual(candidate, smallest) || attempts++ >= MOST_ATTEMPTS) return false;
    return sentenceOf((await play(candidate)).broken) === sentence;
  };
  // Each round may open the way for another one.
  for (let before: History | undefined; before !== smallest; ) {
    before = smallest;
    const { struck } = await play(smallest);
    for (const change of [...withoutFaults(struck), ...smallest.steps.toReversed().flatMap(withLess)])
      for (let next = change(smallest); await isStillBroken(next); next = change(smallest)) smallest = next;
  }
  return smallest;
}

/** All of them at once, then halves, then one by one. */
function* withoutFaults(struck: readonly string[]): Generator<Change> {
  for (let size = struck.length; size >= 1; size = Math.floor(size / 2))
    for (let at = 0; at < struck.length; at += size)
      yield (history) => ({ ...history, without: history.without.union(new Set(struck.slice(at, at + size))) });
}

/** The history without a step, or with less in it. */
function withLess({ name, bursts }: Step): Change[] {
  const inStep = (change: (step: Step) => Partial<Step>) => (history: History) => ({
    ...history,
    steps: history.steps.map((step) => (step.name === name ? { ...step, ...change(step) } : step)),
  });
  const lessOf = (seed: string) => [
    inStep((step) => ({ bursts: step.bursts.filter((burst) => burst.seed !== seed) })),
    inStep((step) => ({ bursts: step.bursts.map((one) => (one.seed === seed ? half(one) : one)) })),
  ];
  return [
    (history) => ({ ...history, steps: without(history.steps, name) }),
    inStep(() => ({ act: 'nothing' })),
    inStep(() => ({ mishaps: [] })),
    inStep(() => ({ skewMs: 0 })),
    ...bursts.toReversed().flatMap(({ seed }) => lessOf(seed)),
  ];
}

/** The next step is to come no sooner. */
function without(steps: readonly Step[], name: string): Step[] {
  const place = steps.findIndex((step) => step.name === name);
  const gapMs = steps[place]?.gapMs ?? 0;
  const later = (step: Step, nth: number) => (nth === place ? { ...step, gapMs: step.gapMs + gapMs } : step);
  return steps.filter((step) => step.name !== name).map(later);
}

function half<T extends { readonly count: number }>(burst: T): T {
  return { ...burst, count: Math.ceil(burst.count / 2) };
}

function sentenceOf(error: Error | undefined): string | undefined {
  return error instanceof PromiseBrokenError ? error.sentence : error?.message;
}
