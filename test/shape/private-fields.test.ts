/**
 * What `output.drop_fields` and `output.hash_fields` leave of an event, and what no log may hold.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../lib/platform/json.ts';
import type { FieldTable } from '../../lib/shape/field-kinds.ts';
import { FIELD_TABLE } from '../../lib/shape/field-table.ts';
import { parseEvent } from '../../lib/shape/parse-event.ts';
import { createRedact } from '../../lib/shape/private-fields.ts';
import { createShape } from '../../lib/shape/shape.ts';
import { createMappingJudge } from '../../simulators/mapping-judge.ts';
import { faultsOf, type Mapping } from '../support/log-validator.ts';
import { fixtureEvents } from '../support/logs.ts';
import { OPTIONS, shaped } from '../support/shaped.ts';

const KEY = 'a key for tests, of 32 characters';
const HASH = /^hmac_[0-9a-f]{32}$/;
const SHAPES = ['logzio', 'ecs'] as const;

interface Lists {
  readonly drop?: readonly string[];
  readonly hash?: readonly string[];
  readonly key?: string;
  readonly isRedacted?: boolean;
}

function textOf(text: string, { drop = [], hash = [], key = KEY, isRedacted = false }: Lists): string | undefined {
  const value = parseEvent(text);
  assert(value);
  return createRedact({ dropFields: drop, hashFields: hash }, key)({ text, value }, isRedacted);
}

function left(event: JsonObject, lists: Lists): JsonObject {
  return JSON.parse(textOf(JSON.stringify(event), lists) ?? 'null');
}

const hashOf = (value: JsonValue, lists: Lists = {}) => left({ a: value }, { hash: ['a'], ...lists }).a;

describe('a path', () => {
  const event = { client_ip: '192.0.2.1', geoip: { latitude: 1.5, region_name: 'Bavaria' }, a: { b: { c: 1 } } };

  it('takes away a field at the top, or one in an object, and nothing beside it', () => {
    const rest = { geoip: { region_name: 'Bavaria' }, a: { b: { c: 1 } } };
    assert.deepEqual(left(event, { drop: ['client_ip', 'geoip.latitude', 'not.there', 'client_ip.deeper'] }), rest);
  });

  it('takes any one name for *', () => {
    assert.deepEqual(left(event, { drop: ['*.b', 'geoip.*'] }), { client_ip: '192.0.2.1', geoip: {}, a: {} });
  });

  it('goes through lists, also lists of lists', () => {
    const changes = [{ field: 'phone', to: '1' }, [{ to: '2', from: '3' }], 'to'];
    assert.deepEqual(left({ changes }, { drop: ['changes.to'] }), {
      changes: [{ field: 'phone' }, [{ from: '3' }], 'to'],
    });
  });

  it('of useragent stands for user_agent too, since the log has one name for both', () => {
    assert.deepEqual(left({ user_agent: { os: 'x' }, useragent: { os: 'y' } }, { drop: ['useragent.os'] }), {
      user_agent: {},
      useragent: {},
    });
  });

  it('that is dropped wins over one that is hashed', () => {
    const { a } = left({ a: { b: 'x', c: 'y' } }, { drop: ['a.b'], hash: ['a'] });
    assert.deepEqual(Object.keys(a as JsonObject), ['c']);
  });

  it('finds a name with dots in it, as a path and as the name that the log has', () => {
    const dotted = { 'a.b': 1, 'a.b.c': { d: 2 }, a: { 'b.c': { d: 3 }, x: 4 }, 'client.ip': '192.0.2.1' };
    assert.deepEqual(left(dotted, { drop: ['a.b', 'client_ip'] }), { a: { x: 4 } });
    assert.deepEqual(left(dotted, { drop: ['a.*.c.d', 'client.*'] }), {
      'a.b': 1,
      'a.b.c': {},
      a: { 'b.c': {}, x: 4 },
    });
    const { line } = shaped(textOf('{"client.ip":"192.0.2.1","x":1}', { hash: ['client_ip'] })?.slice(1, -1) ?? '');
    assert.doesNotMatch(line, /192/);
  });

  it('names no member that objects inherit, and leaves one named __proto__ a member', () => {
    const text = '{"__proto__":{"x":1},"constructor":{"y":2},"z":3}';
    assert.equal(textOf(text, { drop: ['z', 'toString'] }), '{"__proto__":{"x":1},"constructor":{"y":2}}');
    assert.equal(textOf(text, { drop: ['__proto__.x', 'constructor'] }), '{"__proto__":{},"z":3}');
  });
});

describe('a hash', () => {
  it('is the same for equal values wherever they stand, and another with another key', () => {
    const event = left({ src_ip: '192.0.2.1', list: [{ ip: '192.0.2.1' }] }, { hash: ['src_ip', 'list.ip'] });
    assert.match(String(event.src_ip), HASH);
    assert.deepEqual(event.list, [{ ip: event.src_ip as JsonValue }]);
    assert.notEqual(hashOf('192.0.2.1'), hashOf('192.0.2.2'));
    assert.notEqual(hashOf('192.0.2.1'), hashOf('192.0.2.1', { key: `${KEY}.` }));
  });

  it('is HMAC-SHA-256, so that others can compute it with the key', () => {
    // printf %s ada | openssl dgst -sha256 -hmac 'a key for tests, of 32 characters'
    assert.equal(hashOf('ada'), 'hmac_edbdf6ee6778acb900edb14d64cb4fba');
  });

  it('of a number or a boolean is that of its text, with all digits', () => {
    assert.equal(hashOf(7), hashOf('7'));
    assert.equal(hashOf(true), hashOf('true'));
    const long = JSON.parse(textOf('{"a":12345678901234567890}', { hash: ['a'] }) ?? '');
    assert.equal(long.a, hashOf('12345678901234567890'));
  });

  it('is the same where a second path names the value too, or all that it is in', () => {
    const event = { initiated_by: { email: 'ada', id: 'x' }, username: 'ada' };
    const { initiated_by, username } = left(event, {
      hash: ['initiated_by', 'initiated_by.email', '*.email', 'username'],
    });
    assert.deepEqual(initiated_by, { email: username as JsonValue, id: hashOf('x') });
  });

  it('takes the place of every value in a list or an object; null and empty texts stay', () => {
    const { a } = left({ a: [{ b: 'x' }, ['x'], null, ''] }, { hash: ['a'] });
    assert.deepEqual(a, [{ b: hashOf('x') }, [hashOf('x')], null, '']);
  });

  it('is not hashed again out of quarantine, but a value that looks like one is, in an event of JumpCloud', () => {
    const once = hashOf('ada') as string;
    assert.equal(hashOf(once, { isRedacted: true }), once);
    assert.notEqual(hashOf(once), once);
    assert.equal(hashOf('ada', { isRedacted: true }), once);
  });

  it('without a key throws: nothing leaves in its place', () => {
    const redact = createRedact({ dropFields: [], hashFields: ['a'] }, undefined);
    assert.throws(() => redact({ text: '{"a":"x"}', value: { a: 'x' } }, false), TypeError);
  });
});

it('numbers beside what is dropped keep their digits', () => {
  assert.equal(
    textOf('{"a":1,"b":12345678901234567890,"c":1.5}', { drop: ['a'] }),
    '{"b":12345678901234567890,"c":1.5}',
  );
});

it('an event that has the same field twice, or is nested too deeply, has no text that may leave', () => {
  assert.equal(textOf('{"a":"first","a":"second"}', { drop: ['b'] }), undefined);
  const depth = 20_000;
  assert.equal(textOf(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`, { hash: ['a'] }), undefined);
});

function pathsIn(table: FieldTable, prefix = ''): string[] {
  return Object.entries(table).flatMap(([name, { fields }]) =>
    fields === undefined ? [prefix + name] : [prefix + name, ...pathsIn(fields, `${prefix}${name}.`)],
  );
}

const NEEDED = ['id', 'timestamp', 'type', '@timestamp'];
const PATHS = pathsIn(FIELD_TABLE).filter((path) => !NEEDED.includes(path));

for (const shape of SHAPES) {
  describe(`the ${shape} shape`, () => {
    it('makes logs that one index takes beside the unhashed ones, whichever known field is hashed or dropped', () => {
      const { judge } = createMappingJudge();
      const toLog = createShape({ ...OPTIONS, shape });
      const mapping: Mapping = new Map();
      const assertTaken = (event: JsonObject, about: string) => {
        const source = { text: JSON.stringify(event), value: event, eventId: 'e-1', isBroken: false };
        const { line } = toLog(source);
        assert.deepEqual(faultsOf(line, mapping), [], about);
        assert.equal(judge(line, JSON.parse(line), 'today'), undefined, about);
      };
      const events = fixtureEvents();
      for (const event of events) assertTaken(event, 'as it came');
      for (const path of PATHS) {
        for (const event of events) {
          for (const lists of [{ hash: [path] }, { drop: [path] }]) {
            const redacted = left(event, lists);
            if (JSON.stringify(redacted) !== JSON.stringify(event)) assertTaken(redacted, path);
          }
        }
      }
    });

    it('keeps no copy of a dropped or hashed value, in any field and with every option on', () => {
      const name = fc.oneof(
        fc.constantFrom(...Object.keys(FIELD_TABLE).filter((known) => !NEEDED.includes(known))),
        fc.constantFrom('username', 'email', 'ip', 'id', 'from', 'to', 'field', 'x', '__proto__', 'user', 'source'),
      );
      const place = fc.record({
        path: fc.array(name, { minLength: 1, maxLength: 3 }).filter(([first = '']) => !NEEDED.includes(first)),
        isListed: fc.boolean(),
        wildcard: fc.boolean(),
        list: fc.constantFrom('drop', 'hash'),
      });
      fc.assert(
        fc.property(fc.array(place, { minLength: 1, maxLength: 8 }), (places) => {
          const event: JsonObject = Object.create(null);
          const lists: Record<string, string[]> = { drop: [], hash: [] };
          for (const [n, { path, isListed, wildcard, list }] of places.entries()) {
            put(event, path, `secret-${n}-value`, isListed);
            const asked = wildcard && path.length > 1 ? [...path.slice(0, -1), '*'] : path;
            lists[list]?.push(asked.join('.'));
          }
          const text = textOf(JSON.stringify(event), lists) ?? '';
          const options = { shape, preserveOriginalEvent: true, preserveDuplicateCustomFields: true };
          const { line } = shaped(text.slice(1, -1), options);
          assert.doesNotMatch(line, /secret-\d+-value/);
        }),
        { numRuns: 300 },
      );
    });
  });
}

/** The event with a text of its own in place of each of its texts; and these, by path. */
function marked(event: JsonObject): { event: JsonObject; texts: Map<string, string[]> } {
  const texts = new Map<string, string[]>();
  let count = 100;
  const mark = (value: JsonValue, names: readonly string[]): JsonValue => {
    if (Array.isArray(value)) return value.map((item) => mark(item, names));
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, mark(inner, [...names, name])]));
    const path = names.join('.');
    if (typeof value !== 'string' || [...NEEDED, 'service', 'event_type'].includes(path)) return value;
    // Of the same kind, since some are copied only where they are addresses.
    const own = /^[\d.]+$/.test(value) ? `203.0.113.${count++}` : `s3cr3t-${count++}@example.com`;
    texts.set(path, [...(texts.get(path) ?? []), own]);
    return own;
  };
  return { event: mark(event, []) as JsonObject, texts };
}

