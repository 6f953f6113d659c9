/** The promise, sentence by sentence, in histories of faults; see docs/testing.md. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { SENTENCES } from './judge/judge.ts';
import { currentDigest, KEPT } from './kept-digest.ts';
import { type Played, playAll } from './pool.ts';
import { storyOf } from './story.ts';

const HISTORIES = 300;
const SEED = '1';

let played: readonly Played[] = [];
before(async () => {
  played = await playAll(SEED, HISTORIES);
});

for (const sentence of SENTENCES) {
  test(`${HISTORIES} histories: ${sentence}`, async () => {
    const broken = played.find(({ broke }) => broke === sentence);
    if (broken) assert.fail((await storyOf(SEED, broken.number)).story);
  });
}

test(`${HISTORIES} histories: the program never breaks down`, () => {
  const known: readonly (string | undefined)[] = [undefined, ...SENTENCES];
  const broken = played.filter(({ broke }) => !known.includes(broke));
  assert.deepEqual(broken, []);
});

test('the same seed gives the same run, to the byte, however the work is split', async () => {
  assert.equal(await currentDigest(), await currentDigest());
});

test('a run is the one that the repository keeps', async () => {
  const message = 'the program asks for other things, or in another order: npm run test:simulation -- --keep-digest';
  assert.equal(`${await currentDigest()}\n`, await readFile(KEPT, 'utf8'), message);
});
