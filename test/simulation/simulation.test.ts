/**
 * The promise, sentence by sentence, in histories of faults, kills, wrong clocks and commands; see
 * docs/testing.md.
 */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Sentence } from './judge/judge.ts';
import { currentDigest, keptDigest } from './kept-digest.ts';
import { type Played, playAll } from './pool.ts';
import { storyOf } from './story.ts';

const HISTORIES = 300;
const SEED = '1';
const SENTENCES: readonly Sentence[] = [
  'nothing is lost',
  'nothing is shipped twice',
  'checkpoints only move forward',
  'silence is an alarm',
  'tokens stay in SSM',
  'the audit is right',
  'quarantine holds whole originals',
  'the totals of a backfill are right',
  'commands do what they say',
  'every run ends',
];

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
  assert.equal(await currentDigest(), await keptDigest(), message);
});
