/** Texts from outside on a screen or in a log: clean, and without any form of a token. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { requestIdOf, showable } from '../../lib/platform/messages.ts';

const KEY = 'jca_9f3kD72mQpXz81LtVb';

const FORMS: Readonly<Record<string, string>> = {
  'as it is': KEY,
  'in another case': KEY.toUpperCase(),
  'with a line break inside': `${KEY.slice(0, 9)}\n${KEY.slice(9)}`,
  'with zero-width spaces inside': [...KEY].join('\u200b'),
  'with blanks inside': [...KEY].join(' '),
  'in base64': Buffer.from(KEY).toString('base64'),
  'in base64 behind other text': Buffer.from(`x-api-key: ${KEY}`).toString('base64'),
  'in hex': Buffer.from(KEY).toString('hex'),
  'percent-encoded': [...Buffer.from(KEY)].map((byte) => `%${byte.toString(16).toUpperCase()}`).join(''),
  'JSON-escaped': [...KEY].map((sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  'by its first half': KEY.slice(0, 11),
  'by its second half': KEY.slice(11),
  'in full-width letters': [...KEY].map((sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0)).join(''),
};

for (const [how, form] of Object.entries(FORMS)) {
  test(`a token that JumpCloud repeats ${how} is not shown`, () => {
    const shown = showable(`the key ${form} is not known`, [KEY]);
    assert.match(shown, /^the key .*\[removed\].* is not known$/);
    assert.ok(shown.length < 60, shown);
  });
}

test('other words stay, on one line and without control characters', () => {
  assert.equal(showable('Start Time not after\r\n\u001b[31mEnd Time', [KEY]), 'Start Time not after [31mEnd Time');
  assert.equal(showable('x'.repeat(1000), [KEY]).length, 300);
});

test('a request id is shown only where it looks like one and holds no token', () => {
  assert.equal(requestIdOf('7f1c-22ab', [KEY]), '7f1c-22ab');
  assert.equal(requestIdOf(`id-${KEY}`, [KEY]), undefined);
  assert.equal(requestIdOf('a b', [KEY]), undefined);
  assert.equal(requestIdOf('a'.repeat(65), [KEY]), undefined);
});
