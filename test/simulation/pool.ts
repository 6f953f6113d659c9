/** Plays many histories in worker threads; how the work is split changes nothing. */
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { PromiseBrokenError } from './judge/judge.ts';
import { historyOf } from './people/history.ts';
import { play, type Verdict } from './people/play.ts';
import { type Case, failing, SYSTEMATIC, systematicCases } from './systematic.ts';

export interface Played extends Pick<Verdict, 'digest' | 'completions' | 'events' | 'invocations'> {
  readonly number: number;
  /** The sentence of the promise that it broke, or what else went wrong. */
  readonly broke: string | undefined;
}

/** Histories that a worker is given at once. */
const BATCH = 10;
/** Found by measuring: less collects garbage too often, more leaves the caches of the processor. */
const WORKER_LIMITS = { maxYoungGenerationSizeMb: 32 };

/**
 * @param seed of the histories; SYSTEMATIC: the cases of the small history
 * @param goesOn asked before each batch
 * @returns in the order of the histories
 */
export async function playAll(seed: string, histories: number, goesOn: () => boolean = () => true): Promise<Played[]> {
  const played: Played[] = [];
  let next = 1;
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), { resourceLimits: WORKER_LIMITS });
      const give = () => {
        if (next > histories || !goesOn()) return void worker.terminate();
        const numbers = Array.from({ length: Math.min(BATCH, histories - next + 1) }, () => next++);
        worker.postMessage({ seed, numbers });
      };
      worker.on('message', (verdicts: Played[]) => {
        played.push(...verdicts);
        give();
      });
      worker.on('error', reject);
      worker.on('exit', () => resolve());
      give();
    });
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return played.sort((a, b) => a.number - b.number);
}

/** Of all of them, in their order. */
export function digestOf(played: readonly Pick<Played, 'digest'>[]): string {
  return createHash('sha256')
    .update(played.map(({ digest }) => digest).join('\n'))
    .digest('hex');
}

/** Made once in each worker. */
let cases: Promise<readonly Case[]> | undefined;

async function playOne(seed: string, number: number): Promise<Played> {
  if (seed === SYSTEMATIC) cases ??= systematicCases();
  const one = seed === SYSTEMATIC ? (await cases)?.[number - 1] : undefined;
  const verdict = one ? await play(one.history, failing(one)) : await play(historyOf(`${seed} ${number}`));
  const { broken, digest, completions, events, invocations } = verdict;
  const broke = broken instanceof PromiseBrokenError ? broken.sentence : broken?.message;
  return { number, broke, digest, completions, events, invocations };
}

if (!isMainThread)
  parentPort?.on('message', async ({ seed, numbers }: { seed: string; numbers: number[] }) => {
    const verdicts: Played[] = [];
    for (const number of numbers) verdicts.push(await playOne(seed, number));
    parentPort?.postMessage(verdicts);
  });
