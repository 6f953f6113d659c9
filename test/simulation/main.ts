/** The command line of the simulation. */
import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { currentDigest, KEPT } from './kept-digest.ts';
import { digestOf, type Played, playAll } from './pool.ts';
import { storyOf } from './story.ts';

/** More failures than this are not told. */
const MOST_TOLD = 5;

const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    history: { type: 'string' },
    minutes: { type: 'string' },
    'keep-digest': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const HELP = `npm run test:simulation -- [options]
  --histories N    how many histories to play; 2000 without it
  --minutes N      as many as fit into this time instead
  --seed TEXT      which ones: the same seed gives the same histories; "random" picks a seed
  --history N      plays one of the seed's histories again, and prints what happened
  --keep-digest    writes the digest that the repository keeps
Exit code: 0 where every history kept the promise, 1 where one broke it.`;
const print = (text: string) => process.stdout.write(`${text}\n`);
const seed = values.seed === 'random' ? String(randomInt(1_000_000_000)) : values.seed;

if (values.help) print(HELP);
else if (values['keep-digest']) await writeFile(KEPT, `${await currentDigest()}\n`);
else if (values.history !== undefined) await playAgain(Number(values.history));
else await playMany();

async function playAgain(number: number): Promise<void> {
  const { story, isBroken } = await storyOf(seed, number);
  print(story);
  process.exitCode = isBroken ? 1 : 0;
}

async function playMany(): Promise<void> {
  const began = performance.now();
  const until = began + Number(values.minutes ?? Number.POSITIVE_INFINITY) * 60_000;
  const histories = values.minutes === undefined ? Number(values.histories) : Number.POSITIVE_INFINITY;
  const played = await playAll(seed, histories, () => performance.now() < until);
  const broken = played.filter(({ broke }) => broke !== undefined);
  for (const { number } of broken.slice(0, MOST_TOLD)) print(`${(await storyOf(seed, number)).story}\n`);
  const sum = (figure: keyof Pick<Played, 'completions' | 'events' | 'invocations'>) =>
    played.reduce((all, one) => all + one[figure], 0);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  print(
    `${played.length} histories of seed ${seed} in ${seconds} s: ${sum('events')} events, ${sum('invocations')} invocations, ` +
      `${sum('completions')} completions; ${broken.length} broke the promise ${broken.map(({ number }) => number).join(' ')}`,
  );
  print(`digest ${digestOf(played)}`);
  process.exitCode = broken.length > 0 ? 1 : 0;
}
