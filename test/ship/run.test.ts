/** One run of a stream, page by page, with JumpCloud, Logz.io and the table as plain functions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JumpCloudError } from '../../lib/jumpcloud/client.ts';
import { Page, type PageParts } from '../../lib/jumpcloud/page.ts';
import type { ReadPages } from '../../lib/jumpcloud/pages.ts';
import { type Query, queryKey } from '../../lib/jumpcloud/query.ts';
import type { EventRecord } from '../../lib/logzio/bulk.ts';
import { deadlineAfter } from '../../lib/platform/deadline.ts';
import type { TimeRange } from '../../lib/platform/time.ts';
import { newCheckpoint } from '../../lib/ship/checkpoint.ts';
import { Report, RunFailedError } from '../../lib/ship/report.ts';
import { type ShipParts, ship } from '../../lib/ship/ship.ts';
import type { Stream } from '../../lib/ship/window.ts';
import { type Checkpoint, type HeldStream, LeaseLostError, type StreamState } from '../../lib/state/checkpoint.ts';
import type { NewEntry } from '../../lib/state/quarantine.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const NOON = Date.parse('2026-11-20T12:00:00Z');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const LAG_MS = 10_000;
const LATENESS_MS = 10 * MINUTE_MS;
const LIMIT = 3;
const QUERY: Query = { services: ['all'], limit: LIMIT };

/** An event so long before noon. */
const event = (beforeMs: number, id = `${beforeMs}`) =>
  JSON.stringify({ id, timestamp: new Date(NOON - beforeMs).toISOString() });

/** A page of these events; full pages name the next one. */
function page(events: readonly string[], parts: Partial<PageParts> = {}): Page {
  const body = Buffer.from(`[${events.join(',')}]`);
  const stated = { statedCount: events.length, statedLimit: LIMIT, searchAfter: '["next"]', serverNow: NOON };
  return new Page({ body, ...stated, ...parts }, LIMIT);
}

interface Given {
  /** What each reading gives, page by page; a function is called when it is its turn. */
  readonly readings?: readonly (readonly (Page | Error | (() => void))[])[];
  readonly checkpoint?: Partial<Checkpoint>;
  readonly held?: Partial<Pick<HeldStream, 'isNew' | 'quarantined'>>;
  readonly heldUntil?: number;
  readonly stream?: Partial<Stream>;
  readonly deliveryFails?: unknown;
  /** Of the nth save. */
  readonly saveFails?: { readonly nth: number; readonly error: Error };
  readonly waiting?: number;
  readonly redacts?: boolean;
  readonly signal?: AbortSignal;
}

