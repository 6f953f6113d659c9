/** A page's bytes, cut into its events' bytes, against JSON.parse. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitArray } from '../lib/jumpcloud/split.ts';

function textsOf(page: string): string[] {
  const body = Buffer.from(page);
  const offsets = splitArray(body);
  const texts: string[] = [];
  for (let index = 0; index < offsets.length; index += 2)
    texts.push(body.toString('utf8', offsets[index], offsets[index + 1]));
  return texts;
}

test('the elements of any JSON array are found, whatever they hold and however it is spaced', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.constantFrom(undefined, 1, '\t', ' \r\n'), (values, indent) => {
      const page = JSON.stringify(values, undefined, indent);
      assert.deepEqual(
        textsOf(` ${page}\n`).map((text) => JSON.parse(text)),
        JSON.parse(page),
      );
    }),
  );
});

test('each element comes back byte for byte, without the blanks around it', () => {
  const elements = [
    '{"n":12345678901234567890.0}',
    '{ "a" : "\\"],[{" }',
    '"ü\\\\"',
    '[]',
    '-1e5',
    'null',
    '{"ä":"\u2028"}',
  ];
  assert.deepEqual(textsOf(`[ ${elements.join(' ,\r\n\t')} ]`), elements);
});

test('an empty array has no elements', () => {
  assert.deepEqual(textsOf('[]'), []);
  assert.deepEqual(textsOf(' [ \n ] '), []);
});

test('a body that was cut short anywhere is never taken for a whole page', () => {
  const whole = Buffer.from(JSON.stringify([{ a: '"],' }, { b: [1, { c: '\\' }] }, 'x]']));
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => splitArray(whole.subarray(0, length)), { name: 'MalformedPageError' }, `${length} bytes`);
  }
});

test('what is no array is told as what it is, without showing any of it', () => {
  assert.throws(() => splitArray(Buffer.from('<html>secret')), /expected, found HTML or XML$/);
  assert.throws(() => splitArray(Buffer.from(' {"message":"secret"}')), /found a JSON object$/);
  assert.throws(() => splitArray(Buffer.from('')), /found an empty body$/);
  assert.throws(() => splitArray(Buffer.from('secret')), /found something else$/);
  assert.throws(() => splitArray(Buffer.from('[] secret')), /there is more after the JSON array$/);
});
