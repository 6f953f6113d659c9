/** A page's bytes, cut into its events' bytes, against JSON.parse. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitArray } from '../lib/jumpcloud/split.ts';

function textsOf(page: string): string[] {
  const body = Buffer.from(page);
  const { offsets } = splitArray(body);
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

test('an element with a number that JavaScript may not hold to the last digit is noticed, wherever the number stands', () => {
  const unusual = ['1e5', '1E-5', '-1.5e3', '1234567890123456', '0.30000000000000004', '-12345678901234.5'];
  const noticed = (page: string) => [...splitArray(Buffer.from(page)).unusualNumbers];
  for (const number of unusual) {
    for (const element of [number, `{"a":[1, ${number} ]}`, `{"a":${number},"b":"x"}`]) {
      assert.deepEqual(noticed(`[{"a":1}, ${element}, 2,${element}]`), [2, 6], element);
    }
  }
  const usual = '[1,-2.5,123456789012345,"1e5"," 1234567890123456",true,false,null,{"5e3":"\\"7e7"}]';
  assert.deepEqual(noticed(usual), []);
});
