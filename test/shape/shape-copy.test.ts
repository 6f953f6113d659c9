/** The two ways to a log: copying is there for its speed alone, and nobody can tell it from the thorough way. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { idIn } from '../../lib/outline/identity.ts';
import { NOWHERE } from '../../lib/outline/outline.ts';
import { Scanner } from '../../lib/outline/scanner.ts';
import { createShape } from '../../lib/shape/create-shape.ts';
import { parseEvent } from '../../lib/shape/parse-event.ts';
import type { Shape, ShapeOptions } from '../../lib/shape/shape.ts';
import { sampleDay } from '../../simulators/sample-day.ts';
import { faultsOf } from '../support/log-validator.ts';
import { event, timestamp } from '../support/monsters.ts';
import { OPTIONS } from '../support/shaped.ts';

const RUNS = 500;
const options: ShapeOptions = {
  ...OPTIONS,
  organization: '5f3d1c2b8e4a7f0012ab34cd',
  fields: { environment: 'test', cost_center: 42, ümlaut: '\u2028' },
  tags: ['audit', '\u0085'],
};
const SHAPES = [
  { name: 'logzio', shape: createShape(OPTIONS) },
  { name: 'logzio with fields, tags and organization', shape: createShape(options) },
  { name: 'ecs', shape: createShape({ ...OPTIONS, shape: 'ecs' }) },
  { name: 'ecs with fields, tags and organization', shape: createShape({ ...options, shape: 'ecs' }) },
  {
    name: 'ecs with everything preserved',
    shape: createShape({
      ...options,
      shape: 'ecs',
      preserveOriginalEvent: true,
      preserveDuplicateCustomFields: true,
    }),
  },
];
const scanner = new Scanner();
const { outline } = scanner;

/** @returns whether the event could be copied */
function compare({ copyLine, toLog }: Shape, text: string): boolean {
  const value = parseEvent(text);
  assert(value);
  if (!scanner.read(Buffer.from(`[ ${text} ,{}]`), 2)) return false;
  const contentId = idIn(outline) === NOWHERE ? '0123abcd-1' : undefined;
  const copied = copyLine(outline, contentId);
  if (copied === undefined) return false;
  const line = copied.bytes.toString('utf8', 0, copied.length);
  assert.deepEqual(toLog({ text, value, eventId: contentId ?? String(value.id) }), { line, shortened: [] });
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
  ...['123456789012345', '0.000001', '-0.5', '1234567890.12345'],
);
/** A JSON text, as a value of a member. */
const VALUES = fc.oneof(
  TEXTS.map((text) => JSON.stringify(text)),
  NUMBERS,
  fc.constantFrom(
    'null',
    'true',
    'false',
    '"true"',
    '{}',
    '[]',
    '["a","b"]',
    '["a",1]',
    '"\\ud800"',
    '"\\u0061"',
    '["","a"]',
    '[{}]',
  ),
  fc.constantFrom(
    '"192.0.2.7"',
    '"2001:db8::1"',
    '"fe80::1%eth0"',
    '{"ip":"192.0.2.8"}',
    '{"ip":"192.0.2.7","geoip":{}}',
  ),
  fc.constantFrom(
    '{"username":"eve","email":"eve@example.org"}',
    '{"id":7,"hostname":null}',
    '{"os_name":"","device":"x"}',
  ),
  fc.constantFrom('"user_login_attempt"', '"sso_auth"', '{ "country_code": "DE", "region_code": "BE" , "longitude":7}'),
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
  ...['client_ip', 'src_ip', 'initiated_by', 'system', 'useragent', 'event_type', 'service', 'message', 'id', 'geoip'],
  ...['jumpcloud_protect_device', 'auth_context', 'sso_token_success', 'process_name'],
  ...['never_seen', 'with.dot', '7', '__proto__', 'constructor', 'ümlaut'],
);
const BLANKS = fc.constantFrom('', '', '', '', ' ', '\n');

