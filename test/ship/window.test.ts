/**
 * The rules of time: which window a run asks for, how the checkpoint moves, and the words for a
 * window that cannot be read.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { JumpCloudError } from '../../lib/jumpcloud/client.ts';
import { Page } from '../../lib/jumpcloud/page.ts';
import { PASS_UNCHANGED } from '../../lib/jumpcloud/pages.ts';
import { queryTimes } from '../../lib/jumpcloud/query.ts';
import { isEmpty, parseInstant } from '../../lib/platform/time.ts';
import { advance, newCheckpoint } from '../../lib/ship/checkpoint.ts';
import type { Run } from '../../lib/ship/ship.ts';
import { keptOf, noNextPageError, readTime, refuseFuture, windowAt } from '../../lib/ship/window.ts';

const NOON = Date.parse('2026-11-20T12:00:00Z');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
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

const refused = new JumpCloudError('status 400', { status: 400, retryable: false, serverNow: NOON });

function behind(days: number, end?: number, name = 'live#default'): JumpCloudError {
  const stream = { name, end };
  const run = { stream, report: { startedAt: NOON } } as unknown as Run;
  try {
    keptOf(run, { start: NOON - days * DAY_MS, end: NOON }, refused);
  } catch (error) {
    if (error instanceof JumpCloudError) return error;
  }
  return assert.fail('the window is not refused');
}

test('a query that was refused may be further back than the lowest plan keeps events, from the last day on', () => {
  assert.equal(behind(13.9), refused);
  const error = behind(14.5);
  assert.equal(
    error.message,
    'status 400. Or the start is further back than your plan keeps events: it is 2026-11-06T00:00:00.000Z, 14 days ago, and the lowest plan keeps 15 days. Then leave out what is gone: {"skip_to": "-14d"} says what that is, and does it with "confirm": true',
  );
  const { status, retryable, serverNow, cause } = error;
  assert.deepEqual(
    { status, retryable, serverNow, cause },
    { status: 400, retryable: false, serverNow: NOON, cause: refused },
  );
  assert.match(behind(20, NOON, 'backfill#default#a#b').message, /\{"backfill_skip_to": "-14d"\}/);
  assert.match(behind(20, NOON).message, /Then give a later start_time$/, 'a window');
});

/** At the start of a run whose checkpoint is so far ahead. */
function refuse(aheadMs: number, settled: number): void {
  const checkpoint = { ...newCheckpoint(settled), watermark: NOON + aheadMs };
  const run = { stream: { name: 'live#default' }, inFlight: { checkpoint } } as unknown as Run;
  refuseFuture(run, NOON, "JumpCloud's clock");
}

test('a watermark that is over an hour ahead of a clock ends the run, and names an instant to go back to', () => {
  refuse(HOUR_MS, NOON);
  const message = (settled: number) => {
    let said = '';
    assert.throws(
      () => refuse(HOUR_MS + 1, settled),
      (error: Error) => {
        said = error.message;
        return error.name === 'WatermarkAheadError';
      },
    );
    return said;
  };
  assert.equal(
    message(NOON - HOUR_MS),
    'live#default was read up to 2026-11-20T13:00:00.001Z, which is ahead of JumpCloud\'s clock (2026-11-20T12:00:00.000Z). That clock is wrong, or one was wrong when this was saved. Correct a wrong clock. If it is right now, go back to a time when the clock was right, 2026-11-20T11:00:00.000Z or earlier: {"rewind_to": "2026-11-20T11:00:00.000Z"}',
  );
  assert.match(
    message(NOON + HOUR_MS),
    /right, 2026-11-20T12:00:00\.000Z or earlier: \{"rewind_to": "2026-11-20T12:00/,
  );
});

test('where it is not known whether more follows, the headers that are missing are named', () => {
  const parts = { body: Buffer.from('[1]'), searchAfter: undefined, serverNow: undefined };
  const said = (statedCount: number | undefined) => {
    const { message, retryable } = noNextPageError(new Page({ ...parts, statedCount, statedLimit: 1 }, 1));
    assert.equal(retryable, false);
    return message;
  };
  const because =
    'JumpCloud POST /events: the answer holds nothing new, and it is not known whether more follows, because its';
  assert.ok(said(1).startsWith(`${because} X-Search_after is missing. ${PASS_UNCHANGED}`));
  assert.ok(said(undefined).startsWith(`${because} X-Search_after, X-Result-Count are missing. ${PASS_UNCHANGED}`));
});
