/** `lastTime.txt`, as the Docker image left it and as this runner writes it. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { LAST_TIME_FILE, readLastTime, writeLastTime } from '../../local/last-time.ts';

const AT = Date.parse('2023-05-04T12:30:00.123Z');
const NOW = AT + 1;

describe('lastTime.txt', () => {
  let directory: string;
  const file = () => join(directory, LAST_TIME_FILE);
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'last-time-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  for (const [name, text] of [
    ['the documented line', 'jumpcloud 2023-05-04T12:30:00.123456Z\n'],
    ['a line with a colon', 'jumpcloud: 2023-05-04T12:30:00.123456Z'],
    ['a line with a colon and no blank', 'jumpcloud:2023-05-04T12:30:00.123456Z'],
    ['a bare instant, as the image wrote it', '2023-05-04T12:30:00.123000Z'],
    ['an instant with an offset', '2023-05-04T14:30:00.123+02:00\n'],
    ['a file edited on Windows', '\uFEFF2023-05-04T12:30:00.123Z\r\n\r\n'],
    ['a file that echo wrote in PowerShell', Buffer.from('\uFEFF2023-05-04T12:30:00.123Z\r\n', 'utf16le')],
  ] as const) {
    test(`${name} says where to go on, to the millisecond and never later`, () => {
      writeFileSync(file(), text);
      assert.equal(readLastTime(directory, NOW), AT);
    });
  }

  test('without the file, or with an empty one, there is nothing to go on from', () => {
    assert.equal(readLastTime(directory, NOW), undefined);
    writeFileSync(file(), '\n');
    assert.equal(readLastTime(directory, NOW), undefined);
  });

  for (const text of [
    'yesterday',
    'jumpcloud:',
    'jumpcloud: 2023-02-30T00:00:00Z',
    '2023-05-04T12:30:00',
    'a b 2023-05-04T12:30:00Z',
  ]) {
    test(`a file that says "${text}" is refused with what to do, not skipped`, () => {
      writeFileSync(file(), text);
      assert.throws(() => readLastTime(directory, NOW), {
        name: 'LastTimeError',
        message: /Expected one line such as .*remove the file/,
      });
    });
  }

  test('a file that is not text is refused with what to do', () => {
    writeFileSync(file(), Buffer.from('2023-05-04T12:30:00.123Z', 'utf16le'));
    assert.throws(() => readLastTime(directory, NOW), {
      name: 'LastTimeError',
      message: 'lastTime.txt cannot be read: it is not text in UTF-8; save it as UTF-8.',
    });
  });

  test('two lines are refused: which one counts is not ours to guess', () => {
    writeFileSync(file(), 'a: 2023-05-04T12:30:00Z\nb: 2024-05-04T12:30:00Z\n');
    assert.throws(() => readLastTime(directory, NOW), { name: 'LastTimeError', message: /2 lines/ });
  });

  test('a file that cannot be read is a fault, not a start from now', () => {
    mkdirSync(file());
    assert.throws(() => readLastTime(directory, NOW), { name: 'LastTimeError', message: /EISDIR/ });
  });

  test('it is written as documented, in one step, and read back', () => {
    writeFileSync(file(), 'jumpcloud: 2020-01-01T00:00:00.000000Z\n');
    writeLastTime(directory, AT);
    assert.equal(readFileSync(file(), 'utf8'), 'jumpcloud: 2023-05-04T12:30:00.123000Z\n');
    assert.deepEqual(readdirSync(directory), [LAST_TIME_FILE]);
    assert.equal(readLastTime(directory, NOW), AT);
  });
});
