/** What people read is easy to read: short sentences, and one word for each thing. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { messages } from '../../docs/messages.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Their texts come from the tables of the program. */
const GENERATED = ['configuration.md', 'fields.md', 'table.md'];
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md') && !GENERATED.includes(name))
    .map((name) => `docs/${name}`),
];
const MEAN_WORDS = 18;
const MOST_WORDS = 35;
const MOST_WORDS_OF_A_MESSAGE = 30;
/** Words that nobody searches for; each has one in use instead. */
const AVOIDED =
  /\b(levers?|neighbours?|parcels?|outbox|put aside|stand-ins?|tallies|whoever|stretch of time|the other side)\b/i;

/** Prose only: no code, tables or headings, and of a link its text. */
function sentencesOf(markdown: string): string[] {
  return markdown
    .replaceAll(/^ *```.*?^ *```$/gms, '')
    .split(/\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) )|\n(?=\|)/)
    .filter((block) => !/^\s*[#|]/.test(block))
    .map((block) => block.replace(/^\s*(?:[-*]|\d+\.) /, ''))
    .map((block) => block.replaceAll(/`[^`]*`/g, 'Code').replaceAll(/\]\([^)]*\)/g, ']'))
    .flatMap((block) => block.split(/(?<=[.!?][*)]*)\s+/))
    .filter((sentence) => /\w/.test(sentence));
}

const wordsIn = (sentence: string) => sentence.trim().split(/\s+/).length;

describe('readability', () => {
  for (const path of PAGES) {
    const text = readFileSync(join(ROOT, path), 'utf8');
    const sentences = sentencesOf(text);

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
      const lines = text.split('\n').filter((line) => AVOIDED.test(line));
      assert.deepEqual(lines, []);
    });
  }

  it('no message of the program has a sentence of more than 30 words', () => {
    const long = messages().flatMap(({ file, text }) =>
      text
        .split(/(?<=[.!?])\s|\n(?=\s)/)
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
