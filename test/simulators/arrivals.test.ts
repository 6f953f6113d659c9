/**
 * The count at the end of the trial run sees what is missing, doubled or unknown; and the terminal
 * knows its habits.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTerminal } from '../../local/terminal.ts';
import { compareArrivals } from '../../simulators/arrivals.ts';
import { createEventStore } from '../../simulators/event-store.ts';

const ldap =
  '{"timestamp":"2026-03-01T10:00:00Z","service":"ldap","event_type":"ldap_bind","connection_id":7,"operation_number":"1"}';
const ldapLog =
  '{"timestamp":"2026-03-01T10:00:00Z","service":"ldap","event_type":"ldap_bind","connection_id":"7","operation_number":1}';
const sso = '{"id":"a","timestamp":"2026-03-01T11:00:00Z","service":"sso"}';
const future = '{"id":"f","timestamp":"2026-03-01T13:00:00Z","service":"sso"}';

function counted(lines: string[]) {
  const store = createEventStore('nanosecond');
  store.add([ldap, ldap, sso, future].map((text) => ({ text })));
  return compareArrivals(store.sorted(), lines, Date.parse('2026-03-01T12:00:00Z'));
}

test('two identical events are two, one of the future is not due', () => {
  assert.deepEqual(counted([ldapLog, sso, ldapLog]), {
    expected: 3,
    missing: 0,
    repeated: 0,
    unknown: 0,
    notYetDue: 1,
    byService: [
      ['ldap', 2],
      ['sso', 1],
    ],
  });
});

test('missing, repeated and unknown logs are each counted', () => {
  const { missing, repeated, unknown } = counted([ldapLog, sso, sso, '{"id":"x","service":"sso"}', future]);
  assert.deepEqual({ missing, repeated, unknown }, { missing: 1, repeated: 1, unknown: 2 });
});

function printed(isTTY: boolean, environment: Record<string, string>, columns = 80): string {
  let text = '';
  const write = (more: string) => {
    text += more;
  };
  const terminal = createTerminal({ write, isTTY, columns }, environment);
  terminal.progress('on the way');
  terminal.say(terminal.style('done', 'green'));
  terminal.say(`  ${'word '.repeat(30).trim()}`);
  return text;
}

test('a terminal gets colour and a moving line, NO_COLOR takes the colour, a pipe gets neither', () => {
  const cleared = 'on the way\r\x1b[2K';
  assert.ok(printed(true, {}).startsWith(`${cleared}\x1b[32mdone\x1b[39m\n`));
  assert.ok(printed(true, { NO_COLOR: '1' }).startsWith(`${cleared}done\n`));
  assert.ok(printed(false, {}).startsWith('done\n'));
  assert.ok(printed(true, { TERM: 'dumb' }).startsWith('done\n'));
});

test('long lines are wrapped at 80 columns or the width of the terminal, and keep their indent', () => {
  for (const [columns, limit] of [
    [200, 80],
    [50, 50],
  ] as const) {
    const lines = printed(true, { NO_COLOR: '1', TERM: 'dumb' }, columns).trimEnd().split('\n').slice(1);
    assert.ok(lines.length > 1);
    for (const line of lines) assert.ok(line.length <= limit && line.startsWith('  word'), line);
  }
});
