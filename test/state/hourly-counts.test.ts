/** Counts of delivered events by the hour: which are closed, which stay open, which wins. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { closeHours, closeWindow, HourCounter, hourOf, readHourlyCounts } from '../../lib/state/hourly-counts.ts';
import { HOURLY_COUNT } from '../../lib/state/items.ts';
import { memoryTable } from '../support/memory-table.ts';

const NOON = Date.parse('2026-11-20T12:00:00Z');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const STREAM = 'live#default';

const at = (hours: number) => NOON + hours * HOUR_MS;
const counts = (of: Record<number, number>) =>
  new Map(Object.entries(of).map(([hours, events]) => [at(Number(hours)), events]));

test('an instant belongs to the hour that began before it or with it', () => {
  assert.deepEqual([hourOf(NOON), hourOf(NOON + HOUR_MS - 1), hourOf(NOON - 1)], [NOON, NOON, NOON - HOUR_MS]);
});

test('an hour is closed once it is settled to its last millisecond; the others stay open', async () => {
  const { table } = memoryTable();
  const open = await closeHours(table, STREAM, counts({ [-2]: 5, [-1]: 6, 0: 7 }), NOON);
  assert.deepEqual(open, counts({ 0: 7 }));
  assert.deepEqual(await readHourlyCounts(table, STREAM, at(-3), at(3)), counts({ [-2]: 5, [-1]: 6 }));
  const still = await closeHours(table, STREAM, counts({ 0: 7 }), NOON + HOUR_MS - 1);
  assert.deepEqual(still, counts({ 0: 7 }));
});

test('of two counts of an hour the larger one wins, whichever comes first', async () => {
  const { table } = memoryTable();
  for (const events of [5, 7, 6]) await closeHours(table, STREAM, counts({ [-1]: events }), NOON);
  assert.deepEqual(await readHourlyCounts(table, STREAM, at(-1), NOON), counts({ [-1]: 7 }));
});

test('the hours of three months are saved before a run has to end, also with a slow table', async () => {
  const { table } = memoryTable();
  let [steps, underWay, mostUnderWay] = [0, 0, 0];
  const update = async (...change: Parameters<typeof table.update>) => {
    mostUnderWay = Math.max(mostUnderWay, ++underWay);
    await setImmediate();
    underWay--;
    steps++;
    return await table.update(...change);
  };
  const hours = counts(Object.fromEntries(Array.from({ length: 2000 }, (_, nth) => [-1 - nth, 1])));
  await closeHours({ update } as typeof table, STREAM, hours, NOON);
  assert.deepEqual([steps, mostUnderWay], [2000, 10]);
});

test('counts are read from an hour on, up to one before which the reading ends', async () => {
  const { table } = memoryTable();
  await closeHours(table, STREAM, counts({ [-4]: 1, [-3]: 2, [-2]: 3, [-1]: 4 }), NOON);
  assert.deepEqual(await readHourlyCounts(table, STREAM, at(-3), at(-1)), counts({ [-3]: 2, [-2]: 3 }));
  assert.deepEqual(await readHourlyCounts(table, 'live#other', at(-3), at(-1)), new Map());
});

test('a count is kept for as long as JumpCloud keeps events', async () => {
  const { table } = memoryTable();
  await closeHours(table, STREAM, counts({ [-1]: 1 }), NOON);
  const item = await table.get({ kind: HOURLY_COUNT, stream: STREAM, id: '2026-11-20T11:00:00Z' });
  assert.equal(item?.expires, (at(-1) + 90 * DAY_MS) / 1000);
});

test('of a window that a person ships, only hours count that lie in it whole and were shipped whole', async () => {
  const { table } = memoryTable();
  const counter = new HourCounter();
  const instants = [at(-3) + 10, at(-2), at(-1), at(-1) + 5, at(-1) + 6, at(0)];
  for (const instant of instants) counter.add(instant);
  await closeWindow(table, STREAM, counter.counts, { start: at(-3) + 5, end: NOON + 5 });
  assert.deepEqual(await readHourlyCounts(table, STREAM, at(-5), at(2)), counts({ [-2]: 1, [-1]: 3 }));
});

test('a window that begins with an hour counts that hour too', async () => {
  const { table } = memoryTable();
  await closeWindow(table, STREAM, counts({ [-1]: 1 }), { start: at(-1), end: NOON });
  assert.deepEqual(await readHourlyCounts(table, STREAM, at(-1), NOON), counts({ [-1]: 1 }));
});

test('an hour that is first counted while a save runs is kept for the next one', () => {
  const counter = new HourCounter(counts({ [-1]: 2, 0: 1 }));
  const saved = counter.counts;
  counter.add(at(-2));
  counter.forget(saved, NOON);
  assert.deepEqual(counter.counts, counts({ 0: 1, [-2]: 1 }));
});
