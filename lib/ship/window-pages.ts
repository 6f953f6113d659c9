/** The pages of a run's window, and what of JumpCloud's refusals ends the run in good order. */

import { JumpCloudError } from '../jumpcloud/errors.ts';
import type { Page } from '../jumpcloud/page.ts';
import type { Query, ReadPages } from '../jumpcloud/pages.ts';
import { oldestKept } from '../jumpcloud/retention.ts';
import type { Deadline } from '../platform/deadline.ts';
import type { Report } from './report.ts';
import { isEmpty, queryTimes, type Window } from './window.ts';

/**
 * The window's pages; ends early when our own deadline cuts a request off. Where JumpCloud refuses a start that lies further
 * back than it keeps events, as after months without a run, it is asked from where it still has some: what lies before is
 * nowhere any more, and the stream would stand still for ever.
 */
export async function* readWindow(
  readPages: ReadPages,
  query: Query,
  window: Window,
  deadline: Deadline,
  report: Report,
): AsyncGenerator<Page> {
  try {
    for await (const page of readPages(query, window, { deadline, onRetry: () => report.retries++ })) {
      report.pages++;
      yield page;
    }
  } catch (error) {
    if (!(error instanceof JumpCloudError)) throw error;
    // The pages so far stand, and the next run goes on. Not one page in a whole run, though, is a failure to be heard of.
    if (error.givenUp && (report.pages > 0 || deadline.interrupted())) return;
    if (error.status !== 400 || report.pages > 0) throw error;
    // A start in JumpCloud's future: our clock is ahead of its own, and there is nothing to read yet.
    if (error.serverNow !== undefined && error.serverNow < Date.parse(queryTimes(window).start_time)) {
      report.caughtUp = true;
      return;
    }
    const kept = { start: oldestKept(report.startedAt, error.serverNow), end: window.end };
    if (report.readFrom !== undefined || window.start >= kept.start || isEmpty(kept)) throw error;
    report.readFrom = kept.start;
    yield* readWindow(readPages, query, kept, deadline, report);
  }
}
