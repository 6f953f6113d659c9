/**
 * What people read is easy to read: short sentences, and one word for each thing. markdown-it finds
 * the prose, and Node's Intl.Segmenter its sentences. retext-readability was tried: it brings some
 * 200 packages, and measures by the age of the reader.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { messages } from '../../docs/messages.ts';
import { sentencesIn, splitIntoSentences, wordsIn } from './markdown.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGES = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...pagesIn('docs'),
  ...pagesIn('docs/decisions'),
  ...pagesIn('docs/logzio'),
];
const MEAN_WORDS = 18;
const MOST_WORDS = 35;
const MOST_WORDS_OF_A_MESSAGE = 30;
/** Words that nobody searches for; each has one in use instead. */
const AVOIDED =
  /\b(levers?|neighbours?|parcels?|outbox|put aside|stand-ins?|tallies|whoever|stretch of time|the other side)\b/i;

function pagesIn(folder: string): string[] {
  const names = readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.md'));
  return names.map((name) => `${folder}/${name}`);
}

describe('readability', () => {
  for (const path of PAGES) {
    const text = readFileSync(join(ROOT, path), 'utf8');
    const sentences = sentencesIn(text);

    it(`${path} has short sentences`, () => {
      const lengths = sentences.map(wordsIn);
      const mean = lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, lengths.length);
      assert.ok(mean <= MEAN_WORDS, `mean ${mean.toFixed(1)} words`);
      assert.deepEqual(
        sentences.filter((sentence) => wordsIn(sentence) > MOST_WORDS),
        [],
      );
    });

    it(`${path} uses the words that readers know`, () => {
      const lines = text.split('\n').filter((line) => AVOIDED.test(line.replaceAll(/`[^`]*`/g, '')));
      assert.deepEqual(lines, []);
    });
  }

  it('no message of the program has a sentence of more than 30 words', () => {
    const long = messages().flatMap(({ file, text }) =>
      text
        .split(/\n(?=\s)/)
        .flatMap((part) => splitIntoSentences(part.replaceAll('\n', ' ')))
        .filter((sentence) => wordsIn(sentence) > MOST_WORDS_OF_A_MESSAGE)
        .map((sentence) => `${file}: ${sentence}`),
    );
    assert.deepEqual(long, []);
  });

  it('no message of the program uses a word that readers do not know', () => {
    const found = messages().filter(({ text }) => AVOIDED.test(text));
    assert.deepEqual(found, []);
  });
});
