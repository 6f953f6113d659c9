/** Tells how a history broke the promise: made small, line by line, and how to play it again. */
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
  const name = `History ${number} of seed ${seed}`;
  const { broken, digest } = await play(history);
  if (!broken) return { story: `${name} keeps the promise, digest ${digest}.`, isBroken: false };
  const again = `Play it again: npm run test:simulation -- --seed ${seed} --history ${number}`;
  return { story: `${name}\n${await told(await shrink(history))}\n${again}`, isBroken: true };
}

/** What happens in a history, as lines. */
export async function told(history: History, onWorld?: (world: World) => void): Promise<string> {
  const lines: string[] = [];
  const { broken, events } = await play(history, (world) => {
    onWorld?.(world);
    world.scheduler.onCompletion = (what) => {
      lines.push(`  ${new Date(world.now).toISOString()} ${what}`.slice(0, LONGEST_LINE));
    };
  });
  const reason = broken instanceof PromiseBrokenError ? broken.message : (broken?.stack ?? 'it keeps the promise now');
  const tags = tagsIn(broken?.message ?? '').slice(0, 5);
  return [
    `broke the promise: ${reason}`,
    `  ${history.steps.length} steps, ${events} events${tags.length > 0 ? `, about ${tags.join(' ')}` : ''}`,
    `  ${JSON.stringify(history.plan)}`,
    ...lines.slice(-MOST_LINES),
  ].join('\n');
}