/** For each layout of values several ways to fill it: alike in what an outline shows, unlike in what they mean. */
const ALIKE = [
  ['"true"', '"false"', '"maybe"', '"tr\\"ue"'],
  ['"12"', '"012"', '"-0"', '"123456789012345678"', '"twelve"'],
  ['"192.0.2.7"', '"192.0.2.8"', '"192.0.2.256"', '"2001:db8::1"', '"fe80::1%eth0"'],
  ['"2026-06-15T16:00:00Z"', '"2026-02-30T00:00:00Z"', '"2026-06-15T16:00:00.123456789+14:00"', '"today"'],
  ['"user_login_attempt"', '"sso_auth"', '"user_create"'],
  ['"\\u0061"', '"\\u00e4bc"', '"\u2028"', '"t\\u0072ue"'],
  ['7', '-13', '9007199254740991', '123456789012345'],
  ['52.5', '-0.000001', '1234567890.12345'],
  ['["a"]', '["b","cd"]', '["\\n"]'],
  ['[{"field":"a","to":1}]', '[{"field":"b","from":"x"}]', '[7]', '[{"field":"a"},{"field":"a"}]'],
  ['{"ip":"192.0.2.7"}', '{"ip":"192.0.2.8"}', '{"ip":"nowhere"}', '{"ip":"192.0.2.300"}'],
  ['{"country_code":"DE","region_code":"BE"}', '{"country_code":"D","region_code":"a\\nb"}'],
] as const;
const ALIKE_EVENTS = fc
  .uniqueArray(fc.tuple(NAMES, BLANKS, fc.constantFrom(...ALIKE)), { maxLength: 8, selector: ([name]) => name })
  .chain((members) =>
    fc.array(
      fc.tuple(
        ...members.map(([name, blank, values]) =>
          fc.constantFrom(...values).map((value) => `"${name}":${blank}${value}`),
        ),
      ),
      { minLength: 3, maxLength: 12 },
    ),
  )
  .map((events) => events.map((members) => `{${[...members, '"timestamp":"2026-06-15T16:00:00Z"'].join(',')}}`));

for (const { name, shape } of SHAPES) {
  describe(`an event that is copied into a log of shape ${name}`, () => {
    it('is byte for byte the log that the thorough way makes of it, however it is written', () => {
      const members = fc.array(fc.tuple(NAMES, BLANKS, VALUES), { maxLength: 6 });
      let copied = 0;
      fc.assert(
        fc.property(members, timestamp, (list, at) => {
          const written = list.map(([name, blank, value]) => `${JSON.stringify(name)}:${blank}${value}`);
          if (compare(shape, `{${[...written, `"timestamp":${JSON.stringify(at)}`].join(',')}}`)) copied++;
        }),
        { numRuns: 4 * RUNS },
      );
      assert.ok(copied > RUNS / 5, `only ${copied} were copied`);
    });

    it('is so for each of many events that differ in nothing but what their values say', () => {
      let copied = 0;
      fc.assert(
        fc.property(ALIKE_EVENTS, (events) => {
          for (const text of events) if (compare(shape, text)) copied++;
        }),
        { numRuns: 2 * RUNS },
      );
      assert.ok(copied > RUNS, `only ${copied} were copied`);
    });

    it('does so for whatever else an event may hold', () => {
      fc.assert(
        fc.property(event, (text) => {
          compare(shape, text);
        }),
        { numRuns: RUNS / 2 },
      );
    });

    it('is one of 98 in a hundred of a usual day', () => {
      const day = sampleDay({ end: Date.parse('2026-11-20T12:00:00Z') });
      const copied = day.filter(({ text }) => compare(shape, text)).length;
      assert.ok(copied > 0.98 * day.length, `${copied} of ${day.length}`);
    });
  });
}

describe('a field of output.fields', () => {
  const fields = { cost_center: 42, geoip: 'office', site: { floor: 1 }, 7: 'seven', jumpcloud_type: 5 };
  for (const shape of ['logzio', 'ecs'] as const) {
    it(`is there once in a log of shape ${shape}, also where the event's own of that name has to move`, () => {
      const both = createShape({ ...OPTIONS, shape, fields });
      let copied = 0;
      for (const members of [
        '"cost_center":"none"',
        '"cost_center":7',
        '"geoip":"somewhere"',
        '"geoip":{}',
        '"geoip_text":"x"',
        '"site":"Berlin"',
        '"site":{"floor":"x"}',
        '"success":"maybe"',
        '"type":"\\u0061","success":"maybe"',
        '"7":8',
        '"service":"sso"',
      ]) {
        if (compare(both, `{"id":"e-1",${members},"timestamp":"2026-06-15T16:00:00Z"}`)) copied++;
      }
      assert.ok(copied > 4, `only ${copied} were copied`);
    });
  }
});