async function run(given: Given) {
  const clock = new VirtualClock(NOON);
  using deadline = deadlineAfter(clock, 5 * MINUTE_MS, given.signal);
  const asked: TimeRange[] = [];
  const [sent, entries, steps]: [string[], NewEntry[], string[]] = [[], [], []];
  const saves: (StreamState & { added: number; leaseUntil: number })[] = [];
  const shown: Report[] = [];
  let turns = 0;
  let stopsReading: AbortSignal | undefined;
  const save: HeldStream['save'] = async (state, added, leaseUntil) => {
    saves.push({ ...state, added: added.length, leaseUntil });
    if (given.saveFails?.nth === saves.length) throw given.saveFails.error;
  };
  const start = NOON - HOUR_MS;
  const checkpoint = { ...newCheckpoint(start), countedFor: queryKey(QUERY), ...given.checkpoint };
  const state = { checkpoint, hourlyCounts: new Map(), quarantined: 0, delivered: [], isNew: false, save };
  const readPages: ReadPages = async function* (query, range, { deadline: reading, onRetry }) {
    assert.deepEqual(query, QUERY);
    const items = given.readings?.[asked.length] ?? assert.fail('one reading too many');
    asked.push(range);
    stopsReading = reading.stop;
    onRetry?.(new JumpCloudError('503', { retryable: true }));
    for (const item of items) {
      await clock.turn();
      if (item instanceof Error) throw item;
      if (item instanceof Page) yield item;
      else item();
    }
  };
  const parts: ShipParts = {
    clock: Object.assign(Object.create(clock), {
      ...clock,
      turn: () => {
        turns++;
        return clock.turn();
      },
    }),
    readPages,
    store: {
      async acquire(name, from, now, until) {
        steps.push(`acquire ${name} from ${from - start} at ${now - NOON} until ${until - NOON}`);
        return given.heldUntil === undefined ? { held: { ...state, ...given.held } } : { heldUntil: given.heldUntil };
      },
    },
    quarantine: {
      add: async (_, entry) => void entries.push(entry),
      countWaiting: async (name) => {
        steps.push(`count ${name}`);
        return given.waiting ?? 0;
      },
    },
    shape: ({ eventId, text }) => {
      if (text.includes('unshapeable')) throw new Error('nested too deeply');
      return { line: `${eventId} ${text}`, shortened: [] };
    },
    ...(given.redacts && {
      redact:
        async () =>
        ({ text }: { text: string }) =>
          text.replace('secret', ''),
    }),
    onProgress: (report) => void shown.push({ ...report }),
    async deliver({ records, body }, _, { onAcknowledged }) {
      if (given.deliveryFails !== undefined) return { acknowledged: [], refused: [], failure: given.deliveryFails };
      sent.push(...body.toString().trimEnd().split('\n'));
      onAcknowledged?.(records as EventRecord[]);
      return { acknowledged: records, refused: [] };
    },
  };
  const stream: Stream = {
    ...{ name: 'live#default', start, query: QUERY, sourceLagMs: LAG_MS, allowedLatenessMs: LATENESS_MS },
    ...given.stream,
  };
  let error: Error | undefined;
  const report = await ship(stream, parts, { deadline, leaseMs: 4 * MINUTE_MS }).catch((thrown: Error) => {
    error = thrown;
    return thrown instanceof RunFailedError ? thrown.report : new Report('no report', 0);
  });
  const windows = asked.map((range) => [range.start - NOON, range.end - NOON]);
  return { report, error, windows, sent, entries, steps, saves, shown, turns, isReadingOver: stopsReading?.aborted };
}

const ids = (lines: readonly string[]) => lines.map((line) => line.split(' ')[0]);

test('a run ships what is new in its window, moves the checkpoint to its end, and gives the lease back', async () => {
  const full = page([event(50 * MINUTE_MS), event(40 * MINUTE_MS), event(30 * MINUTE_MS)]);
  const found = await run({ readings: [[full, page([event(MINUTE_MS)])]] });
  const { report, windows, sent, saves, steps, error, isReadingOver } = found;
  assert.deepEqual([error, isReadingOver], [undefined, true]);
  assert.deepEqual(windows, [[-HOUR_MS, -LAG_MS]]);
  assert.deepEqual(steps, ['acquire live#default from 0 at 0 until 240000']);
  assert.deepEqual(ids(sent), ['3000000', '2400000', '1800000', '60000']);
  const { pages, eventsRead, shipped, caughtUp, moved, retries, isNew, heldUntil, done } = report;
  assert.deepEqual(
    { pages, eventsRead, shipped, caughtUp, moved, retries, isNew, heldUntil, done },
    {
      ...{ pages: 2, eventsRead: 4, shipped: 4, caughtUp: true, moved: true, retries: 1, isNew: false },
      ...{ heldUntil: undefined, done: false },
    },
  );
  const last = saves.at(-1);
  assert.deepEqual([last?.leaseUntil, last?.checkpoint.watermark, report.watermark], [0, NOON - LAG_MS, NOON - LAG_MS]);
});

test('a stream that another run holds is left alone', async () => {
  const { report, windows, saves } = await run({ heldUntil: NOON + 5 });
  assert.deepEqual([report.heldUntil, report.caughtUp, windows, saves], [NOON + 5, false, [], []]);
});

