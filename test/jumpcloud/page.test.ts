/** A page's bytes, walked through event by event, against JSON.parse. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { firstEvent, Page } from '../../lib/jumpcloud/page.ts';
import type { JsonValue } from '../../lib/platform/json.ts';
import { countMembers } from '../../lib/shape/parse-event.ts';

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

test('a page with a bracket too many is damaged, and will be asked for again: no piece of it passes for an event', () => {
  for (const page of ['[{}],[{}]', '[{}},{},{{}]', '[{"a":]1},{"b":[2},{"c":3}]', '[{"a":1}]},{"b":[2]}]']) {
    assert.throws(() => [...pageOf(page).events()], { name: 'JumpCloudError', retryable: true }, page);
  }
});

/** To its end: nothing of the body is in it. */
const found = (what: string) =>
  new RegExp(
    `array was expected, found ${what}\\. Check jumpcloud_api\\.url, and whether a proxy in between changes bodies$`,
  );

test('what is no array is reported as what it is, without showing any of it', () => {
  assert.throws(() => pageOf('<html>secret'), found('HTML or XML'));
  assert.throws(() => pageOf(' {"message":"secret"}'), found('a JSON object'));
  assert.throws(() => pageOf(''), found('an empty body'));
  assert.throws(() => pageOf('secret'), found('something else'));
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

test('a comma or a bracket too many is named with its place, and how long the body was', () => {
  const saysOf = (body: string) => {
    try {
      pageOf(body);
      return 'nothing';
    } catch (error) {
      return (error as Error).message.replace('JumpCloud POST /events: ', '');
    }
  };
  assert.equal(saysOf('[,{}]'), 'event 1 of the page is missing');
  assert.equal(saysOf('[{},,{}]'), 'event 2 of the page is missing');
  assert.equal(saysOf('[{},{},]'), 'event 3 of the page is missing');
  assert.equal(saysOf('[1]]'), 'a bracket too many in event 1 of the page');
  assert.equal(saysOf('[{},{}},{}]'), 'a bracket too many in event 2 of the page');
  for (const body of ['[', '[1', '[{"a":1]', '["]', '["a\\"]', '[[1]', '[{"a":"]'])
    assert.equal(saysOf(body), `the JSON array ends too early, after ${body.length} bytes`, body);
});

test('an event may be any JSON value, and quotes, brackets and commas within a text are no part of the array', () => {
  assert.deepEqual(textsOf('[1,"a,]b",[2,[3]],{"a":{"b":[4]}},"\\\\"]'), [
    ...['1', '"a,]b"', '[2,[3]]', '{"a":{"b":[4]}}', '"\\\\"'],
  ]);
});

test('a byte order mark before the array is passed over, also where only blanks follow it', () => {
  assert.deepEqual(textsOf('\uFEFF[1]'), ['1']);
  assert.deepEqual(textsOf('\uFEFF \n[1]'), ['1']);
  assert.throws(() => pageOf('\uFEFF<html>'), found('HTML or XML'));
  assert.throws(() => pageOf('\uFEFF'), found('something else'));
});

test('a page says how many events it has, whether more may follow, and which headers it lacks', () => {
  const of = (count: number, stated: Parameters<typeof pageOf>[1], asked = 3) => {
    const body = Buffer.from(JSON.stringify(Array.from({ length: count }, () => 1)));
    const page = new Page({ ...UNSTATED, ...stated, body }, asked);
    return { count: page.count, isFull: page.isFull, isLast: page.isLast };
  };
  assert.deepEqual(of(0, {}), { count: 0, isFull: false, isLast: true });
  assert.deepEqual(of(2, {}), { count: 2, isFull: true, isLast: false });
  assert.deepEqual(of(2, { statedLimit: 3, statedCount: 2 }), { count: 2, isFull: false, isLast: true });
  assert.deepEqual(of(3, { statedLimit: 9, statedCount: 3 }), { count: 3, isFull: true, isLast: false });
  assert.deepEqual(of(2, { statedLimit: 2, statedCount: 1 }), { count: 2, isFull: true, isLast: false });
  assert.deepEqual(of(0, { statedLimit: 3, statedCount: 0 }), { count: 0, isFull: false, isLast: true });
  assert.deepEqual(of(0, { statedLimit: 3, statedCount: 3 }), { count: 0, isFull: false, isLast: true });
  assert.deepEqual(of(2, { statedCount: 2 }), { count: 2, isFull: false, isLast: false });

  const headers = ['X-Search_after', 'X-Result-Count', 'X-Limit'];
  assert.deepEqual(pageOf('[]').missingHeaders, headers);
  const stated = { searchAfter: '["a"]', serverNow: 5, statedCount: 0, statedLimit: 0 };
  const page = new Page({ ...stated, body: Buffer.from('[]') }, 10);
  assert.deepEqual(page.missingHeaders, []);
  assert.deepEqual([page.searchAfter, page.serverNow], ['["a"]', 5]);
});

test('of an answer that was cut off there is one event: what is behind the bracket, with the size of the whole', () => {
  const body = Buffer.from(' [{"a":"xyz\u00e4').subarray(0, -1);
  const page = new Page({ ...UNSTATED, body, wholeBytes: 5000 }, 10);
  assert.equal(page.count, 1);
  const [event] = page.events();
  assert.deepEqual([event?.text, event?.brokenBytes, event?.wholeBytes], ['{"a":"xyz\ufffd', undefined, 5000]);
});

test('the first event of a body can be looked at alone', () => {
  assert.equal(firstEvent(Buffer.from('[{"a":1},{"b":2}]'))?.text, '{"a":1}');
  assert.equal(firstEvent(Buffer.from('[]')), undefined);
});
