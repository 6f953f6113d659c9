/** Tells how a history broke the promise: its shape, the steps, and every line about the events concerned. */
import type { Verdict } from './history.ts';
import { PromiseBrokenError } from './judge.ts';

/** Lines that tell the course of a history, whatever they are about. */
const COURSE = /begins|done|failed|stopped|wakes|killed|at last|settled|redeployed|rotated|refuses|all is quiet|child/;
const MOST_LINES = 200;

export function describeFailure({ seed, plan, failure, trace }: Verdict, steps: number): string {
  const tags = failure instanceof PromiseBrokenError ? failure.tags : [];
  const told = trace.filter((line) => COURSE.test(line) || tags.some((tag) => line.split(/[ :]/).includes(tag)));
  return [
    `Seed ${seed}: ${failure instanceof PromiseBrokenError ? failure.message : failure?.stack}`,
    `  ${JSON.stringify(plan)}`,
    ...told.slice(-MOST_LINES).map((line) => `  ${line.length > 600 ? `${line.slice(0, 600)} …` : line}`),
    `Play it again: npm run test:chaos -- --histories 1 --seed ${seed} --steps ${steps} --trace`,
  ].join('\n');
}
