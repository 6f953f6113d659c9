/** The two ways to a log: the quick one is there for its speed alone, and nobody can tell it from the other. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { splitArray } from '../lib/jumpcloud/split.ts';
import { ecsWays } from '../lib/shape/ecs-shape.ts';
import { logzioWays } from '../lib/shape/logzio-shape.ts';
import { parseEvent } from '../lib/shape/parse-event.ts';
import { sampleDay } from '../local/sample-day.ts';
import { faultsOf } from './log-validator.ts';
import { event, timestamp } from './support/monsters.ts';
import { OPTIONS } from './support/shaped.ts';

const RUNS = 500;
const options = {
  ...OPTIONS,
  organization: '5f3d1c2b8e4a7f0012ab34cd',
  fields: { environment: 'test', cost_center: 42 },
  tags: ['audit'],
};
const all = { ...options, shape: 'ecs', preserveOriginalEvent: true, preserveDuplicateCustomFields: true } as const;
const SHAPES = [
  { name: 'logzio', ways: logzioWays(options) },
  { name: 'ecs', ways: ecsWays({ ...options, shape: 'ecs' }) },
  { name: 'ecs with everything preserved', ways: ecsWays(all) },
];

/** @returns whether the quick way could be gone */
function compare({ quick, thorough }: ReturnType<typeof logzioWays>, text: string): boolean {
  const value = parseEvent(text);
  assert(value);
  const { unusualNumbers } = splitArray(Buffer.from(`[${text}]`));
  const source = {
    text,
    value,
    eventId: JSON.stringify(value.id) ?? 'none',
    numbersAreUsual: unusualNumbers.size === 0,
  };
  const line = quick(source);
  // What is not known is looked for, and must lead to the same.
  const { line: looked } = thorough({ ...source, numbersAreUsual: false });
  assert.equal(thorough(source).line, looked);
  if (line === undefined) return false;
  assert.deepEqual(thorough(source), { line, shortened: [] });
  assert.deepEqual(faultsOf(line), []);
  return true;
}

/** Everything that can be written in more than one way, or that looks like something else. */
const TEXTS = fc.string({
  unit: fc.constantFrom('a', '5e3', 'ä', '😀', '\u2028', '"', '\\', '\n', ':', ',', '}', ' 12'),
});
const NUMBERS = fc.constantFrom(
  ...['0', '-0', '1', '1.0', '100', '1e2', '1E2', '1e19', '12345678901234567', '1.0000000000000000', '0.0000001'],
  ...['1e-7', '52.5196', '0.30000000000000004', '0.30000000000000005', '-13', '13.50', '1e400', '9007199254740993'],
);
/** A JSON text, as a value of a member. */
const VALUES = fc.oneof(
  TEXTS.map((text) => JSON.stringify(text)),
  NUMBERS,
  fc.constantFrom('null', 'true', 'false', '"true"', '{}', '[]', '["a","b"]', '["a",1]', '"\\ud800"', '"\\u0061"'),
  fc.tuple(TEXTS, NUMBERS).map(([text, number]) => `{"a":${number},"b":[${JSON.stringify(text)},{"c":${number}}]}`),
  NUMBERS.map((number) => `{"latitude":${number},"country_code":"DE","unheard_of":${number}}`),
  fc.tuple(NUMBERS, TEXTS).map(([to, from]) => `[{"field":"x","to":${to},"from":${JSON.stringify(from)}}]`),
);
const NAMES = fc.constantFrom(
  ...['username', 'success', 'error_code', 'operation_number', 'geoip', 'mfa_meta', 'mfa_meta_text', 'attr', 'changes'],
  ...[
    'type',
    'tags',
    'version',
    'version_',
    'jumpcloud_type',
    'organization',
    'environment',
    'workflow',
    '@version',
    'system_timestamp',
  ],
  ...['never_seen', 'with.dot', '7', '__proto__', 'constructor', 'ümlaut'],
);
const BLANKS = fc.constantFrom('', '', '', '', ' ', '\n');

for (const { name, ways } of SHAPES) {
  describe(`the quick way of shape ${name}`, () => {
    it('makes byte for byte the log of the thorough one, however the event is written', () => {
      const members = fc.array(fc.tuple(NAMES, BLANKS, VALUES), { maxLength: 6 });
      let gone = 0;
      fc.assert(
        fc.property(members, timestamp, (list, at) => {
          const written = list.map(([name, blank, value]) => `${JSON.stringify(name)}:${blank}${value}`);
          if (compare(ways, `{${[...written, `"timestamp":${JSON.stringify(at)}`].join(',')}}`)) gone++;
        }),
        { numRuns: 4 * RUNS },
      );
      assert.ok(gone > RUNS / 5, `it was gone only ${gone} times`);
    });

    it('does so for whatever else an event may hold', () => {
      fc.assert(
        fc.property(event, (text) => {
          compare(ways, text);
        }),
        { numRuns: RUNS / 2 },
      );
    });

    it('is the way of nine in ten events of a usual day', () => {
      const day = sampleDay({ end: Date.parse('2026-11-20T12:00:00Z') });
      const gone = day.filter(({ text }) => compare(ways, text)).length;
      assert.ok(gone > 0.9 * day.length, `${gone} of ${day.length}`);
    });
  });
}