for (const shape of SHAPES) {
  it(`no real event keeps a copy of what was dropped or hashed, whichever fields these are, shape ${shape}`, () => {
    const toLog = createShape({ ...OPTIONS, shape, preserveOriginalEvent: true, preserveDuplicateCustomFields: true });
    const some = fc.constantFrom(...fixtureEvents().map(marked)).chain(({ event, texts }) => {
      const paths = fc.subarray([...texts.keys()].filter((path) => path !== ''));
      return fc.record({ event: fc.constant(event), texts: fc.constant(texts), drop: paths, hash: paths });
    });
    fc.assert(
      fc.property(some, ({ event, texts, drop, hash }) => {
        const value = left(event, { drop, hash });
        const { line } = toLog({ text: JSON.stringify(value), value, eventId: 'e-1', isBroken: false });
        for (const path of [...drop, ...hash])
          for (const own of texts.get(path) ?? []) assert.ok(!line.includes(own), `${path} is in ${line}`);
      }),
      { numRuns: 300 },
    );
  });
}

/** Puts a value where nothing is in its way. */
function put(object: JsonObject, [name = '', ...rest]: readonly string[], value: string, isListed: boolean): void {
  const there = Object.getOwnPropertyDescriptor(object, name)?.value;
  if (there !== undefined && (rest.length === 0 || typeof there !== 'object' || Array.isArray(there))) return;
  const inner: JsonObject = there ?? {};
  if (rest.length > 0) put(inner, rest, value, isListed);
  const wrapped = rest.length === 0 ? value : inner;
  const stored = isListed && there === undefined ? [wrapped] : wrapped;
  Object.defineProperty(object, name, { value: stored, enumerable: true, configurable: true, writable: true });
}
