/** Which pages a checkpoint moves over, what is saved of them and when. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deadlineAfter } from '../../lib/platform/deadline.ts';
import { newCheckpoint } from '../../lib/ship/checkpoint.ts';
import { InFlight, type InFlightPage } from '../../lib/ship/in-flight.ts';
import { RunSignals } from '../../lib/ship/run-signals.ts';
import type { StreamState } from '../../lib/state/checkpoint.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const NOON = Date.parse('2026-11-20T12:00:00Z');
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

interface Save {
  readonly settled: number;
  readonly added: unknown;
  readonly hourlyCounts: readonly (readonly [number, number])[];
  readonly leaseUntil: number;
}

function start({ end, hourlyCounts = [] }: { end?: number; hourlyCounts?: [number, number][] } = {}) {
  const clock = new VirtualClock(NOON);
  const deadline = deadlineAfter(clock, 60 * MINUTE_MS);
  const signals = new RunSignals(deadline);
  const saves: Save[] = [];
  const faults: Error[] = [];
  const lasts = { ms: 0 };
  const state = { checkpoint: newCheckpoint(NOON), hourlyCounts: new Map(hourlyCounts), quarantined: 0 };
  const save = async ({ checkpoint, hourlyCounts }: StreamState, added: unknown, leaseUntil: number) => {
    const fault = faults.shift();
    if (fault) throw fault;
    if (lasts.ms > 0) await clock.timer(lasts.ms);
    saves.push({ settled: checkpoint.settled, added, hourlyCounts: [...hourlyCounts], leaseUntil });
  };
  const leases = { leaseMs: 3 * MINUTE_MS, leaseUntil: NOON + 3 * MINUTE_MS };
  const inFlight = new InFlight({ ...state, delivered: [], isNew: true, save }, { clock, ...leases, end, signals });
  /** Work that ends when it is told to. */
  const begin = (page: InFlightPage) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    inFlight.begin(page, () => promise);
    return { done: resolve, fail: reject };
  };
  const open = async () => (await inFlight.open()) ?? assert.fail('the run is to stop');
  const turns = async () => {
    for (let turn = 0; turn < 5; turn++) await clock.turn();
  };
  return { clock, signals, saves, faults, lasts, inFlight, begin, open, turns };
}

const upTo = (ms: number) => ({ watermark: NOON + ms, settled: NOON + ms });
const event = (fingerprint: string, at = NOON) => ({ fingerprint, at, dated: true });

test('the checkpoint moves over a page when all of it is done, and all pages before it', async () => {
  const { inFlight, begin, open, turns } = start();
  const [first, second] = [await open(), await open()];
  const [one, other, late] = [begin(first), begin(first), begin(second)];
  inFlight.close(first, upTo(1), false);
  inFlight.close(second, upTo(2), false);
  late.done();
  one.done();
  await turns();
  assert.equal(inFlight.checkpoint.settled, NOON, 'the first page is not done');
  other.done();
  await turns();
  assert.equal(inFlight.checkpoint.settled, NOON + 2);
});

test('a page is not done before all of its work has begun, nor ever where a piece of it failed', async () => {
  const { inFlight, begin, open, turns, signals } = start();
  const [page, next] = [await open(), await open()];
  begin(page).done();
  await turns();
  assert.equal(inFlight.checkpoint.settled, NOON);
  inFlight.close(page, upTo(1), false);
  assert.equal(inFlight.checkpoint.settled, NOON + 1);
  const piece = begin(next);
  inFlight.close(next, upTo(2), false);
  const error = new Error('Logz.io is down');
  piece.fail(error);
  await turns();
  assert.equal(inFlight.checkpoint.settled, NOON + 1);
  assert.equal(signals.failure, error);
});

test('a page without a readable timestamp moves nothing, and the pages behind it do', async () => {
  const { inFlight, open } = start();
  const [first, second] = [await open(), await open()];
  inFlight.close(first, undefined, false);
  assert.equal(inFlight.checkpoint.settled, NOON);
  inFlight.close(second, upTo(2), false);
  assert.equal(inFlight.checkpoint.settled, NOON + 2);
});

test('at most two pages are unsaved at any time, however many were saved before', async () => {
  const { inFlight, open, turns } = start();
  for (let round = 1; round <= 3; round++) {
    const [first, second] = [await open(), await open()];
    let isOpen = false;
    const third = open().then((page) => {
      isOpen = true;
      return page;
    });
    await turns();
    assert.equal(isOpen, false, `in round ${round}`);
    inFlight.close(first, upTo(3 * round), false);
    await turns();
    assert.equal(isOpen, true);
    for (const page of [second, await third]) inFlight.close(page, upTo(3 * round + 1), false);
    await turns();
  }
});

test('no page is begun when the run is to stop', async () => {
  const { inFlight, signals } = start();
  signals.fail(new Error('Logz.io is down'));
  assert.equal(await inFlight.open(), undefined);
});