test('the first run of a stream says so, and notes the query that its hours are counted with', async () => {
  const { report, saves } = await run({
    readings: [[page([])]],
    held: { isNew: true },
    checkpoint: { countedFor: '' },
  });
  assert.equal(report.isNew, true);
  assert.equal(saves.at(-1)?.checkpoint.countedFor, queryKey(QUERY));
});

test('an empty window is caught up without a request', async () => {
  const { report, windows } = await run({ checkpoint: { settled: NOON - LAG_MS, watermark: NOON - LAG_MS } });
  assert.deepEqual([windows, report.caughtUp, report.moved], [[], true, false]);
});

test('what was delivered, or lies outside of the window, is not sent; what cannot be shipped is quarantined', async () => {
  const events = [event(2 * HOUR_MS), event(MINUTE_MS), event(MINUTE_MS)];
  const odd = JSON.stringify({ ...JSON.parse(event(30_000)), note: 'unshapeable' });
  const { report, sent, entries } = await run({ readings: [[page(events), page(['{"id":"undated"}', odd])]] });
  assert.deepEqual(ids(sent), ['60000']);
  assert.deepEqual(
    entries.map(({ reason }) => reason),
    ['no readable timestamp', 'cannot be shaped (nested too deeply)'],
  );
  const { eventsRead, alreadyDelivered, shipped, quarantined } = report;
  assert.deepEqual(
    { eventsRead, alreadyDelivered, shipped, quarantined },
    {
      ...{ eventsRead: 4, alreadyDelivered: 1, shipped: 1, quarantined: 2 },
    },
  );
});

test('a run has moved where it shipped, quarantined or read further, and not otherwise', async () => {
  const moved = async (given: Given) => (await run(given)).report.moved;
  const [read, end] = [{ watermark: NOON - LAG_MS }, NOON - LAG_MS];
  assert.equal(await moved({ readings: [[page([])]], checkpoint: read }), false);
  assert.equal(await moved({ readings: [[page([])]], checkpoint: { watermark: end - 1 } }), true);
  assert.equal(await moved({ readings: [[page([event(MINUTE_MS)])]], checkpoint: read }), true);
  assert.equal(await moved({ readings: [[page(['{"id":"undated"}'])]], checkpoint: read }), true);
});

test('a bounded stream is done when all of it is settled', async () => {
  const done = async (end: number) => (await run({ readings: [[page([])]], stream: { end } })).report.done;
  assert.equal(await done(NOON - LATENESS_MS), true);
  assert.equal(await done(NOON - LATENESS_MS + 1), false);
});

test('an event from a time that was read before is late, by what is known of it at least', async () => {
  const watermark = NOON - 20 * MINUTE_MS;
  const events = [event(25 * MINUTE_MS), event(22 * MINUTE_MS), event(20 * MINUTE_MS)];
  const { report } = await run({ readings: [[page(events), page([])]], checkpoint: { watermark } });
  assert.deepEqual([report.late, report.greatestLatenessMs], [2, 5 * MINUTE_MS + LAG_MS]);
  const odd = JSON.stringify({ ...JSON.parse(event(25 * MINUTE_MS)), note: 'unshapeable' });
  assert.equal(
    (await run({ readings: [[page([odd])]], checkpoint: { watermark } })).report.late,
    0,
    'it did not arrive',
  );
});

test('the numbers so far are shown once a page, and once more at the end', async () => {
  const full = page([event(50 * MINUTE_MS), event(40 * MINUTE_MS), event(30 * MINUTE_MS)]);
  const { shown } = await run({ readings: [[full, page([])]] });
  assert.deepEqual(
    shown.map(({ pages }) => pages),
    [1, 2, 2],
  );
  const { began, settled, watermark } = shown.at(-1) ?? assert.fail();
  assert.deepEqual([began, settled, watermark], [NOON - HOUR_MS, NOON - LATENESS_MS, NOON - LAG_MS]);
});

