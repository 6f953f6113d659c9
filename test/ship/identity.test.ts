/** What makes an event the same event, and when it happened. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../../lib/platform/json.ts';
import { parseInstant } from '../../lib/platform/time.ts';
import { canonicalJson, contentEventId, Identities } from '../../lib/ship/fingerprint.ts';

describe('a timestamp', () => {
  const forms: readonly [text: string, instant: string | undefined][] = [
    ['2025-06-18T01:40:48Z', '2025-06-18T01:40:48.000Z'],
    ['2025-06-18T01:40:48.9Z', '2025-06-18T01:40:48.900Z'],
    ['2025-06-18t01:40:48,95z', '2025-06-18T01:40:48.950Z'],
    ['2025-06-18 01:40:48.953462371Z', '2025-06-18T01:40:48.953Z'],
    ['2025-06-18T01:40:48.9999999999999999999Z', '2025-06-18T01:40:48.999Z'],
    ['2025-06-18T01:40:48.953+02:00', '2025-06-17T23:40:48.953Z'],
    ['2025-06-18T01:40:48-0130', '2025-06-18T03:10:48.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['2025-02-29T00:00:00Z', undefined],
    ['2100-02-29T00:00:00Z', undefined],
    ['2025-04-31T00:00:00Z', undefined],
    ['2025-00-10T00:00:00Z', undefined],
    ['2025-13-10T00:00:00Z', undefined],
    ['2025-06-18T24:00:00Z', undefined],
    ['2025-06-18T01:60:00Z', undefined],
    ['0099-06-18T01:40:48Z', undefined],
    ['2025-06-18T01:40:48', undefined],
    ['2025-06-18T01:40:48.Z', undefined],
    ['2025-06-18T01:40:48Z ', undefined],
    ['2025-06-18T01:40:48+2:00', undefined],
    ['2025-06-18T01:40:48+23:59', '2025-06-17T01:41:48.000Z'],
    ['2025-06-18T01:40:48+24:00', undefined],
    ['2025-06-18T01:40:48-01:60', undefined],
    ['2025-06-18T01:40:48+99:99', undefined],
    ['2025-06-18', undefined],
    ['1750210848', undefined],
  ];

  for (const [text, instant] of forms) {
    it(`${text} ${instant === undefined ? 'is none' : `is read as ${instant}`}`, () => {
      const read = parseInstant(text);
      assert.equal(read === undefined ? undefined : new Date(read).toISOString(), instant);
    });
  }

  it('of any instant between the years 100 and 9999 is read to the millisecond', () => {
    const instants = fc.date({ min: new Date('0100-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(instants, (date) => {
        assert.equal(parseInstant(date.toISOString()), date.getTime());
      }),
    );
  });

  it('is never made out of any other text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.equal(parseInstant(text), undefined);
      }),
    );
  });
});

describe('a fingerprint', () => {
  const AT = '2026-11-20T12:00:00.000Z';
  const NOON = Date.parse(AT);
  const event = (more: JsonObject): JsonObject => ({ timestamp: AT, ...more });
  const identify = (value: JsonObject, identities = new Identities(), at = 0) =>
    identities.identify({ text: JSON.stringify(value), value }, at);
  const fingerprintOf = (value: JsonObject, identities = new Identities()) => identify(value, identities).fingerprint;

  it('is the same for the same id and timestamp, whatever else JumpCloud changed', () => {
    assert.equal(fingerprintOf(event({ id: 'a', mfa: true })), fingerprintOf(event({ mfa: null, id: 'a' })));
  });

  it('differs where the id or a single digit of the timestamp differs', () => {
    const texts = ['2026-11-20T12:00:00.000Z', '2026-11-20T12:00:00.0000001Z', '2026-11-20T12:00:00Z'];
    const all = texts.flatMap((timestamp) => ['a', 'b', 'ab'].map((id) => fingerprintOf({ id, timestamp })));
    assert.equal(new Set(all).size, all.length);
  });

  it('differs between an id that is a number and the same one as text', () => {
    assert.notEqual(fingerprintOf(event({ id: 1 })), fingerprintOf(event({ id: '1' })));
  });

  it('cannot be made equal by what stands in an id', () => {
    const ids = ['a', 'a\n', `a\n${AT}`, 'a"', 'a",', `a","${AT}`];
    assert.equal(new Set(ids.map((id) => fingerprintOf(event({ id })))).size, ids.length);
  });

  it('is made of the content where the id is only a placeholder', () => {
    const none = ['', ' ', '0', 0, '00000000-0000-0000-0000-000000000000', 'null', 'undefined', 'NULL', null, false];
    for (const id of none) {
      const [one, other] = [event({ id, dn: 'x' }), event({ id, dn: 'y' })];
      assert.notEqual(fingerprintOf(one), fingerprintOf(other), JSON.stringify(id));
      assert.match(identify(one).eventId, /^[0-9a-f]{32}-1$/, JSON.stringify(id));
    }
    assert.equal(identify(event({ id: '000a' })).eventId, '000a', 'zeros and more are an id');
  });

  it('of an event without an id does not depend on the order of its members, at any depth', () => {
    const one = event({ dn: 'x', attr: [{ a: 1, b: [2, 3] }] });
    const other = { attr: [{ b: [2, 3], a: 1 }], dn: 'x', timestamp: one.timestamp ?? '' };
    assert.equal(fingerprintOf(one), fingerprintOf(other));
    assert.notEqual(fingerprintOf(one), fingerprintOf(event({ dn: 'x', attr: [{ a: 1, b: [3, 2] }] })));
  });

  it('differs between two identical events without an id, in the same way in every pass', () => {
    const pass = () => {
      const identities = new Identities();
      return [fingerprintOf(event({ dn: 'x' }), identities), fingerprintOf(event({ dn: 'x' }), identities)];
    };
    assert.equal(new Set(pass()).size, 2);
    assert.deepEqual(pass(), pass());
  });

  it('differs between equal events that have others between them', () => {
    const identities = new Identities();
    const all = ['x', 'y', 'z', 'x'].map((dn, nth) => identify(event({ dn }), identities, nth).fingerprint);
    assert.equal(new Set(all).size, 4);
  });

  it('is made of the content where the id is a number with more digits than a number keeps', () => {
    const texts = ['12345678901234567890', '12345678901234567891'].map((id) => `{"id":${id},"timestamp":"${AT}"}`);
    for (const text of texts) {
      const { eventId } = new Identities().identify({ text, value: JSON.parse(text) }, 0);
      assert.match(eventId, /^[0-9a-f]{32}-1$/);
    }
  });

  it('takes a number for an id where it is a whole one and not 0', () => {
    assert.equal(identify(event({ id: 7 })).eventId, '7');
    for (const id of [1.5, true]) assert.match(identify(event({ id })).eventId, /^[0-9a-f]{32}-1$/, String(id));
  });

  it('of what is no JSON object, or is nested too deeply to be walked through, is made of its text', () => {
    let nested: JsonObject = {};
    for (let level = 0; level < 100_000; level++) nested = { nested };
    for (const value of [undefined, nested]) {
      const fingerprints = ['one', 'other'].map((text) => new Identities().byContent({ text, value }, 0).fingerprint);
      assert.equal(new Set(fingerprints).size, 2);
    }
  });

  it('tells two events of one id that are nested too deeply to be compared by their texts', () => {
    const deep = '['.repeat(20_000) + ']'.repeat(20_000);
    const identities = new Identities();
    const clashes = ['one', 'other', 'one'].map((name) => {
      const text = `{"id":"a","timestamp":"${AT}","name":"${name}","deep":${deep}}`;
      return identities.identify({ text, value: JSON.parse(text) }, NOON).isClash;
    });
    assert.deepEqual(clashes, [false, true, false]);
  });

  it('gives an event without an id another id in the log where fields were taken out, and its place stays', () => {
    const identities = new Identities();
    const [whole, less] = [event({ dn: 'x', secret: 'y' }), event({ dn: 'x' })];
    const parsed = { text: JSON.stringify(less), value: less };
    for (const place of [1, 2]) {
      const { eventId } = identify(whole, identities);
      const [hash, nth] = contentEventId(parsed, eventId).split('-');
      assert.deepEqual([hash, nth], [identify(less).eventId.slice(0, -2), `${place}`]);
    }
    assert.equal(contentEventId({ text: '', value: event({ id: 'a' }) }, 'a'), 'a');
  });

  it('is the same in every version, because it is looked for in the table', () => {
    const fingerprint = fingerprintOf(event({ id: '6d9963e7c6ef6d954ac29a48' }));
    assert.equal(Buffer.from(fingerprint, 'utf16le').toString('hex'), 'd163649bcf9d32cdad413708af5800f4');
  });

  describe('of two events with the same id and timestamp in one pass', () => {
    const pass = (first: string, second: string, at = 0) => {
      const identities = new Identities();
      return [first, second].map((text, nth) => identities.identify({ text, value: JSON.parse(text) }, nth * at));
    };
    const text = `{"id":"a","timestamp":"${AT}","n":1,"o":{"p":2,"q":3}}`;

    it('is the same where they differ in blanks or the order of members only', () => {
      const [one, other] = pass(text, `{ "o":{"q":3,"p":2}, "n":1, "timestamp":"${AT}", "id":"a" }`);
      assert.deepEqual(other, one);
    });

    it('differs where their content differs, and the second is named as a clash', () => {
      const [one, other] = pass(text, text.replace('"n":1', '"n":2'));
      assert.equal(one?.isClash, false);
      assert.equal(other?.isClash, true);
      assert.notEqual(other?.fingerprint, one?.fingerprint);
    });

    it('is that of the first one for every copy of it, also behind a clash', () => {
      const identities = new Identities();
      const [first, , again] = [1, 2, 1].map((n) => identify(event({ id: 'a', n }), identities));
      assert.deepEqual(again, first);
    });

    it('differs from the one of every other clash', () => {
      const identities = new Identities();
      const all = [1, 2, 3, 4].map((n) => fingerprintOf(event({ id: 'a', n }), identities));
      assert.equal(new Set(all).size, 4);
    });

    it('is compared within seconds and within some megabytes only, so that a long pass takes little memory', () => {
      const isClash = (laterMs: number, characters: number) => {
        const identities = new Identities();
        const other = (id: string) => event({ id, long: 'x'.repeat(characters) });
        identify(event({ id: 'a' }), identities, NOON);
        for (let nth = 1; nth <= 4; nth++) identify(other(`b${nth}`), identities, NOON + (nth * laterMs) / 4);
        return identify(event({ id: 'a', n: 2 }), identities, NOON + laterMs).isClash;
      };
      assert.equal(isClash(2_000, 1), true, 'soon after');
      assert.equal(isClash(10_000, 1), false, 'ten seconds later');
      assert.equal(isClash(100, 1_000_000), true, 'four megabytes later');
      assert.equal(isClash(100, 9_000_000), false, 'thirty-six megabytes later');
    });

    it('differs where nothing but the last digit of a long number does', () => {
      const [, other] = pass(text.replace('1,', '12345678901234567890,'), text.replace('1,', '12345678901234567891,'));
      assert.equal(other?.isClash, true);
    });
  });
});

describe('canonical JSON', () => {
  it('is the JSON of the same value with its names in order', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.deepEqual(JSON.parse(canonicalJson(value as JsonObject)), JSON.parse(JSON.stringify(value)));
      }),
    );
    assert.equal(canonicalJson({ b: [true, { d: null, c: 'é' }], a: 1 }), '{"a":1,"b":[true,{"c":"é","d":null}]}');
  });
});
