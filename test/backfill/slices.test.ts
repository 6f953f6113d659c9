/** Slices: how a plan cuts a range, and what the ledger keeps of them. */
import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import fc from 'fast-check';
import { createLedger, cut, gaps, plan, type Slice } from '../../lib/backfill/slices.ts';
import { system } from '../../lib/platform/outside.ts';
import type { TimeRange } from '../../lib/platform/time.ts';
import { createDynamoDbStore } from '../../lib/state/dynamodb-store.ts';
import { SLICE } from '../../lib/state/items.ts';
import { memoryTable } from '../support/memory-table.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { MINUTE_MS, NOON, startWorld } from '../support/world.ts';

const HOUR_MS = 60 * MINUTE_MS;

test('a plan gives its lease back: one that reaches further back follows at once, and adds what is missing', async () => {
  await using world = await startWorld();
  const ledger = createLedger(world.table, 'live#default');
  const store = createDynamoDbStore(world.table, system.random);
  const stop = new AbortController().signal;
  const parts = { clock: world.clock, store, ledger, count: async () => 7, stop, progress: { added: 0 } };
  for (const hours of [1, 3]) {
    const range = { start: NOON - hours * HOUR_MS, end: NOON };
    assert.equal(await plan(range, { ...parts, leaseMs: HOUR_MS }, 100), 'planned');
  }
  const slices = await ledger.list({ start: 0, end: NOON });
  assert.deepEqual(
    slices.map(({ start, end }) => [start, end]),
    [
      [NOON - 3 * HOUR_MS, NOON - HOUR_MS],
      [NOON - HOUR_MS, NOON],
    ],
  );
});

const LEDGER = 'backfill#default';
const RANGE = { start: NOON - 4 * HOUR_MS, end: NOON };

/**
 * @param perHour what JumpCloud counts, evenly
 * @param stopsAtCount the nth count finds that time is up
 */
function start(perHour: number, tookMs = 0, stopsAtCount = 0) {
  const clock = new VirtualClock(NOON);
  const { table } = memoryTable();
  const ledger = createLedger(table, 'live#default');
  const store = createDynamoDbStore(table, system.random);
  const stop = new AbortController();
  let counts = 0;
  const count = async ({ start, end }: TimeRange) => {
    counts++;
    clock.advance(tookMs);
    if (counts === stopsAtCount) stop.abort();
    stop.signal.throwIfAborted();
    return Math.round((perHour * (end - start)) / HOUR_MS);
  };
  const planned = (range: TimeRange, eventsPerSlice: number, leaseMs = HOUR_MS) =>
    plan(range, { clock, store, ledger, count, leaseMs, stop: stop.signal, progress: { added: 0 } }, eventsPerSlice);
  const hours = async () =>
    (await ledger.list({ start: 0, end: NOON })).map((slice) =>
      [slice.start, slice.end].map((at) => (at - NOON) / HOUR_MS),
    );
  return { clock, store, planned, hours, counts: () => counts };
}

test('a plan cuts a range into slices of the size that was asked for, and a second one has nothing to do', async () => {
  const { planned, hours, counts, store } = start(100);
  assert.equal(await planned(RANGE, 100), 'planned');
  assert.deepEqual(await hours(), [
    [-4, -3],
    [-3, -2],
    [-2, -1],
    [-1, 0],
  ]);
  const before = counts();
  await store.acquire(LEDGER, NOON, NOON, NOON + HOUR_MS);
  assert.equal(await planned(RANGE, 100), 'planned', 'without a lease');
  assert.equal(counts(), before);
});

test('an empty range has nothing to plan', async () => {
  for (const end of [RANGE.start, RANGE.start - 1]) {
    const { planned, hours, counts } = start(100);
    assert.equal(await planned({ start: RANGE.start, end }, 100), 'planned');
    assert.deepEqual([await hours(), counts()], [[], 0]);
  }
});

test('slices grow beyond the size that was asked for rather than be more than two thousand', async () => {
  const { planned, hours } = start(1_000_000);
  await planned(RANGE, 10);
  const { length } = await hours();
  assert.ok(length > 1000 && length <= 3000, `${length}`);
});

test('while another plan is made, this one says until when; it keeps what it cut until its lease ended', async () => {
  const held = start(100);
  await held.store.acquire(LEDGER, NOON, NOON, NOON + 5);
  assert.deepEqual(await held.planned(RANGE, 100), { heldUntil: NOON + 5 });
  const slow = start(100, 10_000);
  assert.deepEqual(await slow.planned(RANGE, 100, 40_000), { heldUntil: NOON + 40_000 });
  assert.deepEqual(await slow.hours(), [[-4, -3]]);
  slow.clock.advance(1);
  assert.equal(await slow.planned(RANGE, 100), 'planned');
  const hours = await slow.hours();
  assert.deepEqual([hours[0], hours.at(-1)?.[1]], [[-4, -3], 0]);
});

