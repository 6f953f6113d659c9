/**
 * The order of the house: rooms whose arrows point one way, and one place that asks the system for
 * time and chance.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '..');

/** A room may use the rooms behind it in this list, and none before it. */
const ROOMS = ['commands', 'backfill', 'ship', 'jumpcloud', 'logzio', 'state', 'config', 'shape', 'platform'];

/** The one file of `lib/` that asks the system itself. */
const SYSTEM = 'lib/platform/outside.ts';
const ASKS_THE_SYSTEM =
  /\b(?:Date\.now|Math\.random|randomUUID|performance\.now|setTimeout|setInterval|setImmediate)\b|\bnew Date\(\)/;
const LONGEST_FILE_LINES = 300;

function sourcesOf(folder: string): { path: string; text: string }[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return { path: relative(ROOT, path), text: readFileSync(path, 'utf8') };
    });
}

const lib = sourcesOf('lib');
const functions = sourcesOf('functions');

function importsOf({ path, text }: { path: string; text: string }): string[] {
  return [...text.matchAll(/from '(\.[^']+)'/g)].map(([, target = '']) => normalize(join(dirname(path), target)));
}

const withoutComments = (text: string) => text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');

test('only one file of lib/ asks the system for the time, for chance or for a timer', () => {
  const asking = lib.filter(({ path, text }) => path !== SYSTEM && ASKS_THE_SYSTEM.test(withoutComments(text)));
  assert.deepEqual(
    asking.map(({ path }) => path),
    [],
    `these belong behind lib/platform/outside.ts, and their real form into ${SYSTEM}`,
  );
});

test('no file lies flat in lib/: every one is in a room of the list', () => {
  const homeless = lib.filter(({ path }) => !ROOMS.includes(path.split('/')[1] ?? ''));
  assert.deepEqual(
    homeless.map(({ path }) => path),
    [],
  );
});

test('imports between the rooms of lib/ point one way', () => {
  const roomOf = (path: string) => ROOMS.indexOf(path.split('/')[1] ?? '');
  const upward = lib.flatMap((file) =>
    importsOf(file)
      .filter((target) => !target.startsWith('lib/') || roomOf(target) < roomOf(file.path))
      .map((target) => `${file.path} -> ${target}`),
  );
  assert.deepEqual(upward, [], `a room uses only those behind it: ${ROOMS.join(', ')}`);
});

test('functions/ holds the two entry points, which use lib/ alone', () => {
  assert.deepEqual(functions.map(({ path }) => path).sort(), ['functions/backfill.ts', 'functions/ship.ts']);
  for (const file of functions)
    for (const target of importsOf(file)) assert.ok(target.startsWith('lib/'), `${file.path} -> ${target}`);
});

test('every file opens with a sentence on its purpose, and none is longer than a reader likes', () => {
  for (const { path, text } of [...lib, ...functions]) {
    assert.match(text, /^\/\*\*/, `${path} says what it is for`);
    assert.ok(text.split('\n').length <= LONGEST_FILE_LINES, `${path} has over ${LONGEST_FILE_LINES} lines`);
  }
});

test('comments fit into 100 columns', () => {
  const long = ['lib', 'functions', 'local', 'infra', 'simulators', 'test', 'bench'].flatMap((folder) =>
    sourcesOf(folder).flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, at) => (isLongComment(line) ? [`${path}:${at + 1}`] : [])),
    ),
  );
  assert.deepEqual(long, []);
});

const isLongComment = (line: string) => line.length > 100 && /^\s*(?:\/\/(?! @ts-)|\/?\*)/.test(line);
