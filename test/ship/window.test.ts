/** The rules of time: which window a run asks for, and how the checkpoint moves. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { queryTimes } from '../../lib/jumpcloud/query.ts';
import { isEmpty, parseInstant } from '../../lib/platform/time.ts';
import { advance, newCheckpoint } from '../../lib/ship/checkpoint.ts';
import { readTime, windowAt } from '../../lib/ship/window.ts';

const NOON = Date.parse('2026-11-20T12:00:00Z');
const instant = fc.integer({ min: NOON - 1e9, max: NOON + 1e9 });
const lateness = fc.integer({ min: 0, max: 86_400_000 });

test('the read time is the earlier of both clocks, and ours where JumpCloud gives none', () => {
  assert.equal(readTime(NOON, NOON - 5), NOON - 5);
  assert.equal(readTime(NOON, NOON + 5), NOON);
  assert.equal(readTime(NOON, undefined), NOON);
});

test('a window ends the source lag before the read time, in whole milliseconds, and never past the stream', () => {
  assert.deepEqual(windowAt(NOON - 1000, NOON + 0.9, 30), { start: NOON - 1000, end: NOON - 30 });
  assert.deepEqual(windowAt(NOON - 1000, NOON, 30, NOON - 500), { start: NOON - 1000, end: NOON - 500 });
  assert.ok(isEmpty(windowAt(NOON, NOON, 30)));
  assert.ok(isEmpty(windowAt(NOON - 30, NOON, 30)), 'start and end the same');
});

test('a query asks on whole seconds, at least one second and at most two wider than its window, on both sides', () => {
  fc.assert(
    fc.property(instant, fc.integer({ min: 1, max: 1e8 }), (start, length) => {
      const end = start + length;
      const { start_time, end_time } = queryTimes({ start, end });
      assert.match(start_time + end_time, /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ){2}$/);
      const [from, to] = [parseInstant(start_time) ?? 0, parseInstant(end_time) ?? 0];
      assert.ok(start - from >= 1000 && start - from < 2000);
      assert.ok(to - end >= 1000 && to - end < 2000);
    }),
  );
});

test('a checkpoint never goes back, and settles nothing that was not read', () => {
  const step = fc.record({ readTo: instant, readAt: instant });
  fc.assert(
    fc.property(instant, lateness, fc.array(step, { maxLength: 20 }), (start, allowedLatenessMs, steps) => {
      let checkpoint = newCheckpoint(start);
      // A slow model: everything that any step alone would have allowed.
      let [settled, watermark] = [start, start];
      for (const { readTo, readAt } of steps) {
        const next = advance(checkpoint, { watermark: readTo, settled: Math.min(readTo, readAt - allowedLatenessMs) });
        if (readTo > watermark) watermark = readTo;
        const oldEnough = Math.min(readTo, readAt - allowedLatenessMs);
        if (oldEnough > settled) settled = oldEnough;
        assert.ok(next.settled >= checkpoint.settled && next.watermark >= checkpoint.watermark);
        assert.deepEqual(next, { ...newCheckpoint(start), settled, watermark });
        assert.ok(next.settled <= next.watermark, 'nothing is settled that was not read');
        checkpoint = next;
      }
    }),
  );
});

test('what a run has settled, no later window of its stream contains; and nothing lies between two windows', () => {
  fc.assert(
    fc.property(
      instant,
      fc.array(fc.integer({ min: 0, max: 3_600_000 }), { minLength: 1 }),
      lateness,
      (start, waits, late) => {
        const lag = 30_000;
        let [checkpoint, now] = [newCheckpoint(start), start];
        let readUpTo = start;
        for (const wait of waits) {
          now += wait;
          const window = windowAt(checkpoint.settled, now, lag);
          assert.equal(window.start, checkpoint.settled);
          if (isEmpty(window)) continue;
          assert.ok(window.start <= readUpTo, 'no gap');
          checkpoint = advance(checkpoint, { watermark: window.end, settled: Math.min(window.end, now - late) });
          readUpTo = Math.max(readUpTo, window.end);
        }
      },
    ),
  );
});
