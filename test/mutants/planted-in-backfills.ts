/** Bugs planted in a backfill, from its plan to its slices. */
import type { Target } from './planted.ts';

export const BACKFILLS: readonly Target[] = [
  {
    file: 'lib/backfill/slices.ts',
    tests: ['test/backfill/slices.test.ts', 'test/backfill/backfill.test.ts'],
    bugs: [
      { breaks: 'a plan keeps its lease, and the next one waits', from: 'await held.save(held, [], 0);', to: '' },
      {
        breaks: 'a plan ships again what an earlier one held',
        from: 'const lacking = gaps(range, await ledger.list(range));',
        to: 'const lacking = [range];',
      },
      {
        breaks: 'slices are as large as the whole range',
        from: 'Math.max(eventsPerSlice, Math.ceil(events / MOST_SLICES))',
        to: '1e12',
      },
      { breaks: 'slices are not kept', from: 'await ledger.add(slice, clock.now());', to: '' },
      {
        breaks: 'a hole lies between two slices',
        from: 'start: middle, end, events: M',
        to: 'start: middle + 1, end, events: M',
      },
      { breaks: 'two slices overlap', from: 'start: middle, end, events: M', to: 'start: middle - 1, end, events: M' },
      {
        breaks: 'slices are larger than asked for',
        from: 'open.events + slice.events <= mostEvents',
        to: 'open.events + slice.events <= 2 * mostEvents',
      },
      { breaks: 'the last slice is dropped', from: 'if (open) yield open;\n}', to: '}' },
      {
        breaks: 'the end of a range is never planned',
        from: '[...covered, { start: range.end, end: range.end }]',
        to: 'covered',
      },
      { breaks: 'a gap is planned beyond the range', from: 'Math.min(start, range.end)', to: 'start' },
      { breaks: 'a cut falls between two seconds', from: '/ 2 / SECOND_MS) * SECOND_MS', to: '/ 2)' },
      {
        breaks: 'a time without events costs many counts',
        from: 'events <= mostEvents ||',
        to: 'events < 0 ||',
      },
    ],
  },
  {
    file: 'lib/backfill/drive.ts',
    tests: ['test/backfill/drive.test.ts', 'test/backfill/backfill.test.ts'],
    bugs: [
      {
        breaks: 'only the first answer of slices is shipped',
        from: '(list === undefined || list.after !== undefined)',
        to: 'list === undefined',
      },
      {
        breaks: 'slices that wait for late events are never finished',
        from: 'waiting.push({ slice, failures: 0 });',
        to: '',
      },
      {
        breaks: 'a slice that is longer than one run is left behind',
        from: 'pending.unshift({ slice, failures });',
        to: '{}',
      },
      {
        breaks: 'a slice that failed once is given up',
        from: 'else if (failures < MOST_FAILURES)',
        to: 'else if (failures < 1)',
      },
      {
        breaks: 'a slice that fails for ever holds the backfill up',
        from: 'else if (failures < MOST_FAILURES)',
        to: 'else if (failures >= 0)',
      },
      {
        breaks: 'a backfill with open slices reports success',
        from: 'totals.slicesDone === totals.slices',
        to: 'totals.slicesDone >= 0',
      },
      {
        breaks: 'a Retry-After of JumpCloud is not honoured',
        from: '(stalled - 1), askedMs)',
        to: '(stalled - 1))',
      },
      {
        breaks: 'an engine whose history is full is asked for more',
        from: '> state.engine.mostOperations) return false;',
        to: '> 1e9) return false;',
      },
      {
        breaks: 'being throttled counts as a fault of the slice',
        from: 'hasMoved && throttled === 0',
        to: 'true',
      },
      {
        breaks: 'the totals count the first part alone',
        from: 'while (after !== undefined);',
        to: 'while (after === null);',
      },
    ],
  },
  {
    file: 'lib/backfill/ship-slice.ts',
    tests: ['test/backfill/ship-slice.test.ts', 'test/backfill/backfill.test.ts'],
    bugs: [
      {
        breaks: 'a slice that is done is shipped again',
        from: 'if (slice.done) return',
        to: 'if (slice.done === undefined) return',
      },
      {
        breaks: 'a slice ships what the live stream ships',
        from: 'end: until };\n  let',
        to: 'end: slice.end };\n  let',
      },
      {
        breaks: 'what a slice quarantines lies where nobody looks',
        from: 'add: (_slice, entry) => parts.quarantine.add(live.name, entry)',
        to: 'add: (slice, entry) => parts.quarantine.add(slice, entry)',
      },
      {
        breaks: 'a slice that another run holds counts as stuck',
        from: 'shipped: 0, moved: true, throttled, waitMs };',
        to: 'shipped: 0, moved: false, throttled };',
      },
      {
        breaks: 'the checkpoint of a finished slice stays for ever',
        from: 'await letExpire(table, stream.name, clock.now() + KEEP_FINISHED_MS);',
        to: '',
      },
      {
        breaks: 'a slice does not wait for late events',
        from: 'return { waitMs: Math.max(0, finalAt - now) + CLOCK_MARGIN_MS };',
        to: 'return {};',
      },
      {
        breaks: 'the totals lack what a slice delivered',
        from: '...slice, delivered, done, failure',
        to: '...slice, delivered: 0, done, failure',
      },
    ],
  },
];
