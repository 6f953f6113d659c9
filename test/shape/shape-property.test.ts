/**
 * Strange events: whatever an event holds, its log is one that Logz.io takes and indexes, and
 * nothing goes missing in silence.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../lib/platform/json.ts';
import { parseEvent } from '../../lib/shape/parse-event.ts';
import type { ShapeOptions } from '../../lib/shape/shape.ts';
import { createShape } from '../../lib/shape/shape.ts';
import { faultsOf, type Mapping } from '../support/log-validator.ts';
import { OPTIONS as PLAIN_OPTIONS } from '../support/shaped.ts';
import { event, timestamp } from '../support/strange-events.ts';

const OPTIONS: ShapeOptions = {
  ...PLAIN_OPTIONS,
  organization: '5f3d1c2b8e4a7f0012ab34cd',
  fields: { environment: 'test', cost_center: 42, team: { name: 'security', on_call: true } },
  tags: ['jumpcloud', 'audit'],
};

function read(source: string): JsonObject {
  const value = parseEvent(source);
  assert(value);
  return value;
}

/** The parts of a change: they are what `changes` is made of, and not themselves in it. */
const PARTS_OF_A_CHANGE = new Set(['field', 'from', 'to']);

/** Every text, name and number in a value, as text. */
function leaves(value: JsonValue): string[] {
  if (typeof value === 'object' && value !== null) {
    if (Array.isArray(value)) return value.flatMap(leaves);
    return Object.entries(value).flatMap(([key, member]) => [
      ...(PARTS_OF_A_CHANGE.has(key) ? [] : [key]),
      ...leaves(member),
    ]);
  }
  return value === null || value === '' ? [] : [String(value)];
}

const RUNS = 200;

for (const shape of ['logzio', 'ecs'] as const) {
  describe(`the ${shape} shape, whatever an event holds`, () => {
    it('makes a line that Logz.io takes and indexes, every field with one type in all of them', () => {
      const toLog = createShape({ ...OPTIONS, shape });
      const mapping: Mapping = new Map();
      fc.assert(
        fc.property(event, (source) => {
          const { line, shortened } = toLog({ text: source, value: read(source), eventId: 'e-1', isBroken: false });
          assert.deepEqual(faultsOf(line, mapping), []);
          assert.deepEqual(JSON.parse(line).shortened_fields ?? [], shortened);
        }),
        { numRuns: RUNS },
      );
    });

    it('does the same with every option on', () => {
      const options = { ...OPTIONS, shape, preserveOriginalEvent: true, preserveDuplicateCustomFields: true };
      const toLog = createShape(options);
      const mapping: Mapping = new Map();
      fc.assert(
        fc.property(event, (source) => {
          const { line } = toLog({ text: source, value: read(source), eventId: 'e-1', isBroken: false });
          assert.deepEqual(faultsOf(line, mapping), []);
        }),
        { numRuns: RUNS },
      );
    });

    it('leaves the event as it was, and makes the same of it every time', () => {
      const toLog = createShape({ ...OPTIONS, shape });
      fc.assert(
        fc.property(event, (source) => {
          const value = read(source);
          const first = toLog({ text: source, value, eventId: 'e-1', isBroken: false });
          assert.deepEqual(value, read(source));
          assert.deepEqual(toLog({ text: source, value, eventId: 'e-1', isBroken: false }), first);
        }),
        { numRuns: RUNS / 4 },
      );
    });
  });
}

describe('the logzio shape', () => {
  it('holds every name and value of an event, unless it says which it shortened', () => {
    const toLog = createShape({ ...OPTIONS, shape: 'logzio' });
    fc.assert(
      fc.property(event, (source) => {
        const value = read(source);
        const { line, shortened } = toLog({ text: source, value, eventId: 'e-1', isBroken: false });
        if (shortened.length > 0) return;
        const log = `${leaves(JSON.parse(line)).join('\n')}\n${line}`;
        for (const leaf of leaves(value)) {
          // A rename makes dots underscores; numbers keep their digits, so that their JavaScript
          // form need not be there.
          if (/^-?(?:\d|Infinity)/.test(leaf)) continue;
          let inJson = leaf;
          const forms = [leaf, leaf.replaceAll('.', '_'), ...(leaf === 'user_agent' ? ['useragent'] : [])];
          for (let level = 0; level < 3; level++) {
            inJson = JSON.stringify(inJson).slice(1, -1);
            forms.push(inJson);
          }
          // A name of blanks and control characters alone counts as blank.
          if (/^[\s\p{Cc}]*$/u.test(leaf)) continue;
          assert(
            forms.some((form) => log.includes(form)),
            `${JSON.stringify(leaf)} of ${source} is not in ${line}`,
          );
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('makes the same of an event that obeys the rule already as of one that does not, however it is written', () => {
    const toLog = createShape({ ...OPTIONS, shape: 'logzio' });
    const short = fc.string({
      unit: fc.constantFrom('a', 'ä', '😀', '"', '\\', '\n', '\u2028', ':', ',', '{', '}', ' '),
    });
    const regular = fc.record(
      {
        id: short,
        username: short,
        success: fc.boolean(),
        error_code: fc.oneof(fc.integer(), fc.constant(JSON.rawJSON('1.0')), fc.constant(JSON.rawJSON('2e3'))),
        geoip: fc.record({ country_code: short, latitude: fc.double({ min: -90, max: 90 }) }, { requiredKeys: [] }),
        never_seen: short,
        organization: fc.constantFrom('o-1', null),
        changes: fc.array(fc.record({ field: short, from: short, to: fc.boolean() }, { requiredKeys: ['field'] })),
        environment: short,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(regular, timestamp, fc.constantFrom(undefined, ' ', '\n', '\t'), (members, at, indent) => {
        const lineOf = (members: object) => {
          const source = JSON.stringify({ ...members, timestamp: at }, null, indent);
          const { line, shortened } = toLog({ text: source, value: read(source), eventId: 'e-1', isBroken: false });
          assert.deepEqual(faultsOf(line), []);
          assert.deepEqual(shortened, []);
          return line;
        };
        // A number that nobody knows has to become text, for which the whole event is written anew.
        const { irregular, ...anew } = JSON.parse(lineOf({ ...members, irregular: 1 }));
        assert.equal(irregular, '1');
        assert.deepEqual(JSON.parse(lineOf(members)), anew);
      }),
      { numRuns: RUNS },
    );
  });
});
