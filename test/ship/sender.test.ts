/** How lines become bulks and refused events become entries, and what is counted of both. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogzioError } from '../../lib/logzio/answer.ts';
import { BULK_BYTES, type Bulk, type EventRecord } from '../../lib/logzio/bulk.ts';
import type { Deliver, DeliveryEvents } from '../../lib/logzio/deliver.ts';
import { deadlineAfter } from '../../lib/platform/deadline.ts';
import { shortenedEntry } from '../../lib/ship/event-record.ts';
import type { InFlightPage } from '../../lib/ship/in-flight.ts';
import { Report } from '../../lib/ship/report.ts';
import { RunSignals } from '../../lib/ship/run-signals.ts';
import { Sender } from '../../lib/ship/sender.ts';
import type { Run } from '../../lib/ship/ship.ts';
import type { NewEntry } from '../../lib/state/quarantine.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const NOON = Date.parse('2026-11-20T12:00:00Z');
const MOST_BULKS = 4;
/** Two of them fill a bulk. */
const LONG = 'x'.repeat(BULK_BYTES / 2 - 1);

function record(name: string, shortened = false): EventRecord {
  const received = { text: `original of ${name}`, brokenBytes: undefined };
  return { fingerprint: name.padEnd(8), at: NOON, received, shortened, dated: true };
}

const namesOf = (records: readonly Pick<EventRecord, 'fingerprint'>[]) =>
  records.map(({ fingerprint }) => fingerprint.trim()).join('+');

/** @param deliver what Logz.io does; it acknowledges all unless told otherwise */
function start(deliver?: (bulk: Bulk, events: DeliveryEvents) => ReturnType<Deliver>) {
  const clock = new VirtualClock(NOON);
  const signals = new RunSignals(deadlineAfter(clock, 3_600_000));
  const report = new Report('live#default', NOON);
  const page: InFlightPage = { outstanding: 0, closed: undefined };
  const [steps, failures]: [string[], unknown[]] = [[], []];
  const work: Promise<void>[] = [];
  const inFlight = {
    quarantined: 7,
    async checkLease() {
      steps.push('check lease');
    },
    begin(of: InFlightPage, begun: () => Promise<void>) {
      assert.equal(of, page);
      work.push(begun().catch((error) => void failures.push(error)));
    },
    record: (records: readonly EventRecord[]) => void steps.push(`record ${namesOf(records)}`),
  };
  const entries: NewEntry[] = [];
  const quarantine = {
    async add(stream: string, entry: NewEntry) {
      assert.equal(stream, 'live#default');
      entries.push(entry);
      steps.push(`quarantine ${entry.originals.length}`);
    },
  };
  const acknowledge = async (bulk: Bulk, events: DeliveryEvents) => {
    events.onAcknowledged(bulk.records);
    return { acknowledged: bulk.records, refused: [] };
  };
  const parts = {
    ...{ clock, quarantine },
    deliver: (async (bulk, deadline, events) => {
      assert.equal(deadline, signals.sending);
      steps.push(`send ${namesOf(bulk.records)}`);
      return await (deliver ?? acknowledge)(bulk, events as DeliveryEvents);
    }) satisfies Deliver,
  };
  const sender = new Sender({ parts, report, signals, inFlight } as unknown as Run);
  const done = async () => {
    for (let begun = 0; begun < work.length; begun = work.length) await Promise.all(work);
  };
  const send = async (of: InFlightPage, packed: EventRecord, line: string) => {
    const full = sender.pack(packed, line);
    return full === undefined || (await sender.send(of, full));
  };
  return { clock, signals, report, page, sender, send, steps, entries, failures, inFlight, done };
}

test('lines wait until a bulk is full; the rest goes out with the end of the page', async () => {
  const { sender, send, page, steps, done, report } = start();
  for (const name of ['a', 'b', 'c']) assert.equal(await send(page, record(name), LONG), true);
  await done();
  assert.deepEqual(steps, ['check lease', 'send a+b', 'record a+b']);
  assert.equal(await sender.flush(page), true);
  await done();
  assert.deepEqual(steps.slice(3), ['check lease', 'send c', 'record c']);
  assert.equal(await sender.flush(page), true);
  assert.equal(steps.length, 6, 'nothing is left');
  assert.equal(report.shipped, 3);
});

test('four bulks are under way at once, and the next one waits until one of them has ended', async () => {
  const ends: (() => void)[] = [];
  const { sender, send, page, steps, done } = start(async ({ records }) => {
    await new Promise<void>((resolve) => ends.push(resolve));
    return { acknowledged: records, refused: [] };
  });
  for (let nth = 0; nth < MOST_BULKS; nth++) {
    await send(page, record(`${nth}`), 'x');
    assert.equal(await sender.flush(page), true);
  }
  await send(page, record('fifth'), 'x');
  const fifth = sender.flush(page);
  await new Promise(setImmediate);
  assert.ok(!steps.includes('send fifth'));
  ends[0]?.();
  assert.equal(await fifth, true);
  assert.ok(steps.includes('send fifth'));
  for (const end of ends) end();
  await done();
});

