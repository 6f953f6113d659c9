/** A page's bytes, walked through event by event, against JSON.parse. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Page } from '../../lib/jumpcloud/page.ts';
import type { JsonValue } from '../../lib/platform/json.ts';
import { countMembers } from '../../lib/shape/members.ts';

const UNSTATED = { statedCount: undefined, statedLimit: undefined, searchAfter: undefined, serverNow: undefined };

function pageOf(body: string | Buffer, stated: { statedCount?: number; statedLimit?: number } = {}): Page {
  return new Page({ ...UNSTATED, ...stated, body: Buffer.from(body) }, 10);
}

function textsOf(body: string): string[] {
  return [...pageOf(body).events()].map(({ text }) => text);
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

test('the members of an event are counted as often as its text writes them', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.constantFrom(undefined, 1), (values, indent) => {
      const counts = [...pageOf(JSON.stringify(values, undefined, indent)).events()].map(({ members }) => members);
      assert.deepEqual(
        counts,
        values.map((value) => countMembers(value as JsonValue)),
      );
    }),
  );
  const [twice] = pageOf('[{"a":1,"a":{":":":"}}]').events();
  assert.equal(twice?.members, 3);
});

test('an empty array has no elements', () => {
  assert.deepEqual(textsOf('[]'), []);
  assert.deepEqual(textsOf(' [ \n ] '), []);
});

test('a body that was cut short anywhere is never taken for a whole page', () => {
  const whole = Buffer.from(JSON.stringify([{ a: '"],' }, { b: [1, { c: '\\' }] }, 'x]']));
  for (let length = 0; length < whole.length; length++) {
    assert.throws(
      () => pageOf(whole.subarray(0, length)),
      { name: 'JumpCloudError', retryable: true },
      `${length} bytes`,
    );
  }
});

test('a page with a comma too many is no array, and will be asked for again', () => {
  for (const page of ['[,{}]', '[ , ]', '[{},]', '[{} , \n]', '[{},,{}]', '[{}, ,{}]']) {
    assert.throws(() => [...pageOf(page).events()], { name: 'JumpCloudError', retryable: true }, page);
  }
});

test('what is no array is reported as what it is, without showing any of it', () => {
  assert.throws(() => pageOf('<html>secret'), /expected, found HTML or XML$/);
  assert.throws(() => pageOf(' {"message":"secret"}'), /found a JSON object$/);
  assert.throws(() => pageOf(''), /found an empty body$/);
  assert.throws(() => pageOf('secret'), /found something else$/);
  assert.throws(() => pageOf('[] secret'), /ends too early, after 9 bytes$/);
});

test('only a page that has fewer events than its headers and we allow is the last', () => {
  const isLast = (stated: Parameters<typeof pageOf>[1], count = 3) =>
    pageOf(JSON.stringify(Array.from({ length: count }, (_, n) => ({ n }))), stated).isLast;
  assert.equal(isLast({ statedCount: 3, statedLimit: 10 }), true);
  assert.equal(isLast({ statedCount: 3, statedLimit: 3 }), false);
  assert.equal(isLast({ statedCount: 10, statedLimit: 10_000 }), false);
  assert.equal(isLast({}), false);
  assert.equal(isLast({}, 0), true);
  assert.equal(isLast({ statedCount: 3, statedLimit: 10 }, 10), false, 'the page itself says more');
});

test('bytes that are no UTF-8 come with the event that has them, and with no other', () => {
  const broken = Buffer.concat([Buffer.from('{"b":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
  const body = Buffer.concat([Buffer.from('[{"a":"ä"},'), broken, Buffer.from(',{"c":1}]')]);
  const events = [...pageOf(body).events()];
  assert.deepEqual(
    events.map(({ text }) => text),
    ['{"a":"ä"}', '{"b":"\ufffd("}', '{"c":1}'],
  );
  assert.deepEqual(
    events.map(({ brokenBytes }) => brokenBytes),
    [undefined, broken, undefined],
  );
});
