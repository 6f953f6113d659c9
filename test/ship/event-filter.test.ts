/** What becomes of each event that JumpCloud gives: shipped, known, not of this window, or kept. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Delivered } from '../../lib/ship/delivered.ts';
import { EventFilter } from '../../lib/ship/event-filter.ts';

const NOON = Date.parse('2026-11-20T12:00:00Z');
const WINDOW = { start: NOON, end: NOON + 1000 };
/** A larger event is not read. */
const LARGEST_CHARACTERS = 4 * 1024 * 1024;

function filter(): EventFilter {
  return new EventFilter(WINDOW, new Delivered());
}

function raw(text: string, more: { brokenBytes?: Buffer; wholeBytes?: number } = {}) {
  return { text, brokenBytes: undefined, ...more };
}

function event(ms: number, id = 'one'): string {
  return JSON.stringify({ id, timestamp: new Date(NOON + ms).toISOString() });
}

/** @returns the kind and, where it is quarantined, the reason */
function examine(filter: EventFilter, text: string, more: { brokenBytes?: Buffer; wholeBytes?: number } = {}) {
  const examined = filter.examine(raw(text, more));
  return examined.kind === 'quarantine' ? `quarantine: ${examined.reason}` : examined.kind;
}

test('an event of the window is new once; before the start, and from the end on, it is of another window', () => {
  const one = filter();
  assert.equal(examine(one, event(0)), 'new');
  assert.equal(examine(one, event(0)), 'delivered');
  assert.equal(examine(one, event(999)), 'new');
  assert.equal(examine(one, event(-1)), 'outside');
  assert.equal(examine(one, event(1000)), 'outside');
});

test('a new event goes on with its value, its id, and whether some of its bytes were broken', () => {
  const whole = filter().examine(raw(event(5)));
  assert.ok(whole.kind === 'new');
  const { text, value, eventId, isBroken } = whole.event;
  assert.deepEqual(
    { text, value, eventId, isBroken },
    { text: event(5), value: JSON.parse(event(5)), eventId: 'one', isBroken: false },
  );
  assert.deepEqual([whole.at, whole.instant], [NOON + 5, NOON + 5]);
  const broken = filter().examine(raw(event(5), { brokenBytes: Buffer.from(event(5)) }));
  assert.ok(broken.kind === 'new' && broken.event.isBroken);
});

test('what cannot be shipped is quarantined with the reason, and kept until no window can hold it', () => {
  assert.equal(examine(filter(), '{"id":"a","timestamp":"soon"}'), 'quarantine: no readable timestamp');
  assert.equal(examine(filter(), '[1]'), 'quarantine: not a JSON object');
  const examined = filter().examine(raw('[1]'));
  assert.ok(examined.kind === 'quarantine');
  assert.deepEqual([examined.at, examined.instant, examined.value], [WINDOW.end, undefined, undefined]);
  const undated = filter().examine(raw('{"id":"a"}'));
  assert.deepEqual(undated.kind === 'quarantine' && undated.value, { id: 'a' });
});

test('an event that is too large is quarantined unread, also where only its first part could be read', () => {
  const padded = (length: number) => event(5).padEnd(length);
  assert.equal(examine(filter(), padded(LARGEST_CHARACTERS)), 'new');
  assert.equal(examine(filter(), ' '.repeat(LARGEST_CHARACTERS)), 'quarantine: not a JSON object');
  assert.equal(examine(filter(), padded(LARGEST_CHARACTERS + 1)), `quarantine: over ${LARGEST_CHARACTERS} characters`);
  assert.equal(
    examine(filter(), event(5), { wholeBytes: 5_000_000 }),
    `quarantine: 5000000 bytes, of which only the first ${event(5).length} could be kept`,
  );
});

test('of equal events that nobody can read a thousand are kept', () => {
  const one = filter();
  const kinds = Array.from({ length: 1002 }, () => one.examine(raw('{}')).kind);
  assert.deepEqual(kinds.slice(998), ['quarantine', 'quarantine', 'delivered', 'delivered']);
  assert.equal(kinds.slice(0, 998).filter((kind) => kind === 'quarantine').length, 998);
});

test('an event without a readable time says whether at most 999 equal ones came before it', () => {
  const one = filter();
  const isRare = (text: string) => one.examine(raw(text)).isRareUnreadable;
  const equal = Array.from({ length: 1001 }, () => isRare('{"id":"a"}'));
  assert.deepEqual(equal.slice(998), [true, true, false]);
  assert.equal(isRare('{"id":"b"}'), true);
  assert.equal(isRare(event(5)), undefined);
});

test('another event with the same id and timestamp is quarantined as a clash', () => {
  const one = filter();
  assert.equal(examine(one, event(5)), 'new');
  const other = JSON.stringify({ ...JSON.parse(event(5)), user: 'eve' });
  assert.equal(examine(one, other), 'quarantine: another event has the same id and timestamp');
  assert.equal(examine(one, other), 'delivered');
});
