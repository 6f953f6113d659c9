/** Bugs planted in how a run reads its window, sends, and ends. */
import type { Target } from './planted.ts';

export const RUNS: readonly Target[] = [
  {
    file: 'lib/ship/pass.ts',
    tests: [
      'test/ship/pass.test.ts',
      'test/ship/run.test.ts',
      'test/ship/no-progress.test.ts',
      'test/ship/clocks.test.ts',
    ],
    bugs: [
      {
        breaks: 'what may still come late counts as final',
        from: 'readAt - this.#stream.allowedLatenessMs',
        to: 'readAt',
      },
      { breaks: 'the watermark passes the end of the window', from: 'Math.min(readTo, this.window.end)', to: 'readTo' },
      {
        breaks: 'a page in the middle counts as the end of the window',
        from: 'return page.isLast ||',
        to: 'return true ||',
      },
      {
        breaks: 'without Date our clock alone decides what is final',
        from: 'this.#hasDate ? this.#readAt',
        to: 'true ? this.#readAt',
      },
      {
        breaks: 'a circle of pages is read for ever',
        from: 'if (this.#stalledPages < MOST_STALLED_PAGES) return;',
        to: 'if (this.#stalledPages >= 0) return;',
      },
      {
        breaks: 'many pages of one instant look like a circle',
        from: 'this.#pageAdvances ||= this.#atNewest.size > known;',
        to: 'this.#pageAdvances ||= known === 0;',
      },
      { breaks: 'the window goes by our clock alone', from: 'readTime(startedAt, serverNow)', to: 'startedAt' },
    ],
  },
  {
    file: 'lib/ship/read-window.ts',
    tests: [
      'test/ship/run.test.ts',
      'test/ship/ship.test.ts',
      'test/ship/ship-faults.test.ts',
      'test/ship/no-progress.test.ts',
      'test/ship/clocks.test.ts',
    ],
    bugs: [
      {
        breaks: 'the last bulk of a page is left behind',
        from: 'if (!(await sender.flush(inFlightPage))) return false;',
        to: '',
      },
      {
        breaks: 'events that must be quarantined are dropped',
        from: '} else if (!(await sender.quarantine(inFlightPage, record, log.reason))) return false;',
        to: '}',
      },
      {
        breaks: 'a page that was not completed does not end the run',
        from: 'if (!(await shipPage(page, pass, run))) return CUT_OFF;',
        to: 'await shipPage(page, pass, run);',
      },
      {
        breaks: 'a run that read nothing at all ends as if all were well',
        from: '(report.pages > 0 || signals.reading.interrupted())',
        to: 'true',
      },
      {
        breaks: 'a run without a next page counts as caught up',
        from: ": { kind: 'no next page', error: noNextPageError(last) };",
        to: ': END;',
      },
      { breaks: 'reading goes on behind the end of the window', from: 'if (pass.isEnd(page)) return END;', to: '' },
    ],
  },
  {
    file: 'lib/ship/ship.ts',
    tests: [
      'test/ship/run.test.ts',
      'test/ship/ship.test.ts',
      'test/ship/lease.test.ts',
      'test/ship/saves.test.ts',
      'test/backfill/backfill.test.ts',
    ],
    bugs: [
      {
        breaks: 'a failed run reports success',
        from: 'if (signals.failure !== undefined) throw',
        to: 'if (signals.failure === null) throw',
      },
      {
        breaks: 'a run does not save at its end',
        from: 'if (!signals.hasLostLease) await inFlight.finish()',
        to: 'if (signals.hasLostLease) await inFlight.finish()',
      },
      {
        breaks: 'a stream that stands still raises no alarm',
        from: "outcome?.kind === 'no next page' && !report.moved",
        to: "outcome?.kind === 'no next page' && report.caughtUp",
      },
      {
        breaks: 'a slice is done as soon as it was read',
        from: 'report.settled >= stream.end',
        to: 'report.watermark >= stream.end',
      },
      { breaks: 'bulks in flight are not waited for before the last save', from: 'await inFlight.drain();', to: '' },
      {
        breaks: 'the number of events in quarantine is never corrected',
        from: 'if (inFlight.quarantined > 0)',
        to: 'if (inFlight.quarantined < 0)',
      },
    ],
  },
  {
    file: 'lib/ship/run-signals.ts',
    tests: ['test/ship/run-signals.test.ts', 'test/ship/lease.test.ts', 'test/ship/ship-faults.test.ts'],
    bugs: [
      { breaks: 'a failed bulk does not stop the run', from: 'this.#failed.abort(error);', to: '' },
      { breaks: 'a run that lost its lease waits for its bulks', from: 'this.#lostLease.abort(error);', to: '' },
      { breaks: 'another failure hides that the lease was lost', from: 'this.#failure = error;\n', to: '\n' },
    ],
  },
  {
    file: 'lib/ship/report.ts',
    tests: ['test/ship/run.test.ts', 'test/ship/sender.test.ts', 'test/ship/ship.test.ts'],
    bugs: [
      {
        breaks: 'events that came late are not counted',
        from: 'if (at >= this.readBefore) return;',
        to: 'if (at >= 0) return;',
      },
    ],
  },
  {
    file: 'lib/ship/sender.ts',
    tests: [
      'test/ship/sender.test.ts',
      'test/ship/saves.test.ts',
      'test/logzio/answers.test.ts',
      'test/state/quarantine.test.ts',
    ],
    bugs: [
      {
        breaks: 'a bulk that failed counts as delivered',
        from: "if ('failure' in delivery) throw delivery.failure;",
        to: '',
      },
      {
        breaks: 'the refused lines of a bulk are dropped',
        from: 'await this.#keep(records, reason, taken);',
        to: 'void [records, reason, taken];',
      },
      { breaks: 'quarantined events are not remembered', from: 'inFlight.record(part);', to: '' },
      { breaks: 'acknowledged events are not recorded', from: 'inFlight.record(records);', to: '' },
      {
        breaks: 'the original of a shortened event is not kept',
        from: 'if (shortened.length > 0) await',
        to: 'if (shortened.length < 0) await',
      },
      { breaks: 'the lease is not checked before a bulk', from: 'await inFlight.checkLease();', to: '' },
      {
        breaks: 'what was taken in part becomes several entries that all may repeat',
        from: 'taken > 0 ? records.length : MOST_IN_AN_ENTRY',
        to: 'MOST_IN_AN_ENTRY',
      },
      {
        breaks: 'quarantined events of the last, small entry of a page are dropped',
        from: 'if (!(await this.#begin(page, () => this.#keep(records, reason, 0)))) return false;\n    }',
        to: 'void [page, records, reason];\n    }',
      },
    ],
  },
];
