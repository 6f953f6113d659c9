/**
 * What a user of the logs may rely on, beyond the fixtures: numbers, names, added fields, options.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject, JsonValue } from '../../lib/platform/json.ts';
import { parseEvent } from '../../lib/shape/parse-event.ts';
import { createShape, outputFaults } from '../../lib/shape/shape.ts';
import { faultsOf } from '../support/log-validator.ts';
import { AT, logOf, OPTIONS, shaped } from '../support/shaped.ts';

describe('an event is read', () => {
  it('as an object, and as nothing where it is none', () => {
    assert.deepEqual(parseEvent('{"a":1}'), { a: 1 });
    for (const text of ['', '[]', '1', 'null', '"a"', '{"a":1', '{}{}']) assert.equal(parseEvent(text), undefined);
  });

  it('with a member named __proto__ as a member, and no prototype touched', () => {
    const log = logOf('"__proto__":{"polluted":true},"changes":[{"field":"__proto__","to":1}]');
    assert(Object.hasOwn(log, '__proto__'));
    assert.equal(log.changes, '{"__proto___changed_to":1}');
    assert.equal((Object.prototype as { polluted?: boolean }).polluted, undefined);
  });
});

describe('numbers', () => {
  const cases: [source: string, expected: string, why: string][] = [
    ['"n":9007199254740993', '"n":"9007199254740993"', 'a field nobody knows is text, with every digit'],
    ['"error_code":9007199254740993', '"error_code":9007199254740993', 'beyond 2^53 with all its digits'],
    ['"error_code":"9223372036854775807"', '"error_code":9223372036854775807', 'a text that is a whole number'],
    ['"error_code":9223372036854775808', '"error_code_text":"9223372036854775808"', 'beyond signed 64 bits: text'],
    ['"error_code":1e400', '"error_code_text":"1e400"', 'not finite: text'],
    ['"error_code":1.5', '"error_code_text":"1.5"', 'no whole number: text'],
    ['"error_code":1.0', '"error_code":1', 'a whole number, however it is written'],
    ['"error_code":1e3', '"error_code":1000', 'a whole number, however it is written'],
    ['"error_code":"007"', '"error_code_text":"007"', 'leading zeros would be lost'],
    ['"geoip":{"latitude":51}', '"latitude":51.0', 'a decimal shows its fraction, so that the index takes it for one'],
    ['"geoip":{"latitude":"-27.658"}', '"latitude":-27.658', 'a text that is a number'],
    ['"geoip":{"latitude":1e39}', '"latitude_text":"1e+39"', 'more than an index can keep: text'],
    ['"config":{"a":[12345678901234567890]}', '"config":"{\\"a\\":[12345678901234567890]}"', 'inside JSON text too'],
    [
      '"changes":[{"field":"quota","to":12345678901234567890}]',
      'quota_changed_to\\":12345678901234567890',
      'inside changes too',
    ],
  ];
  for (const [source, expected, why] of cases) {
    it(`${source} arrives as ${expected}: ${why}`, () => {
      const { line, shortened } = shaped(source);
      assert(line.includes(expected), line);
      assert.deepEqual(shortened, []);
    });
  }

  it('are looked for in time that grows with the text: nobody can hold a run up with the user name that he chooses', () => {
    const digits = JSON.stringify(`":${'1'.repeat(10_000)}`);
    const names = Array.from({ length: 20 }, (_, nth) => `"name_${nth}":${digits}`);
    const began = performance.now();
    shaped(`"error_code":7,${names.join()}`);
    assert(performance.now() - began < 1_000);
  });
});

describe('names', () => {
  it('keep their own place whatever the order: a dotted name never takes that of another', () => {
    assert.equal(logOf('"a.b":"dotted","a_b":"own"').a_b, 'own');
    assert.equal(logOf('"a_b":"own","a.b":"dotted"').a_b, 'own');
    assert.equal(logOf('"a.b":"dotted","a_b":"own"').a_b_, 'dotted');
  });

  it('of known fields keep their type when they come with a dot', () => {
    assert.equal(logOf('"error.code":7').error_code, 7);
    assert.equal(logOf('"error.code":"x"').error_code_text, 'x');
  });

  it("of the log's own are kept for it; JumpCloud's are kept beside them", () => {
    const log = logOf('"type":"EMAIL","@timestamp":"never","event_id":7,"tags":["x"],"shortened_fields":1', {
      tags: ['a'],
    });
    assert.equal(log.type, 'jumpcloud');
    assert.equal(log['@timestamp'], '2026-06-15T16:00:00Z');
    assert.equal(log.event_id, 'e-1');
    assert.deepEqual(log.tags, ['a']);
    assert.equal(log.jumpcloud_type, 'EMAIL');
    assert.equal(log['jumpcloud_@timestamp'], 'never');
    assert.equal(log.jumpcloud_event_id, '7');
    assert.equal(log.jumpcloud_tags, '["x"]');
    assert.equal(log.jumpcloud_shortened_fields, '1');
  });

  it('given twice in one object have no log: only one of the values could be in it', () => {
    for (const members of [
      '"a":"1","a":"2"',
      '"geoip":{"country_code":"DE","country_code":"FR"}',
      '"config":[{"a":1,"a":1}]',
    ])
      for (const shape of ['logzio', 'ecs'] as const)
        assert.throws(() => shaped(members, { shape }), /has the same field twice/, members);
    assert.equal(shaped('"a":"\\"a\\":1,","b" : "{\\"a\\":1,\\"a\\":2}"').shortened.length, 0);
  });
});

describe('@timestamp', () => {
  const cases: [timestamp: string, expected: string][] = [
    ['2026-06-15T16:00:00Z', '2026-06-15T16:00:00Z'],
    ['2026-06-15T16:00:00.123456789Z', '2026-06-15T16:00:00.123456789Z'],
    ['2026-06-15T18:00:00.5+02:00', '2026-06-15T18:00:00.5+02:00'],
    ['2026-06-15 16:00:00Z', '2026-06-15T16:00:00.000Z'],
    ['2026-06-15t16:00:00.1z', '2026-06-15T16:00:00.100Z'],
    ['2026-06-15T16:00:00+0000', '2026-06-15T16:00:00.000Z'],
    ['2026-06-30T23:59:60Z', '2026-07-01T00:00:00.000Z'],
    ['2026-06-15T16:00:00.1234567891Z', '2026-06-15T16:00:00.123Z'],
  ];
  for (const [timestamp, expected] of cases) {
    it(`of ${timestamp} is ${expected}, and the event's own text is kept`, () => {
      const text = JSON.stringify({ timestamp });
      const { line } = createShape(OPTIONS)({ text, value: { timestamp }, eventId: 'e-1', isBroken: false });
      assert.deepEqual(faultsOf(line), []);
      const log = JSON.parse(line);
      assert.equal(log['@timestamp'], expected);
      const kept = timestamp === expected ? log.timestamp : log.timestamp_text;
      // In quotes where an index would take it for a date.
      assert(kept === timestamp || JSON.parse(kept) === timestamp, kept);
    });
  }

  it('cannot be made of what is none: such an event belongs into quarantine', () => {
    const value = { timestamp: '2026-02-30T00:00:00Z' };
    assert.throws(
      () => createShape(OPTIONS)({ text: JSON.stringify(value), value, eventId: 'e-1', isBroken: false }),
      RangeError,
    );
  });
});

describe('what a user adds to every log', () => {
  const fields: Record<string, JsonValue> = {
    environment: 'production',
    cost_center: 42,
    team: { name: 'security' },
    zones: ['a'],
  };

  for (const shape of ['logzio', 'ecs'] as const) {
    it(`is in every log of the ${shape} shape, tags too`, () => {
      const log = logOf('"username":"ada"', { shape, fields, tags: ['one', 'two'] });
      assert.deepEqual({ ...log, ...fields }, log);
      assert.deepEqual(log.tags, ['one', 'two']);
    });

    it(`never takes a name the ${shape} shape needs for itself: refused with the reason`, () => {
      const faults = outputFaults({ fields: { type: 'x', event_id: 1, 'a.b': 1, _id: 2 }, tags: [] });
      assert.equal(faults.length, 4);
      assert.throws(() => createShape({ ...OPTIONS, shape, fields: { type: 'x' } }), /output\.fields\.type/);
    });
  }

  it("never overwrites what JumpCloud sent, and JumpCloud's value takes the type of the field", () => {
    const log = logOf('"environment":7,"cost_center":"43","team":"red"', { fields });
    assert.equal(log.environment, '7');
    assert.equal(log.cost_center, 43);
    assert.equal(log.team_text, 'red');
    assert.deepEqual(log.team, { name: 'security' });
    assert.equal(logOf('"service":"sso"', { fields: { service: 'mine' } }).service, 'sso');
  });

  it('obeys the table of known fields itself, in both shapes, so that a day may hold logs of both', () => {
    for (const shape of ['logzio', 'ecs'] as const) {
      const log = logOf('', {
        shape,
        fields: { success: 'true', username: 7, application: 'vpn', service: { name: 'x' } },
      });
      assert.equal(log.success, true);
      assert.equal(log.username, '7');
      assert.equal(log.application_text, 'vpn');
      assert.equal(log.application, undefined);
      assert.equal(log.service, '{"name":"x"}');
    }
  });
});

describe('the organization', () => {
  it('is added where the event has none, and left where it has one', () => {
    for (const shape of ['logzio', 'ecs'] as const) {
      const place = (log: JsonObject) =>
        shape === 'logzio' ? log : ((log.jumpcloud as JsonObject).event as JsonObject);
      assert.equal(place(logOf('"a":"b"', { shape, organization: 'o-1' })).organization, 'o-1');
      assert.equal(place(logOf('"organization":null', { shape, organization: 'o-1' })).organization, 'o-1');
      assert.equal(place(logOf('"organization":"o-2"', { shape, organization: 'o-1' })).organization, 'o-2');
    }
  });
});

describe('the ECS shape', () => {
  const event =
    '"id":"e-1","@version":1,"client_ip":"192.0.2.1","useragent":{"name":"Chrome","major":"1"},"empty":{"a":[null,""]}';

  it('keeps the duplicates of what it copied when asked to', () => {
    const log = logOf(event, { shape: 'ecs', preserveDuplicateCustomFields: true });
    assert.deepEqual(log.jumpcloud, {
      event: {
        id: 'e-1',
        version: '1',
        client_ip: '192.0.2.1',
        useragent: { name: 'Chrome', major: '1' },
        timestamp: '2026-06-15T16:00:00Z',
      },
    });
  });

  it('leaves them out otherwise, and nothing empty stays', () => {
    const log = logOf(event, { shape: 'ecs' });
    assert.equal(log.jumpcloud, undefined);
    assert.deepEqual(log.client, { ip: '192.0.2.1' });
  });

  it('leaves out what is empty within lists and objects, and keeps the rest of them', () => {
    const log = logOf('"attr":["cn","","mail"],"resource":{"name":"ada","type":"","email":null}', {
      shape: 'ecs',
      preserveDuplicateCustomFields: true,
    });
    const { event: kept } = log.jumpcloud as { event: JsonObject };
    assert.deepEqual([kept.attr, kept.resource], [['cn', 'mail'], { name: 'ada' }]);
  });

  it('holds the original text of the event when asked to', () => {
    const log = logOf(event, { shape: 'ecs', preserveOriginalEvent: true });
    assert.equal((log.event as JsonObject).original, `{${event},${AT}}`);
  });
});

it('an event whose text is copied has the same fields as one that is written anew', () => {
  const regular =
    '"id":"e-1","username":"ada","geoip":{"latitude":1.5},"success":true,"new":"text","changes":[{"field":"a","to":1}]';
  // One more field, a number nobody knows, which has to become text.
  const { other, ...anew } = logOf(`${regular},"other":1`, { organization: 'o-1', tags: ['a'], fields: { b: 1 } });
  assert.equal(other, '1');
  assert.deepEqual(anew, logOf(regular, { organization: 'o-1', tags: ['a'], fields: { b: 1 } }));
});
