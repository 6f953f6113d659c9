/** The words for a window that cannot be read to its end, and when they are said. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JumpCloudError } from '../../lib/jumpcloud/errors.ts';
import { Page } from '../../lib/jumpcloud/page.ts';
import { PASS_UNCHANGED } from '../../lib/jumpcloud/pages.ts';
import { newCheckpoint } from '../../lib/ship/checkpoint.ts';
import type { Run } from '../../lib/ship/ship.ts';
import { mayBeBehind, noNextPageError, refuseFuture } from '../../lib/ship/window-faults.ts';

const NOON = Date.parse('2026-11-20T12:00:00Z');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const refused = new JumpCloudError('status 400', { status: 400, retryable: false, serverNow: NOON });

function behind(days: number, end?: number): JumpCloudError {
  const stream = { name: 'live#default', end };
  const run = { stream, report: { startedAt: NOON } } as unknown as Run;
  return mayBeBehind(run, { start: NOON - days * DAY_MS, end: NOON }, refused);
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
  assert.match(behind(20, NOON).message, /\{"backfill_skip_to": "-14d"\}/);
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