test('the count of the quarantine is asked for anew where something waits, and only there', async () => {
  const { steps, report } = await run({ readings: [[page([])]], held: { quarantined: 9 }, waiting: 4 });
  assert.deepEqual([steps[1], report.waitingInQuarantine], ['count live#default', 4]);
  assert.equal((await run({ readings: [[page([])]] })).steps.length, 1);
});

test('a bulk that fails ends the run as failed, after a last save that gives the lease back', async () => {
  const { error, saves, report } = await run({
    readings: [[page([event(MINUTE_MS)])]],
    deliveryFails: new Error('403'),
  });
  assert.ok(error instanceof RunFailedError);
  assert.equal(error.name, 'RunFailedError');
  assert.equal(error.message, 'live#default: 403');
  assert.equal((error.cause as Error).message, '403');
  assert.deepEqual([saves.at(-1)?.leaseUntil, report.shipped, report.watermark], [0, 0, NOON - HOUR_MS]);
  const full = page([event(50 * MINUTE_MS), event(40 * MINUTE_MS), event(30 * MINUTE_MS)]);
  const stopped = await run({ readings: [[full, full, full]], deliveryFails: new Error('403') });
  assert.equal(stopped.report.pages, 2, 'the page that was under way is the last one');
  const odd = await run({ readings: [[page([event(MINUTE_MS)])]], deliveryFails: 'no error' });
  assert.equal(odd.error?.message, 'live#default: no error');
});

test('a run whose last save fails has failed; one that lost its lease does not save again', async () => {
  const readings = [[page([])]];
  const failed = await run({ readings, saveFails: { nth: 1, error: new Error('the table is busy') } });
  assert.equal(failed.error?.message, 'live#default: the table is busy');
  const full = page([event(50 * MINUTE_MS), event(40 * MINUTE_MS), event(30 * MINUTE_MS)]);
  const lost = await run({
    readings: [[full, page([])]],
    saveFails: { nth: 1, error: new LeaseLostError('live#default') },
  });
  assert.ok(lost.error instanceof RunFailedError && lost.error.cause instanceof LeaseLostError);
  assert.equal(lost.saves.length, 1);
});

const givenUp = new JumpCloudError('given up', { retryable: false, givenUp: true });

test('a reading that the deadline cuts off keeps its pages; without one page the run has failed', async () => {
  const full = page([event(50 * MINUTE_MS), event(40 * MINUTE_MS), event(30 * MINUTE_MS)]);
  const cut = await run({ readings: [[full, givenUp]] });
  assert.equal(cut.error, undefined);
  assert.deepEqual([cut.report.caughtUp, cut.report.watermark], [false, NOON - 30 * MINUTE_MS]);
  assert.equal((await run({ readings: [[givenUp]] })).error?.message, 'live#default: given up');
  const stopped = new AbortController();
  const interrupted = await run({ readings: [[() => stopped.abort(), givenUp]], signal: stopped.signal });
  assert.deepEqual([interrupted.error, interrupted.report.caughtUp], [undefined, false]);
});

test('an answer that did not come in the time that was left is no failure behind a page, unlike one that had time', async () => {
  const full = page([event(50 * MINUTE_MS), event(40 * MINUTE_MS), event(30 * MINUTE_MS)]);
  const timedOut = new JumpCloudError('timed out', { retryable: true, askForLess: true });
  const over = new AbortController();
  const { error, report } = await run({ readings: [[full, () => over.abort(), timedOut]], signal: over.signal });
  assert.deepEqual([error, report.caughtUp, report.watermark], [undefined, false, NOON - 30 * MINUTE_MS]);
  assert.equal((await run({ readings: [[full, timedOut]] })).error?.message, 'live#default: timed out');
});

