/**
 * Tells how a history broke the promise: made small, line by line, with the command that plays it
 * again.
 */

import { PromiseBrokenError } from './judge/judge.ts';
import { type History, historyOf } from './people/history.ts';
import { play } from './people/play.ts';
import { shrink } from './shrink.ts';
import { tagsIn } from './world/truth.ts';
import type { World } from './world/world.ts';

const MOST_LINES = 120;
const LONGEST_LINE = 300;

/** @param number of the history among those of its seed */
export async function storyOf(seed: string, number: number): Promise<{ story: string; isBroken: boolean }> {
  const history = historyOf(`${seed} ${number}`);
  const again = `Play it again: npm run test:simulation -- --seed ${seed} --history ${number}`;
  const { broken, digest } = await play(history);
  if (!broken)
    return { story: `History ${number} of seed ${seed} keeps the promise, digest ${digest}.`, isBroken: false };
  const small = await shrink(history);
  return { story: `History ${number} of seed ${seed}\n${await told(small)}\n${again}`, isBroken: true };
}

/** What happens in a history, as lines. */
export async function told(history: History, onWorld: (world: World) => void = () => undefined): Promise<string> {
  const lines: string[] = [];
  const { broken, events } = await play(history, (world) => {
    onWorld(world);
    world.scheduler.onCompletion = (what) => {
      lines.push(`  ${new Date(world.now).toISOString()} ${what}`.slice(0, LONGEST_LINE));
    };
  });
  const reason = broken instanceof PromiseBrokenError ? broken.message : (broken?.stack ?? 'it keeps the promise now');
  const tags = broken ? tagsIn(broken.message) : [];
  const { steps, plan } = history;
  return [
    `broke the promise: ${reason}`,
    `  ${steps.length} steps, ${events} events${tags.length > 0 ? `, about ${tags.slice(0, 5).join(' ')}` : ''}`,
    `  ${JSON.stringify(plan)}`,
    ...lines.slice(-MOST_LINES),
  ].join('\n');
}
