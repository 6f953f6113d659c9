/**
 * Makes a history that breaks the promise smaller: whatever can be left out without mending it is
 * left out.
 */

import { PromiseBrokenError } from './judge/judge.ts';
import type { History, Step } from './people/history.ts';
import { play } from './people/play.ts';

/** Attempts, each of which plays a history. */
const MOST_ATTEMPTS = 400;

/** @returns the smallest history found that breaks the same sentence of the promise */
export async function shrink(history: History): Promise<History> {
  const { broken } = await play(history);
  const sentence = sentenceOf(broken);
  let smallest = history;
  let attempts = 0;
  const isStillBroken = async (candidate: History): Promise<boolean> => {
    if (attempts++ >= MOST_ATTEMPTS) return false;
    const verdict = await play(candidate);
    const isSame = verdict.broken !== undefined && sentenceOf(verdict.broken) === sentence;
    if (isSame) smallest = candidate;
    return isSame;
  };
  // Each round may open the way for another one.
  for (let before = Number.POSITIVE_INFINITY; sizeOf(smallest) < before && attempts < MOST_ATTEMPTS; ) {
    before = sizeOf(smallest);
    await dropFaults(() => smallest, isStillBroken);
    for (let index = smallest.steps.length - 1; index >= 0; index--)
      await shrinkStep(() => smallest, index, isStillBroken);
  }
  return smallest;
}

type Try = (candidate: History) => Promise<boolean>;

/** All of them at once, then halves, then one by one. */
async function dropFaults(current: () => History, attempt: Try): Promise<void> {
  const { struck } = await play(current());
  for (let size = struck.length; size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < struck.length; at += size) {
      const { without, ...history } = current();
      await attempt({ ...history, without: new Set([...without, ...struck.slice(at, at + size)]) });
    }
  }
}

async function shrinkStep(current: () => History, index: number, attempt: Try): Promise<void> {
  const withStep = (change: (step: Step) => Partial<Step> | undefined): History => {
    const { steps, ...history } = current();
    const step = steps[index] as Step;
    const changed = change(step);
    const next = steps[index + 1];
    const rest =
      changed || !next
        ? steps.slice(index + 1)
        : [{ ...next, gapMs: next.gapMs + step.gapMs }, ...steps.slice(index + 2)];
    return { ...history, steps: [...steps.slice(0, index), ...(changed ? [{ ...step, ...changed }] : []), ...rest] };
  };
  if (current().steps[index] === undefined || (await attempt(withStep(() => undefined)))) return;
  const step = () => current().steps[index] as Step;
  if (step().act !== 'nothing') await attempt(withStep(() => ({ act: 'nothing' })));
  if (step().mishaps.length > 0) await attempt(withStep(() => ({ mishaps: [] })));
  if (step().skewMs !== 0) await attempt(withStep(() => ({ skewMs: 0 })));
  for (let burst = step().bursts.length - 1; burst >= 0; burst--) {
    const without = withStep(({ bursts }) => ({ bursts: bursts.toSpliced(burst, 1) }));
    if (await attempt(without)) continue;
    for (let count = step().bursts[burst]?.count ?? 0; count > 1; ) {
      count = Math.floor(count / 2);
      const fewer = withStep(({ bursts }) => ({
        bursts: bursts.map((one, place) => (place === burst ? { ...one, count } : one)),
      }));
      if (!(await attempt(fewer))) break;
    }
  }
}

function sizeOf({ steps, without }: History): number {
  const events = steps.flatMap(({ bursts }) => bursts).reduce((sum, { count }) => sum + count, 0);
  return 1000 * steps.length + events - without.size;
}

function sentenceOf(error: Error | undefined): string {
  return error instanceof PromiseBrokenError ? error.sentence : (error?.message ?? '');
}