test('a plan that runs out of time is to be asked again where it added a slice, and fails where it did not', async () => {
  const fruitful = start(100, 0, 4);
  assert.equal(await fruitful.planned(RANGE, 100), 'stopped');
  assert.deepEqual(await fruitful.hours(), [[-4, -3]]);
  const fruitless = start(100, 0, 2);
  await assert.rejects(fruitless.planned(RANGE, 100), { name: 'AbortError' });
  assert.deepEqual(await fruitless.hours(), []);
});

test('the ledger keeps a slice as it was cut, with what its runs did, and what is done stays done', async () => {
  const { table } = memoryTable();
  const ledger = createLedger(table, 'live#default');
  assert.equal(await ledger.get(RANGE.start), undefined);
  await ledger.add({ ...RANGE, events: 7 }, NOON);
  await ledger.add({ ...RANGE, events: 8 }, NOON);
  const cut = { ...RANGE, events: 7, delivered: 0, quarantined: 0, done: false, failure: undefined };
  assert.deepEqual(await ledger.get(RANGE.start), cut);
  await ledger.record({ ...cut, delivered: 3, failure: 'no answer' }, 2);
  assert.deepEqual(await ledger.get(RANGE.start), { ...cut, delivered: 3, quarantined: 2, failure: 'no answer' });
  await ledger.record({ ...cut, delivered: 5, end: NOON - 1 }, 1);
  assert.deepEqual(await ledger.get(RANGE.start), { ...cut, delivered: 5, quarantined: 3 });
  const done = { ...cut, delivered: 7, quarantined: 3, done: true, end: NOON - 1 };
  await ledger.record(done, 0);
  await ledger.record({ ...cut, failure: 'late' }, 1);
  assert.deepEqual(await ledger.list(RANGE), [done]);
});

test('the ledger lists the slices that lie in a range, wholly or in part, and keeps them for 400 days', async () => {
  const { table } = memoryTable();
  const ledger = createLedger(table, 'live#org');
  const hours = [0, 1, 2, 3].map((hour) => ({
    start: RANGE.start + hour * HOUR_MS,
    end: RANGE.start + (hour + 1) * HOUR_MS,
  }));
  for (const hour of hours) await ledger.add({ ...hour, events: 1 }, NOON);
  const listed = await ledger.list({ start: RANGE.start + HOUR_MS, end: RANGE.start + 2 * HOUR_MS + 1 });
  assert.deepEqual(
    listed.map(({ start, end }) => ({ start, end })),
    hours.slice(1, 3),
  );
  assert.equal((await ledger.list({ start: RANGE.start, end: RANGE.start + HOUR_MS })).length, 1);
  const item = await table.get({ kind: SLICE, stream: 'backfill#org', id: '2026-11-20T08:00:00.000Z' });
  const expires = (NOON + 400 * 24 * HOUR_MS) / 1000;
  assert.partialDeepStrictEqual(item, { expires, readable: 'to 2026-11-20T09:00:00.000Z' });
  assert.equal(ledger.streamOf(RANGE), 'backfill#org#2026-11-20T08:00:00.000Z#2026-11-20T12:00:00.000Z');
});

/** A count that is exact, and how often it was asked. */
function counter(events: readonly number[]) {
  const asked: TimeRange[] = [];
  const count = async (window: TimeRange) => {
    asked.push(window);
    return events.filter((at) => at >= window.start && at < window.end).length;
  };
  return { asked, count };
}

async function cutAll(window: TimeRange, events: readonly number[], mostEvents: number) {
  const { asked, count } = counter(events);
  const slices = await Array.fromAsync(cut({ ...window, events: await count(window) }, mostEvents, count));
  return { slices, asked };
}

const window = fc
  .record({ start: fc.integer({ min: 0, max: 10_000 }), length: fc.integer({ min: 1, max: 500_000 }) })
  .map(({ start, length }) => ({ start, end: start + length }));

/** Events in clusters, as they are: a burst in one second, nothing for minutes. */
const eventsIn = ({ start, end }: TimeRange) =>
  fc
    .array(fc.record({ at: fc.integer({ min: start, max: end - 1 }), burst: fc.integer({ min: 1, max: 30 }) }), {
      maxLength: 40,
    })
    .map((bursts) => bursts.flatMap(({ at, burst }) => Array<number>(burst).fill(at)));

const history = window.chain((of) =>
  fc.record({ of: fc.constant(of), events: eventsIn(of), most: fc.integer({ min: 1, max: 60 }) }),
);

