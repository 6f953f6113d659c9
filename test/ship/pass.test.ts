/** How far a page leads a pass, when it is over, and how it notices pages that go in a circle. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Page } from '../../lib/jumpcloud/page.ts';
import { Delivered } from '../../lib/ship/delivered.ts';
import { Pass } from '../../lib/ship/pass.ts';

const NOON = Date.parse('2026-11-20T12:00:00Z');
const LAG_MS = 1000;
const LATENESS_MS = 10_000;
const SETTLED = NOON - 60_000;
const LIMIT = 2;

/** @param theirs JumpCloud's clock; null where it says no time */
function start(theirs: number | null = NOON) {
  const serverNow = theirs ?? undefined;
  const stream = {
    ...{ name: 'live#default', start: 0, query: { services: ['all'], limit: LIMIT } },
    ...{ sourceLagMs: LAG_MS, allowedLatenessMs: LATENESS_MS },
  };
  const pass = new Pass({ stream, settled: SETTLED, startedAt: NOON, serverNow }, new Delivered());
  /** Examines a page of events, each at so many milliseconds before noon. */
  const read = (events: readonly (number | string)[], isNamed = true) => {
    const texts = events.map((one) =>
      typeof one === 'number' ? JSON.stringify({ id: `${one}`, timestamp: new Date(NOON - one).toISOString() }) : one,
    );
    const stated = { statedCount: events.length, statedLimit: isNamed ? LIMIT : undefined };
    const page = new Page({ ...stated, searchAfter: '["a"]', serverNow, body: Buffer.from(`[${texts}]`) }, LIMIT);
    const kinds = [...page.events()].map((raw) => pass.examine(raw).kind);
    return { page, kinds, progress: pass.progressOf(page), isEnd: pass.isEnd(page), end: () => pass.endPage(page) };
  };
  return { pass, read };
}

/** An event of this id, so long before noon. */
const event = (id: string, beforeMs: number) =>
  JSON.stringify({ id, timestamp: new Date(NOON - beforeMs).toISOString() });

test('a window ends the source lag before the earlier of the two clocks', () => {
  assert.deepEqual(start().pass.window, { start: SETTLED, end: NOON - LAG_MS });
  assert.deepEqual(start(NOON - 5).pass.window, { start: SETTLED, end: NOON - 5 - LAG_MS });
  assert.deepEqual(start(NOON + 5).pass.window, { start: SETTLED, end: NOON - LAG_MS });
});

test('a page moves the watermark to its last instant, and settles what is older than the allowed lateness', () => {
  const { progress, isEnd } = start().read([50_000, 40_000]);
  assert.deepEqual(progress, { watermark: NOON - 40_000, settled: NOON - 40_000 });
  assert.equal(isEnd, false);
  const young = start().read([50_000, 4000]);
  assert.deepEqual(young.progress, { watermark: NOON - 4000, settled: NOON - LATENESS_MS });
});

test('the last page moves the watermark to the end of the window, also without an event', () => {
  const last = { watermark: NOON - LAG_MS, settled: NOON - LATENESS_MS };
  for (const events of [[50_000], []]) {
    const { progress, isEnd } = start().read(events);
    assert.deepEqual([progress, isEnd], [last, true]);
  }
});

test('an event at the end of the window or behind it ends the pass; one just before it does not', () => {
  for (const beforeMs of [LAG_MS, LAG_MS - 500]) {
    const { progress, isEnd } = start().read([50_000, beforeMs]);
    assert.deepEqual([progress?.watermark, isEnd], [NOON - LAG_MS, true]);
  }
  assert.equal(start().read([50_000, LAG_MS + 1]).isEnd, false);
});

test('a full page without a readable timestamp moves nothing by itself, and does not end the pass', () => {
  const { read } = start();
  const odd = ['{"id":"a"}', '{"id":"b"}'];
  const first = read(odd);
  assert.deepEqual([first.progress, first.isEnd], [undefined, false]);
  read([50_000, 40_000]);
  assert.deepEqual(read(odd).progress?.watermark, NOON - 40_000, 'the last instant that was read');
});