test('any other failure of JumpCloud is the run’s, also behind pages, which stand', async () => {
  const full = page([event(50 * MINUTE_MS), event(40 * MINUTE_MS), event(30 * MINUTE_MS)]);
  for (const status of [400, 403]) {
    const error = new JumpCloudError('no', { status, retryable: false, serverNow: NOON });
    const { report, error: thrown } = await run({ readings: [[full, error]] });
    assert.deepEqual([thrown?.message, report.shipped], ['live#default: no', 3]);
  }
  const bug = new Error('a bug');
  assert.equal((await run({ readings: [[bug]] })).error?.cause, bug);
  const settled = NOON - 100 * DAY_MS;
  const old = { checkpoint: { began: settled, settled, watermark: settled } };
  const events = [1, 2, 3].map((nth) => event(100 * DAY_MS - nth));
  const denied = new JumpCloudError('no', { status: 403, retryable: false });
  for (const [items, message] of [
    [[denied], 'live#default: no'],
    [[page(events), refused(NOON)], 'live#default: status 400'],
  ] as const) {
    const { windows, error } = await run({ ...old, readings: [items] });
    assert.deepEqual([windows.length, error?.message], [1, message], 'an old start is no reason to ask again');
  }
});

function refused(serverNow?: number): JumpCloudError {
  return new JumpCloudError('status 400', { status: 400, retryable: false, serverNow });
}

test('a query that is refused because JumpCloud’s clock is behind ours has nothing to read yet', async () => {
  const { report, error } = await run({ readings: [[refused(NOON - 2 * HOUR_MS)]] });
  assert.deepEqual([error, report.caughtUp], [undefined, true]);
  // The query begins a second before the window.
  assert.equal(
    (await run({ readings: [[refused(NOON - HOUR_MS - 1000)]] })).error?.message,
    'live#default: status 400',
  );
  assert.equal((await run({ readings: [[refused()]] })).error?.message, 'live#default: status 400');
});

test('a start that JumpCloud does not keep any more is given up, and the report says from where it was read', async () => {
  const settled = NOON - 100 * DAY_MS;
  const checkpoint = { began: settled, settled, watermark: settled };
  const { windows, report, error } = await run({ checkpoint, readings: [[refused(NOON)], [page([])]] });
  assert.equal(error, undefined);
  const [, second] = windows;
  assert.deepEqual(report.readFrom, NOON + (second?.[0] ?? 0));
  assert.ok(report.readFrom !== undefined && report.readFrom > NOON - 91 * DAY_MS);
  assert.equal(second?.[1], -LAG_MS);
  const younger = NOON - 20 * DAY_MS;
  const behind = await run({
    checkpoint: { began: younger, settled: younger, watermark: younger },
    readings: [[refused(NOON)]],
  });
  assert.match(behind.error?.message ?? '', /status 400\. Or the start is further back than your plan keeps events/);
  const edge = NOON - 90 * DAY_MS + MINUTE_MS;
  const kept = await run({ checkpoint: { began: edge, settled: edge, watermark: edge }, readings: [[refused(NOON)]] });
  assert.match(kept.error?.message ?? '', /further back/, 'it was asked from there already');
  const over = { start: settled - DAY_MS, end: settled + DAY_MS };
  const gone = await run({ checkpoint, stream: over, readings: [[refused(NOON)]] });
  assert.match(gone.error?.message ?? '', /further back/, 'all of a bounded stream is gone');
});