describe('a range that is cut', () => {
  it('tiles the range exactly and in order, whatever happened in it', async () => {
    await fc.assert(
      fc.asyncProperty(history, async ({ of, events, most }) => {
        const { slices } = await cutAll(of, events, most);
        assert.equal(slices[0]?.start, of.start);
        assert.equal(slices.at(-1)?.end, of.end);
        for (const [index, slice] of slices.entries()) {
          assert.ok(slice.end > slice.start, 'no slice is empty of time');
          assert.equal(slice.start, index === 0 ? of.start : slices[index - 1]?.end);
        }
      }),
    );
  });

  it('makes no slice above the limit, except where one second alone is above it', async () => {
    await fc.assert(
      fc.asyncProperty(history, async ({ of, events, most }) => {
        const { slices } = await cutAll(of, events, most);
        for (const slice of slices) {
          const inside = events.filter((at) => at >= slice.start && at < slice.end).sort((a, b) => a - b);
          assert.equal(slice.events, inside.length, 'its count is true');
          if (inside.length <= most) continue;
          // Too many: then they all happened in a time that has no whole second inside.
          const [first = 0, last = 0] = [inside[0], inside.at(-1)];
          assert.equal(Math.ceil((first + 1) / 1000), Math.ceil((last + 1) / 1000), 'within one second');
        }
      }),
    );
  });

  it('costs one count a cut: not more than a few for each slice', async () => {
    await fc.assert(
      fc.asyncProperty(history, async ({ of, events, most }) => {
        const { slices, asked } = await cutAll(of, events, most);
        const deepest = Math.ceil(Math.log2(of.end - of.start + 1)) + 1;
        assert.ok(asked.length <= 1 + slices.length * deepest, `${asked.length} counts for ${slices.length} slices`);
      }),
    );
  });

  it('asks once for a time without events, however long', async () => {
    const { slices, asked } = await cutAll({ start: 0, end: 90 * 24 * 60 * MINUTE_MS }, [], 50_000);
    assert.equal(asked.length, 1);
    assert.equal(slices.length, 1);
  });

  const perSecond = (...counts: number[]) =>
    counts.flatMap((events, second) => Array<number>(events).fill(second * 1000));

  it('does not cut what holds exactly as many events as it may', async () => {
    const { slices, asked } = await cutAll({ start: 0, end: 4_000 }, perSecond(4, 0, 1, 3), 4);
    assert.deepEqual(
      slices.map(({ events }) => events),
      [4, 4],
    );
    assert.equal(asked.length, 2, 'the whole, and one half');
  });

  it('joins adjacent slices that fit together, and time without events to what it touches', async () => {
    const slicesOf = async (...counts: number[]) =>
      (await cutAll({ start: 0, end: 4_000 }, perSecond(...counts), 4)).slices;
    assert.deepEqual(await slicesOf(3, 2, 2), [
      { start: 0, end: 1_000, events: 3 },
      { start: 1_000, end: 4_000, events: 4 },
    ]);
    assert.deepEqual(await slicesOf(5, 0, 1), [
      { start: 0, end: 2_000, events: 5 },
      { start: 2_000, end: 4_000, events: 1 },
    ]);
    assert.deepEqual(await slicesOf(0, 0, 0, 5), [{ start: 0, end: 4_000, events: 5 }]);
  });

  it('cuts a minute with a million events into its seconds', async () => {
    const perSecond = Math.ceil(1_000_000 / 60);
    const count = async ({ start, end }: TimeRange) => Math.ceil((end - start) / 1000) * perSecond;
    const minute = { start: 0, end: MINUTE_MS };
    const slices: Slice[] = await Array.fromAsync(cut({ ...minute, events: await count(minute) }, 10_000, count));
    assert.equal(slices.length, 60);
    assert.deepEqual(slices[7], { start: 7_000, end: 8_000, events: perSecond });
  });

  it('cuts on where counts contradict each other, and still tiles', async () => {
    // A server that counts more in a half than it did in the whole.
    const slices = await Array.fromAsync(cut({ start: 0, end: 8_000, events: 100 }, 10, async () => 200));
    assert.equal(slices[0]?.start, 0);
    assert.equal(slices.at(-1)?.end, 8_000);
    for (const { events } of slices) assert.ok(events >= 0);
  });
});

describe('what a ledger lacks of a range', () => {
  it('is what no slice holds, and together with the slices it tiles the range', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 0, max: 100 }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(
        cuts,
        fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
        fc.integer({ min: 0, max: 99 }),
        (points, kept, from) => {
          const sorted = points.sort((a, b) => a - b);
          const covered = sorted
            .slice(1)
            .flatMap((end, index) => (kept[index] ? [{ start: sorted[index] ?? 0, end }] : []));
          const range = { start: from, end: 100 };
          const relevant = covered.filter(({ start, end }) => end > range.start && start < range.end);
          const lacking = gaps(range, relevant);
          for (let at = range.start; at < range.end; at++) {
            const isIn = (windows: readonly TimeRange[]) =>
              windows.filter(({ start, end }) => at >= start && at < end).length;
            assert.equal(isIn(covered) + isIn(lacking), 1, `${at} is in exactly one`);
          }
          assert.ok(lacking.every(({ start, end }) => end > start));
        },
      ),
    );
  });

  it('ends with the range, also where a slice lies behind it', () => {
    assert.deepEqual(gaps({ start: 0, end: 100 }, [{ start: 150, end: 200 }]), [{ start: 0, end: 100 }]);
  });
});
