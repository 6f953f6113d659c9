/** What makes an event the same event, and when it happened: read for every event, and therefore written for speed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseInstant, parsePlainInstant } from '../../lib/platform/instant.ts';
import type { JsonObject } from '../../lib/platform/json.ts';
import { canonicalJson, identify, Occurrences } from '../../lib/ship/fingerprint.ts';
import { shortHash, shortHashOfTwo } from '../../lib/short-hash.ts';

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
    ['2025-06-18', undefined],
    ['1750210848', undefined],
  ];
  const readPlain = (text: string) => parsePlainInstant(Buffer.from(`"${text}"`), 1, Buffer.byteLength(text) + 1);

  for (const [text, instant] of forms) {
    it(`${text} ${instant === undefined ? 'is none' : `is read as ${instant}`}`, () => {
      const read = parseInstant(text);
      assert.equal(read === undefined ? undefined : new Date(read).toISOString(), instant);
      const plain = /^[-\dT:]*(?:\.\d{1,9})?Z$/.test(text) && !text.includes(':60');
      assert.equal(
        readPlain(text),
        plain ? read : undefined,
        'and the same from bytes, in the form that JumpCloud sends',
      );
    });
  }

  it('of any instant between the years 100 and 9999 is read to the millisecond', () => {
    const instants = fc.date({ min: new Date('0100-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(instants, (date) => {
        assert.equal(parseInstant(date.toISOString()), date.getTime());
        assert.equal(readPlain(date.toISOString()), date.getTime());
      }),
    );
  });

  it('is never made out of any other text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.equal(parseInstant(text), undefined);
        assert.equal(readPlain(text), undefined);
      }),
    );
  });

  it('that is damaged is read from bytes only where it is read from text, and as the same instant', () => {
    const units = fc.constantFrom(...'0123456789TZ:-.+ t');
    fc.assert(
      fc.property(fc.nat({ max: 26 }), units, fc.boolean(), (at, unit, added) => {
        const text = '2024-02-29T23:59:59.123456Z';
        const damaged = text.slice(0, at) + unit + text.slice(added ? at : at + 1);
        const plain = readPlain(damaged);
        if (plain !== undefined) assert.equal(plain, parseInstant(damaged), damaged);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a fingerprint', () => {
  const event = (more: JsonObject): JsonObject => ({ timestamp: '2026-11-20T12:00:00.000Z', ...more });
  const fingerprintOf = (value: JsonObject, occurrences = new Occurrences()) =>
    identify(value, JSON.stringify(value), 0, occurrences).fingerprint;

  it('is the same for the same id and timestamp, whatever else JumpCloud changed', () => {
    assert.equal(fingerprintOf(event({ id: 'a', mfa: true })), fingerprintOf(event({ mfa: null, id: 'a' })));
  });

  it('differs where the id or a single digit of the timestamp differs', () => {
    const texts = ['2026-11-20T12:00:00.000Z', '2026-11-20T12:00:00.0000001Z', '2026-11-20T12:00:00Z'];
    const all = texts.flatMap((timestamp) => ['a', 'b', 'ab'].map((id) => fingerprintOf({ id, timestamp })));
    assert.equal(new Set(all).size, all.length);
  });

  it('of an event without an id does not depend on the order of its members, at any depth', () => {
    const one = event({ dn: 'x', attr: [{ a: 1, b: [2, 3] }] });
    const other = { attr: [{ b: [2, 3], a: 1 }], dn: 'x', timestamp: one.timestamp ?? '' };
    assert.equal(fingerprintOf(one), fingerprintOf(other));
    assert.notEqual(fingerprintOf(one), fingerprintOf(event({ dn: 'x', attr: [{ a: 1, b: [3, 2] }] })));
  });

  it('tells two identical events without an id apart, in the same way in every pass', () => {
    const pass = () => {
      const occurrences = new Occurrences();
      return [fingerprintOf(event({ dn: 'x' }), occurrences), fingerprintOf(event({ dn: 'x' }), occurrences)];
    };
    assert.equal(new Set(pass()).size, 2);
    assert.deepEqual(pass(), pass());
  });

  it('is the same in every version, because it is looked for in the table', () => {
    const hash = shortHash('6d9963e7c6ef6d954ac29a48\n2026-11-20T12:00:00.000Z');
    assert.equal(Buffer.from(hash, 'latin1').toString('hex'), 'ea0f52c8933fb63a3f954b4c88645ff6');
  });

  it('is the same from bytes as from texts, or is not to be had from them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (id, timestamp) => {
        const bytes = Buffer.from(`"${id}","${timestamp}"`);
        const [idEnd, from] = [1 + Buffer.byteLength(id), 4 + Buffer.byteLength(id)];
        const hash = shortHashOfTwo(bytes, 1, idEnd, from, bytes.length - 1);
        const isPlain = Buffer.byteLength(id + timestamp) === (id + timestamp).length && !/\\/.test(id + timestamp);
        assert.deepEqual(hash, isPlain ? shortHash(`${id}\n${timestamp}`) : undefined);
      }),
      { numRuns: 1000 },
    );
  });

  it('is spread evenly: of 200,000 ids that count upwards, no more meet in any 32 bits than chance lets', () => {
    const events = 200_000;
    const expected = events ** 2 / 2 ** 33;
    const words = [0, 4, 8, 12].map((at) => ({ at, seen: new Set<string>() }));
    for (let n = 0; n < events; n++) {
      const hash = shortHash(`66a1b2c3d4e5f607${n.toString(16).padStart(8, '0')}\n2026-11-20T12:00:00.000Z`);
      for (const { at, seen } of words) seen.add(hash.slice(at, at + 4));
    }
    for (const { seen } of words) assert.ok(events - seen.size < expected + 6 * Math.sqrt(expected));
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