test('when the run is to stop nothing more is begun, and the page is not completed', async () => {
  const { sender, send, page, steps, signals } = start();
  await send(page, record('a'), 'x');
  await sender.quarantine(page, record('b'), 'odd');
  signals.fail(new Error('stop'));
  assert.equal(await sender.flush(page), false);
  for (const name of ['c', 'd']) await send(page, record(name), LONG);
  assert.equal(await send(page, record('e'), LONG), false);
  assert.ok(steps.every((step) => step === 'check lease'));
  const other = start();
  await other.sender.quarantine(other.page, record('b'), 'odd');
  other.signals.fail(new Error('stop'));
  assert.equal(await other.sender.flush(other.page), false, 'also where only entries are left');
});

test('the report counts bulks, bytes, retries, shipped and shortened events, and possible repeats', async () => {
  const { sender, send, page, report, done } = start(async ({ records }, events) => {
    events.onRetry(new LogzioError('503', { retryable: true }));
    events.onSent(100, 10);
    events.onPossibleRepeat(2);
    for (const one of records) events.onAcknowledged([one]);
    return { acknowledged: records, refused: [] };
  });
  for (let bulk = 0; bulk < 2; bulk++) {
    for (const name of ['a', 'b']) await send(page, record(name, name === 'a'), 'x');
    await sender.flush(page);
  }
  await done();
  const { bulks, bulkBytes, gzippedBytes, retries, shipped, shortened, possibleRepeats } = report;
  assert.deepEqual(
    { bulks, bulkBytes, gzippedBytes, retries, shipped, shortened, possibleRepeats },
    {
      ...{ bulks: 2, bulkBytes: 200, gzippedBytes: 20, retries: 2, shipped: 4, shortened: 2, possibleRepeats: 4 },
    },
  );
});

test('the originals of shortened events are kept before they are sent, in a class of their own', async () => {
  const { sender, send, page, steps, entries, done, inFlight, report } = start();
  await send(page, record('whole'), 'x');
  await send(page, record('short', true), 'x');
  await sender.flush(page);
  await done();
  assert.deepEqual(steps, ['check lease', 'quarantine 1', 'send whole+short', 'record whole+short']);
  assert.deepEqual(entries, [
    {
      class: 'shortened',
      reason: 'something is missing in the log: see its shortened_fields',
      at: NOON,
      originals: ['original of short'],
      taken: 1,
    },
  ]);
  assert.deepEqual([inFlight.quarantined, report.quarantined], [7, 0], 'nothing waits');
});

test('what Logz.io refuses is quarantined as it came, counted and recorded; a failure beside it is the run’s', async () => {
  const failure = new Error('403');
  const { sender, send, page, steps, entries, failures, done, inFlight, report } = start(async ({ records }) => {
    return { acknowledged: [], refused: [{ records: records.slice(0, 2), reason: 'took some', taken: 1 }], failure };
  });
  for (const name of ['a', 'b', 'c']) await send(page, record(name), 'x');
  await sender.flush(page);
  await done();
  assert.deepEqual(steps, ['check lease', 'send a+b+c', 'quarantine 2', 'record a+b']);
  const [entry] = entries;
  const key = Buffer.from('a       b       ', 'utf16le').toString('base64');
  const originals = ['original of a', 'original of b'];
  assert.deepEqual(entry, { class: 'waiting', reason: 'took some', at: NOON, originals, key, taken: 1 });
  assert.deepEqual([inFlight.quarantined, report.quarantined], [9, 2]);
  assert.deepEqual(failures, [failure]);
});

test('a refused bulk of which lines were taken stays one entry; one of which none were makes entries of 500', async () => {
  const keep = async (taken: number) => {
    const { sender, send, page, entries, done } = start(async ({ records }) => {
      return { acknowledged: [], refused: [{ records, reason: 'refused', taken }] };
    });
    for (let nth = 0; nth < 1001; nth++) await send(page, record(`${nth}`), 'x');
    await sender.flush(page);
    await done();
    assert.equal(entries[1]?.originals[0], taken > 0 ? undefined : 'original of 500');
    return entries.map(({ originals }) => originals.length);
  };
  assert.deepEqual(await keep(0), [500, 500, 1]);
  assert.deepEqual(await keep(1), [1001]);
});

test('events that cannot be shipped are collected by reason, in entries of 500, to the end of the page', async () => {
  const { sender, page, entries, steps, done } = start();
  for (let nth = 0; nth < 501; nth++) {
    assert.equal(await sender.quarantine(page, record(`${nth}`), 'odd'), true);
    if (nth === 498) assert.equal(steps.length, 0);
    if (nth === 499) assert.equal(steps[0], 'check lease', 'an entry is full');
  }
  await done();
  assert.deepEqual(steps.slice(0, 2), ['check lease', 'quarantine 500']);
  await sender.quarantine(page, record('other'), 'no time');
  assert.equal(await sender.flush(page), true);
  await done();
  assert.equal(await sender.flush(page), true);
  await done();
  const found = entries.map(({ reason, originals, taken }) => `${reason}: ${originals.length}, ${taken} taken`);
  assert.deepEqual(found, ['odd: 500, 0 taken', 'odd: 1, 0 taken', 'no time: 1, 0 taken']);
});

test('originals of shortened events say in which field of the log to look, and that Logz.io has them all', () => {
  assert.deepEqual(shortenedEntry([record('one'), record('two')], NOON), {
    class: 'shortened',
    reason: 'something is missing in the log: see its shortened_fields',
    at: NOON,
    originals: ['original of one', 'original of two'],
    taken: 2,
  });
});
