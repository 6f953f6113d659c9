/** The commands that the documents and `--help` show are ones that the programs accept. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { HELP as BACKFILL_HELP, parseBackfillArguments } from '../../local/backfill-arguments.ts';
import { CHECK_HELP, parseCheckArguments } from '../../local/check-arguments.ts';
import { HELP as COMMAND_HELP, parseCommand } from '../../local/command-arguments.ts';
import { parseStartArguments, HELP as START_HELP } from '../../local/start-arguments.ts';
import { parseTokensArguments, HELP as TOKENS_HELP } from '../../local/tokens-arguments.ts';
import { shellBlocksIn } from './markdown.ts';
import { PAGES } from './shown-commands.ts';

const ROOT = join(import.meta.dirname, '../..');
const NOW = Date.parse('2026-11-21T12:00:00Z');
const HELPS = [BACKFILL_HELP, CHECK_HELP, START_HELP, TOKENS_HELP, ...Object.values(COMMAND_HELP)];
const PARSERS: Readonly<Record<string, (words: string[]) => unknown>> = {
  start: parseStartArguments,
  status: (words) => parseCommand('status', words),
  'dry-run': (words) => parseCommand('dry-run', words),
  quarantine: (words) => parseCommand('quarantine', words),
  backfill: (words) => parseBackfillArguments(words, NOW),
  tokens: parseTokensArguments,
  'check:live': parseCheckArguments,
};
/** Up to the end of the code, a comment, or the two spaces before an explanation. */
const COMMAND = /npm (?:run )?([\w:-]+) -- ((?:'[^']*'|[^\s'`#;|&]+)(?: (?:'[^']*'|[^\s'`#;|&]+))*)/g;

interface Shown {
  readonly name: string;
  readonly words: string[];
}

function commandsIn(text: string): Shown[] {
  return [...text.matchAll(COMMAND)].map(([, name = '', given = '']) => ({
    name,
    words: [...given.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare = '']) => quoted ?? bare),
  }));
}

/** In `'<JSON>'` the reader puts a text of his own. */
const isWhole = ({ name, words }: Shown) => name in PARSERS && !words.includes('<JSON>');

describe('every page', () => {
  for (const path of PAGES) {
    const text = readFileSync(join(ROOT, path), 'utf8');
    const commands = commandsIn(text).filter(isWhole);
    const blocks = shellBlocksIn(text);

    if (commands.length > 0) {
      it(`${path}: the programs accept its commands`, () => {
        for (const { name, words } of commands) assert.doesNotThrow(() => PARSERS[name]?.(words), `${name} ${words}`);
      });
    }
    if (blocks.length > 0) {
      it(`${path}: a shell can read its blocks`, () => {
        for (const block of blocks) {
          const { status, stderr } = spawnSync('bash', ['-n'], { input: block, encoding: 'utf8' });
          assert.equal(status, 0, `${block}\n${stderr}`);
        }
      });
    }
  }
});

describe('every --help', () => {
  for (const help of HELPS) {
    it(`${help.split('\n')[0]}: its examples are accepted`, () => {
      for (const { name, words } of commandsIn(help).filter(isWhole))
        assert.doesNotThrow(() => PARSERS[name]?.(words), `${name} ${words}`);
    });

    it(`${help.split('\n')[0]}: fits 80 columns and states the exit codes`, () => {
      assert.deepEqual(
        help.split('\n').filter((line) => line.length > 80),
        [],
      );
      assert.match(help, /^Exit code: 0 /m);
    });
  }
});