test('without JumpCloud’s clock only the last event proves how late it is', () => {
  const quiet = start(null).read([]);
  assert.deepEqual(quiet.progress, { watermark: NOON - LAG_MS, settled: Number.NEGATIVE_INFINITY });
  const { progress } = start(null).read([50_000, 40_000]);
  assert.deepEqual(progress, { watermark: NOON - 40_000, settled: NOON - 40_000 - LATENESS_MS });
});

test('what was delivered is not new, and what lies outside of the window is left to other runs', () => {
  const { read } = start();
  assert.deepEqual(read([70_000, 50_000]).kinds, ['outside', 'new']);
  assert.deepEqual(read([50_000, 500]).kinds, ['delivered', 'outside']);
});

const CIRCLE = {
  name: 'JumpCloudError',
  retryable: false,
  message: /: 3 full pages in a row brought only events that this run had read before\. Paging goes in a circle\./,
};

test('three full pages in a row that lead no further are a circle; two are not', () => {
  const { read } = start();
  const page = [50_000, 40_000];
  for (let nth = 0; nth < 3; nth++) read(page).end();
  assert.throws(() => read(page).end(), CIRCLE);
});

test('pages without one readable timestamp are a circle too where they bring the same events', () => {
  const { read } = start();
  const odd = Array<string>(1000).fill('{"id":"a"}');
  for (let nth = 0; nth < 9; nth++) read([`{"id":"a${nth}"}`, `{"id":"b${nth}"}`]).end();
  for (let nth = 0; nth < 3; nth++) read(odd).end();
  assert.throws(() => read(odd).end(), CIRCLE);
});

test('the same events in another spelling lead no further', () => {
  const { read } = start();
  const page = (nth: number) => ['a', 'b'].map((id) => event(id, 40_000).replace('"id"', `${' '.repeat(nth)}"id"`));
  for (let nth = 0; nth < 3; nth++) read(page(nth)).end();
  assert.throws(() => read(page(3)).end(), CIRCLE);
});

test('pages of one instant lead further as long as they bring other events', () => {
  const { read } = start();
  for (let nth = 0; nth < 9; nth++) read([event(`a${nth}`, 40_000), event(`b${nth}`, 40_000)]).end();
  for (let nth = 0; nth < 2; nth++) read([event('a0', 40_000), event('b0', 40_000)]).end();
  assert.throws(() => read([event('a0', 40_000), event('b0', 40_000)]).end(), CIRCLE);
});

test('also events outside of the window lead further as long as they are others', () => {
  const { read } = start();
  for (let nth = 0; nth < 5; nth++) read([event(`a${nth}`, 90_000), event(`b${nth}`, 90_000)]).end();
  for (let nth = 0; nth < 2; nth++) read([event('a0', 90_000), event('b0', 90_000)]).end();
  assert.throws(() => read([event('a0', 90_000), event('b0', 90_000)]).end(), CIRCLE);
});

test('events that were read before, among newer ones, do not count as leading nowhere', () => {
  const { read } = start();
  for (let nth = 0; nth < 6; nth++) read([50_000, 49_000 - nth]).end();
  for (let nth = 0; nth < 2; nth++) read([50_000, 40_000]).end();
  read([50_000, 30_000]).end();
  for (let nth = 0; nth < 2; nth++) read([50_000, 30_000]).end();
  assert.throws(() => read([50_000, 30_000]).end(), CIRCLE);
});

test('a page that is not full, or holds nothing readable and is not full, is no circle', () => {
  const { read } = start();
  for (let nth = 0; nth < 6; nth++) read([50_000]).end();
  for (let nth = 0; nth < 2; nth++) read([50_000, 40_000]).end();
  read([]).end();
  for (let nth = 0; nth < 2; nth++) read([50_000, 40_000]).end();
});
