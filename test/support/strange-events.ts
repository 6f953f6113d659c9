/** Events nobody would send: generated texts for the property tests of the shapes. */
import fc from 'fast-check';
import type { FieldTable } from '../../lib/shape/field-kinds.ts';
import { FIELD_TABLE } from '../../lib/shape/field-table.ts';

function namesIn(table: FieldTable): string[] {
  return Object.entries(table).flatMap(([name, { fields }]) => [name, ...(fields ? namesIn(fields) : [])]);
}

const OWN_NAMES = ['type', '@timestamp', 'event_id', 'tags', 'shortened_fields', 'more_fields', 'environment', 'team'];
const ODD_NAMES = [
  '',
  ' ',
  '.',
  '..',
  'a.b',
  'a_b',
  '.a',
  'a.',
  '__proto__',
  'constructor',
  'toString',
  '_id',
  '0',
  '1',
];
const name = fc.oneof(
  { weight: 24, arbitrary: fc.constantFrom(...new Set(namesIn(FIELD_TABLE))) },
  { weight: 8, arbitrary: fc.constantFrom(...OWN_NAMES, ...ODD_NAMES, 'mfa_text', 'geoip_text', 'mfa_meta_text') },
  { weight: 3, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 1, arbitrary: fc.integer({ min: 5000, max: 50_000 }).map((length) => 'n'.repeat(length)) },
);
const text = fc.oneof(
  { weight: 20, arbitrary: fc.string() },
  {
    weight: 20,
    arbitrary: fc.constantFrom(
      ...[
        '',
        'true',
        'false',
        '1',
        '007',
        '-0',
        '1.5',
        '1e400',
        'null',
        '{"a":1}',
        '2026-06-15T16:00:00Z',
        '192.0.2.1',
      ],
      ...['\ud800', 'a\udc00b', '\u2028', '\u2029', '\u0085', '\u0000\u001f\u007f', '\n\r', '\\ud800', '"', '\\', '😀'],
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('x', 'ä', '€', '😀', '\u0001', '\u2028', '\ud800'), fc.integer({ min: 5000, max: 70_000 }))
      .map(([unit, length]) => unit.repeat(length)),
  },
);
const number = fc.constantFrom(
  ...['0', '-0', '1', '51', '1.0', '-27.658', '1e3', '1E-7', '1e25', '9007199254740993', '-9007199254740993'],
  ...['9223372036854775807', '9223372036854775808', '-9223372036854775809', '123456789012345678901234567890'],
  ...['1e400', '-1e400', '1e-400', '0.1234567890123456789', '3.5e38', '1e39', '90071992547409930e-1'],
);

/** JSON as text, so that it can hold what no JavaScript value can: numbers of any length. */
const { json } = fc.letrec<{ json: string; list: string; object: string }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      text.map((value) => JSON.stringify(value)),
      number,
      fc.constantFrom('true', 'false', 'null', '[]', '{}'),
    ),
    tie('list'),
    tie('object'),
  ),
  list: fc.array(tie('json'), { maxLength: 5 }).map((items) => `[${items.join(' , ')}]`),
  object: fc
    .uniqueArray(fc.tuple(name, tie('json')), { maxLength: 12, selector: ([key]) => key })
    .map((members) => `{${members.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`),
}));

const change = fc
  .tuple(
    fc.option(fc.constantFrom('"a"', '"a_2"', '"__proto__"', '7')),
    fc.option(json),
    fc.option(json),
    fc.option(json),
  )
  .map(([field, from, to, extra]) => {
    const members = [
      field && `"field":${field}`,
      from && `"from":${from}`,
      to && `"to":${to}`,
      extra && `"note":${extra}`,
    ];
    return `{${members.filter(Boolean).join(',')}}`;
  });

/** Every form that is readable. */
export const timestamp = fc.constantFrom(
  ...['2026-06-15T16:00:00Z', '2026-06-15T16:00:00.123456789Z', '2026-06-15T18:00:00.5+02:00', '2024-02-29T00:00:00Z'],
  ...[
    '2026-06-15 16:00:00Z',
    '2026-06-15t16:00:00z',
    '2026-06-30T23:59:60Z',
    '9999-12-31T23:59:60Z',
    '0001-01-01T00:00:00Z',
  ],
);

/** Events of any kind, as text. */
export const event = fc
  .record({
    timestamp,
    members: fc.uniqueArray(fc.tuple(name, json), { maxLength: 30, selector: ([key]) => key }),
    changes: fc.option(
      fc.oneof(
        json,
        fc.array(change).map((list) => `[${list.join(',')}]`),
      ),
    ),
  })
  .map((parts) => {
    const isAdded = (key: string) => key === 'timestamp' || (key === 'changes' && parts.changes !== null);
    const others = parts.members.filter(([key]) => !isAdded(key));
    const members = others.map(([key, value]) => `${JSON.stringify(key)}:${value}`);
    if (parts.changes !== null) members.push(`"changes":${parts.changes}`);
    return `{${[...members, `"timestamp":${JSON.stringify(parts.timestamp)}`].join(',')}}`;
  });
