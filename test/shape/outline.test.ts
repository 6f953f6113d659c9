/** What is copied without having been read must be as good as read. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canonicalOf } from '../../lib/copy/canonical.ts';
import { MEMBER_NAMES, MemberNames, MOST_NAMES, mix } from '../../lib/outline/member-names.ts';
import { LIST, OBJECT, TEXT, TEXTS } from '../../lib/outline/outline.ts';
import { LARGEST_OUTLINED_BYTES, Scanner } from '../../lib/outline/scanner.ts';
import type { JsonObject, JsonValue } from '../../lib/platform/json.ts';
import { canonicalJson } from '../../lib/ship/fingerprint.ts';
import { sampleDay } from '../../simulators/sample-day.ts';
import { event } from '../support/monsters.ts';

const RUNS = 500;
const scanner = new Scanner();
const { outline } = scanner;

function isRegular(text: string | Buffer): boolean {
  const page = Buffer.concat([Buffer.from('['), Buffer.from(text), Buffer.from(']')]);
  return scanner.read(page, 1) && outline.end === page.length - 1;
}

/** Small events in which one character is lost, added or another. */
const damaged = fc
  .tuple(
    fc.constantFrom(
      '{"id":"e-1","n":[1,-2.5,{"a":null}],"b":true}',
      '{"a":{"b":{"c":false}},"t":"x\\n\\u00e4\\"\\\\ä"}',
      '{ "a" : 10.25 , "b" : [ ] , "c" : { } }',
      '{"timestamp":"2026-06-15T16:00:00Z","success":true,"list":["a","b"]}',
    ),
    fc.nat({ max: 80 }),
    fc.nat({ max: 2 }),
    fc.constantFrom(...'{}[]:,"\\0123456789.-+eEntrufals \n\t\u0000\u001f\u007fäx/'),
  )
  .map(([text, at, lost, added]) => text.slice(0, at) + added + text.slice(at + lost));

describe('an event that has an outline', () => {
  it('is one that JSON can be read from', () => {
    let regular = 0;
    fc.assert(
      fc.property(fc.oneof(damaged, event), (text) => {
        if (!isRegular(text)) return;
        regular++;
        assert.equal(typeof JSON.parse(text), 'object');
      }),
      { numRuns: 5 * RUNS },
    );
    assert.ok(regular > RUNS / 2, `only ${regular} were regular`);
  });

  it('has the members that reading finds, each of its kind and at its place', () => {
    const compare = (entry: number, value: JsonValue) => {
      assert.deepEqual(JSON.parse(outline.jsonOf(entry)), value);
      const { kinds, loose, names, nexts } = outline;
      const json = outline.jsonOf(entry);
      if (loose[entry] === 0) assert.equal(json, JSON.stringify(value));
      if (loose[entry] === 0) assert.doesNotMatch(json, /[\u0085\u2028\u2029]/);
      if (kinds[entry] === TEXT) {
        const text = outline.textOf(entry);
        if (text !== undefined) assert.equal(text, value);
      }
      if (Array.isArray(value)) {
        const isTexts = value.length > 0 && value.every((item) => typeof item === 'string' && item !== '');
        assert.equal(kinds[entry], isTexts ? TEXTS : LIST);
      }
      if (kinds[entry] !== OBJECT) return;
      const met: string[] = [];
      for (let member = entry + 1; member < (nexts[entry] as number); member = nexts[member] as number) {
        const number = names[member] as number;
        const name = MEMBER_NAMES.textOf(number);
        met.push(name);
        assert.equal(outline.findIn(entry, number), member);
        if (entry === 0) assert.equal(outline.find(number), member);
        compare(member, (value as JsonObject)[name] as JsonValue);
      }
      assert.deepEqual(met.sort(), Object.keys(value as JsonObject).sort());
    };
    fc.assert(
      fc.property(fc.oneof(damaged, event), (text) => {
        if (isRegular(text)) compare(0, JSON.parse(text));
      }),
      { numRuns: RUNS },
    );
  });

  it('may have any integer that a double holds', () => {
    for (const integer of ['123456789012345', '9007199254740991', '-9007199254740991', '9007199254740000', '0']) {
      assert.equal(isRegular(`{"a":${integer}}`), true);
      assert.equal(String(JSON.parse(outline.jsonOf(1))), integer);
    }
  });

  it('has the same canonical form as if it had been read, and so the same fingerprint', () => {
    const day = sampleDay({ end: Date.parse('2026-11-20T12:00:00Z') }).map(({ text }) => text);
    for (const text of day)
      if (isRegular(text)) assert.equal(canonicalOf(outline).toString(), canonicalJson(JSON.parse(text)));
    fc.assert(
      fc.property(fc.oneof(damaged, event), (text) => {
        if (isRegular(text)) assert.equal(canonicalOf(outline).toString(), canonicalJson(JSON.parse(text)));
      }),
      { numRuns: RUNS },
    );
  });
});

describe('an event has no outline', () => {
  for (const [why, text] of [
    ['if it names a member twice', '{"a":1,"b":2,"a":3}'],
    ['if it names one twice beside an object with the same name', '{"a":1,"b":{"a":2},"a":3}'],
    ['if an object in a list does', '{"a":[{"b":1,"b":2}]}'],
    ['with a number of more digits than a double holds', '{"a":12345678901234567}'],
    ['with an integer that a double does not hold', '{"a":9007199254740993}'],
    ['with a fraction of more digits than a double is sure to hold', '{"a":0.1234567890123456}'],
    ['with an exponent', '{"a":1e3}'],
    ['with a zero that JavaScript would not write', '{"a":1.50}'],
    ['with a zero below zero', '{"a":-0}'],
    ['with a number that JavaScript would write with an exponent', '{"a":0.0000001}'],
    ['with a leading zero', '{"a":01}'],
    ['with a name that is not plain', '{"\\u0061":1}'],
    ['with a name beyond ASCII', '{"ä":1}'],
    ['with very many members', `{${Array.from({ length: 501 }, (_, n) => `"n${n % 250}${n < 250 ? '' : 'x'}":1`)}}`],
    ['when it is nested deeply', `{"a":${'['.repeat(12)}${']'.repeat(12)}}`],
    ['when it is large', `{"a":"${'x'.repeat(LARGEST_OUTLINED_BYTES)}"}`],
    ['when it is a list', '[1]'],
  ] as const) {
    it(why, () => {
      assert.equal(isRegular(text), false);
      assert.equal(isRegular('{"a":1}'), true);
    });
  }

  it('on a page that is not UTF-8, since reading would change it', () => {
    assert.equal(isRegular(Buffer.from('{"a":"\xe4"}', 'latin1')), false);
  });

  it('with a name for which there is no number left', () => {
    const names = new MemberNames();
    const numberOf = (name: string) => {
      const bytes = Buffer.from(name);
      return names.numberOf(bytes, 0, bytes.length, bytes.reduce(mix, 0));
    };
    for (let n = 0; n < MOST_NAMES; n++) assert.equal(numberOf(`name ${n}`), n);
    assert.equal(numberOf('one more'), -1);
    assert.equal(numberOf('name 7'), 7);
    assert.equal(names.textOf(7), 'name 7');
  });
});