test('each event is saved once; after a save that failed, with the next one', async () => {
  const { inFlight, open, turns, saves, faults } = start();
  const [first, second] = [await open(), await open()];
  inFlight.record([event('one')]);
  faults.push(new Error('the table is busy'));
  inFlight.close(first, upTo(1), false);
  await turns();
  inFlight.record([event('two')]);
  inFlight.close(second, upTo(2), false);
  await turns();
  inFlight.record([event('three')]);
  await inFlight.finish();
  const added = saves.map((save) => (save.added as { fingerprint: string }[]).map(({ fingerprint }) => fingerprint));
  assert.deepEqual(added, [['one', 'two'], ['three']]);
  assert.deepEqual(
    saves.map(({ leaseUntil }) => leaseUntil),
    [NOON + 3 * MINUTE_MS, 0],
  );
});

test('saves that last long do not queue up: what is done meanwhile shares the next one', async () => {
  const { clock, saves, lasts, inFlight, open, turns } = start();
  lasts.ms = 20_000;
  const page = await open();
  for (let nth = 1; nth <= 60; nth++)
    inFlight.begin(page, async () => {
      await clock.timer(nth * 1_000);
      inFlight.record([event(`e${nth}`)]);
    });
  inFlight.close(page, upTo(1), true);
  for (let second = 0; second < 300; second++) {
    clock.advance(1_000);
    await turns();
  }
  assert.equal(saves.length, 4, 'each 20 s one, from the tenth on');
  await inFlight.drain();
  assert.equal(saves.flatMap(({ added }) => added).length, 60, 'each event once');
});

test('the last page is saved by the save that ends the run, and not twice', async () => {
  const { inFlight, open, turns, saves } = start();
  inFlight.close(await open(), upTo(1), true);
  await turns();
  assert.equal(saves.length, 0);
  await inFlight.finish();
  assert.deepEqual(
    saves.map(({ settled }) => settled),
    [NOON + 1],
  );
});

test('events count for their hour until it is settled and saved; those without an instant of their own do not', async () => {
  const { inFlight, open, turns, saves } = start();
  inFlight.record([event('one'), event('two'), event('three', NOON + HOUR_MS), { ...event('four'), dated: false }]);
  inFlight.close(await open(), upTo(HOUR_MS), false);
  await turns();
  await inFlight.finish();
  const [both, open_] = saves.map(({ hourlyCounts }) => hourlyCounts);
  assert.deepEqual(both, [
    [NOON, 2],
    [NOON + HOUR_MS, 1],
  ]);
  assert.deepEqual(open_, [[NOON + HOUR_MS, 1]]);
  assert.equal(inFlight.counter.total, 0, 'a live stream has no such sum');
});

test('a bounded stream counts all of its events, of earlier runs too', async () => {
  const end = NOON + 24 * HOUR_MS;
  const { inFlight } = start({ end, hourlyCounts: [[end, 5]] });
  inFlight.record([event('one'), event('two', NOON + HOUR_MS)]);
  assert.equal(inFlight.counter.total, 7);
});

test('an event that was saved is remembered without its text: the page it came on leaves the memory', async () => {
  const { inFlight, saves } = start();
  const received = { text: 'a text of megabytes', brokenBytes: undefined };
  const record = { ...event('one'), received, shortened: false };
  inFlight.record([record]);
  await inFlight.finish();
  assert.deepEqual(saves[0]?.added, [{ fingerprint: 'one', at: NOON }]);
});

test('fingerprints of settled events leave the memory', async () => {
  const { inFlight, open } = start();
  const add = (count: number, at: number) => {
    for (let nth = 0; nth < count; nth++) inFlight.delivered.add(`${nth} at ${at}`, at);
  };
  add(1500, NOON);
  inFlight.close(await open(), upTo(1), false);
  add(2000, NOON + 1);
  assert.ok(inFlight.delivered.size < 2500, `${inFlight.delivered.size}`);
  assert.ok(inFlight.delivered.has(`1 at ${NOON + 1}`));
});

test('before it sends, a run whose lease may have lapsed saves; one whose lease is young does not', async () => {
  const { inFlight, clock, saves } = start();
  clock.step(NOON + 3 * MINUTE_MS - 1);
  await inFlight.checkLease();
  assert.equal(saves.length, 0);
  clock.step(NOON + 3 * MINUTE_MS);
  await inFlight.checkLease();
  await inFlight.checkLease();
  assert.deepEqual(
    saves.map(({ leaseUntil }) => leaseUntil),
    [NOON + 6 * MINUTE_MS],
  );
});

test('the lease is renewed in each third of its time until all is sent, and not once more', async () => {
  const { inFlight, clock, saves, signals, turns } = start();
  const renewing = inFlight.renewLease();
  for (let third = 0; third < 3; third++) {
    clock.advance(MINUTE_MS);
    await turns();
  }
  assert.equal(saves.length, 3);
  signals.endSending();
  await renewing;
  assert.equal(saves.length, 3);
});