test('a watermark in the future ends the run, by our clock before a request, and by JumpCloud’s after it', async () => {
  const watermark = NOON + 2 * HOUR_MS;
  const ours = await run({ checkpoint: { watermark } });
  assert.match(ours.error?.message ?? '', /ahead of this machine's clock/);
  const ahead = { watermark: NOON - LAG_MS };
  const theirs = await run({ checkpoint: ahead, readings: [[page([], { date: NOON - 2 * HOUR_MS })]] });
  assert.match(theirs.error?.message ?? '', /ahead of JumpCloud's clock/);
});

test('a page that names no next one ends the run, which has failed where it came no further', async () => {
  const lost = (events: string[]) => page(events, { searchAfter: undefined });
  const full = [event(50 * MINUTE_MS), event(40 * MINUTE_MS), event(30 * MINUTE_MS)];
  const moved = await run({ readings: [[lost(full)]] });
  assert.deepEqual([moved.error, moved.report.caughtUp], [undefined, false]);
  const outside = [event(2 * HOUR_MS, 'a'), event(2 * HOUR_MS, 'b'), event(2 * HOUR_MS, 'c')];
  const stuck = await run({ readings: [[lost(outside)]], checkpoint: { watermark: NOON - LAG_MS } });
  assert.match(stuck.error?.message ?? '', /its X-Search_after is missing/);
  const checkpoint = { watermark: NOON - LAG_MS, countedFor: 'another query' };
  const changed = await run({ readings: [[lost(outside)]], checkpoint });
  assert.match(changed.error?.message ?? '', /its X-Search_after is missing/, 'also after a change of the query');
  const unread = await run({ readings: [[page(full)]] });
  assert.deepEqual([unread.error, unread.report.caughtUp], [undefined, false], 'cut off behind a page');
  const cutOff = await run({ readings: [[page(outside)]], checkpoint: { watermark: NOON - LAG_MS } });
  assert.equal(cutOff.error, undefined, 'the next page was named');
  const none = await run({ readings: [[]] });
  assert.deepEqual([none.error, none.report.caughtUp], [undefined, false], 'cut off before any page');
});

test('pages that go in a circle end the run as failed, and what they brought stays', async () => {
  const full = page([event(50 * MINUTE_MS), event(40 * MINUTE_MS), event(30 * MINUTE_MS)]);
  const { error, report, sent } = await run({ readings: [[full, full, full, full, full]] });
  assert.match(error?.message ?? '', /Paging goes in a circle/);
  assert.deepEqual([report.pages, sent.length], [4, 3]);
});

test('a page whose lines need several bulks sends them all, and stops with the first that may not go out', async () => {
  const large = (beforeMs: number) => {
    const { id, timestamp } = JSON.parse(event(beforeMs));
    return JSON.stringify({ id, timestamp, padding: 'x'.repeat(400_000) });
  };
  const events = Array.from({ length: 16 }, (_, nth) => large((30 - nth) * MINUTE_MS));
  const body = { body: Buffer.from(`[${events}]`), statedCount: 16, statedLimit: 20 };
  const whole = new Page({ ...body, searchAfter: undefined, serverNow: NOON }, 20);
  const { sent, report } = await run({ readings: [[whole]] });
  assert.deepEqual([sent.length, report.shipped], [16, 16]);
  const failed = await run({ readings: [[whole, page([])]], deliveryFails: new Error('403') });
  assert.deepEqual([failed.error?.message, failed.report.watermark], ['live#default: 403', NOON - HOUR_MS]);
});

test('reading ends with the first event behind the window', async () => {
  const full = page([event(50 * MINUTE_MS), event(40 * MINUTE_MS), event(LAG_MS)]);
  const { report, sent } = await run({ readings: [[full, () => assert.fail('a page too many')]] });
  assert.deepEqual([report.caughtUp, sent.length, report.watermark], [true, 2, NOON - LAG_MS]);
});

test('the event loop gets its turn with each page and after each 501 events', async () => {
  const many = Array.from({ length: 1100 }, (_, nth) => event(MINUTE_MS - nth));
  const { turns, sent } = await run({
    readings: [
      [
        new Page(
          {
            ...{ body: Buffer.from(`[${many}]`), statedCount: 1100, statedLimit: 2000 },
            searchAfter: undefined,
            serverNow: undefined,
          },
          2000,
        ),
      ],
    ],
  });
  assert.equal(sent.length, 1100);
  assert.equal(turns, 3);
});

test('fields that must not leave are taken out before an event is sent', async () => {
  const secret = JSON.stringify({ ...JSON.parse(event(MINUTE_MS)), note: 'secret' });
  const { sent } = await run({ readings: [[page([secret])]], redacts: true });
  assert.equal(sent.length, 1);
  assert.ok(!sent[0]?.includes('secret'));
});
