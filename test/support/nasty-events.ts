/**
 * Made-up events that would spoil the index of a day, in a form that JumpCloud could send; the same
 * ones every time.
 */
import type { JsonObject, JsonValue } from '../../lib/platform/json.ts';
import { FIELD_TABLE } from '../../lib/shape/field-table.ts';
import { RESERVED_NAMES } from '../../lib/shape/names.ts';
import { createRandom, type Random } from '../../simulators/random.ts';

/** What date detection takes for dates, or seems to. */
export const DATE_LIKE_TEXTS: readonly string[] = [
  ...['2026-06', '2026-06-15', '2026-06-15T10', '2026-06-15T10:20:30', '2026-06-15T10:20:30.123456789Z', '2026-13'],
  ...[
    '2026-06-15T10:20:30+0200',
    '2026-06-15T10:20:30Europe/Berlin',
    '2026-02-30',
    '2026-06T10:00',
    '2026T10',
    '4711-12',
  ],
  ...['2026/06/15', '2026/06/15 10:20:30', '+12026/06/15', '2026/02/30', '2026/06/15 +0100', '-2026-06', '0000-06'],
  ...['2026-06-15T10:20:30,123', '2026-06-15T10:20:30ZZ', '+12026-06', '-9999-12-31', '2026-06-15T10America/New_York'],
];

/** Date detection takes none of these. */
export const OTHER_TEXTS = [
  'never',
  '',
  '2026',
  '1e5',
  'true',
  '192.0.2.1',
  '2026-06-15 10:20',
  ' 2026-06',
  '12-2026',
  '{}',
];
const ODD_NAMES = [
  '_id',
  '_source',
  '_data_stream_timestamp',
  '_routing',
  '_tombstone',
  '__soft_deletes',
  '_doc_count',
  '.',
  'a.b',
  '',
  ' ',
  '\u001c',
  '\u001d\u001e \u001f',
];
const UNKNOWN_NAMES = ['password_expires', 'expires_date', 'expires', 'x_date_text', 'verdict', 'source', 'user'];
const NAMES = Object.keys(FIELD_TABLE).filter((name) => name !== 'timestamp');
const MANY_NAMES = 1500;

/** @returns events with an id and a timestamp each; the one with many names is among them once */
export function nastyEvents(count: number): JsonObject[] {
  const random = createRandom(16);
  return Array.from({ length: count }, (_, n) => ({
    id: n === 3 ? '2026-06-15' : `nasty-${n}`,
    timestamp: new Date(Date.parse('2026-11-20T00:00:00Z') + n * 60_000).toISOString(),
    service: random.pick(['directory', 'sso', 'systems', 'password_manager']),
    event_type: random.pick(['user_update', 'sso_auth', 'made_up', '2026-06-15']),
    ...(n === 7 ? manyNames() : membersOf(random)),
  }));
}

function manyNames(): JsonObject {
  return Object.fromEntries(Array.from({ length: MANY_NAMES }, (_, n) => [`unknown_${n}`, `value ${n}`]));
}

function membersOf(random: Random): JsonObject {
  const members = Array.from({ length: random.int(1, 8) }, (): [string, JsonValue] => {
    const odd = oneOf(random, [ODD_NAMES, UNKNOWN_NAMES, RESERVED_NAMES]);
    const name = oneOf(random, random.chance(0.6) ? NAMES : odd);
    return [name, anyValue(random, 2)];
  });
  return Object.fromEntries(members);
}

function anyValue(random: Random, levels: number): JsonValue {
  const text = () => oneOf(random, [...DATE_LIKE_TEXTS, ...OTHER_TEXTS]);
  if (levels === 0 || random.chance(0.6)) return text();
  const inner = () => anyValue(random, levels - 1);
  return random.pick<() => JsonValue>([
    () => ({ id: text(), type: text(), username: text(), name: inner(), device: inner(), ip: text() }),
    () => ({
      latitude: random.int(-200, 200),
      longitude: random.int(-400, 400),
      country_code: '2026',
      region_code: '06',
    }),
    () => ({ email: `somebody@${text()}`, username: text(), hostname: inner(), success: inner(), type: 'user' }),
    () => [inner(), inner()],
    () => [{ field: random.pick(['username', '2026-06-15', 'active']), from: inner(), to: inner() }],
    () => random.pick<JsonValue>([true, 0, 1.5, -1, 2 ** 53, null]),
  ])();
}

function oneOf<T>(random: Random, list: readonly T[]): T {
  return list[random.int(0, list.length - 1)] as T;
}
