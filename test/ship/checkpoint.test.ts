/** What a change of the query leaves to be compared, and which watermark no clock can have made. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advance, countedWith, isAhead, newCheckpoint } from '../../lib/ship/checkpoint.ts';

const NOON = Date.parse('2026-11-20T12:00:00Z');
const HOUR_MS = 60 * 60_000;

test('a new stream begins, and is counted, from its start on', () => {
  const { countedFor, countedBefore, uncounted, ...instants } = newCheckpoint(NOON);
  assert.deepEqual(instants, { began: NOON, settled: NOON, watermark: NOON, countedFrom: NOON });
  assert.deepEqual({ countedFor, countedBefore, uncounted }, { countedFor: '', countedBefore: [], uncounted: [] });
});

test('a stream takes over its first query without any hour that cannot be compared', () => {
  const first = countedWith(newCheckpoint(NOON), 'all');
  assert.deepEqual(first, { ...newCheckpoint(NOON), countedFor: 'all' });
  assert.equal(countedWith(first, 'all'), first);
});

test('after a change of the query, hours before it keep theirs, and what both read is not compared', () => {
  const read = { ...advance(newCheckpoint(NOON), { watermark: NOON + 100, settled: NOON + 40 }), countedFor: 'all' };
  const changed = countedWith(read, 'sso');
  assert.deepEqual(changed, {
    ...read,
    countedFor: 'sso',
    countedBefore: [{ query: 'all', until: NOON + 100 }],
    uncounted: [{ start: NOON + 40, end: NOON + 100 }],
  });
  assert.deepEqual(countedWith(changed, 'sso'), changed);
});

test('earlier queries never fill the item: the oldest go, and hours counted with them are not compared', () => {
  const long = 'x'.repeat(30_000);
  let checkpoint = newCheckpoint(NOON);
  for (let nth = 0; nth <= 5; nth++) {
    checkpoint = advance(checkpoint, { watermark: NOON + nth * HOUR_MS, settled: NOON + nth * HOUR_MS });
    checkpoint = countedWith(checkpoint, `${nth} ${long}`);
  }
  const kept = checkpoint.countedBefore.map(({ query, until }) => [query.slice(0, 1), until]);
  assert.deepEqual(kept, [
    ['2', NOON + 3 * HOUR_MS],
    ['3', NOON + 4 * HOUR_MS],
    ['4', NOON + 5 * HOUR_MS],
  ]);
  assert.equal(checkpoint.countedFrom, NOON + 2 * HOUR_MS);
  const later = NOON + 9 * HOUR_MS;
  const takenOver = countedWith({ ...checkpoint, countedFrom: later }, 'x'.repeat(30_000));
  assert.equal(takenOver.countedFrom, later, 'hours before it lie under another name');
});

test('a watermark over an hour ahead of the clock came from a clock that was wrong', () => {
  assert.equal(isAhead(NOON + HOUR_MS, NOON), false);
  assert.equal(isAhead(NOON + HOUR_MS + 1, NOON), true);
});
