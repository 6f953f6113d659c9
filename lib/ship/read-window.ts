/** Reads a window page by page and gives every new event to the sender. */

import { JumpCloudError } from '../jumpcloud/client.ts';
import type { Page } from '../jumpcloud/page.ts';
import { isEmpty } from '../platform/time.ts';
import { toRecord } from './event-record.ts';
import { Pass } from './pass.ts';
import type { Run } from './ship.ts';
import { keptOf, noNextPageError, refuseFuture, type Window, windowAt } from './window.ts';

/** How the reading of a window ended, unless it failed. */
export type Outcome =
  | { readonly kind: 'end' }
  /** The run has to stop. The next one goes on from here. */
  | { readonly kind: 'cut off' }
  /** JumpCloud named no next page before the window's end: without progress, the run is stuck. */
  | { readonly kind: 'no next page'; readonly error: JumpCloudError };

const END: Outcome = { kind: 'end' };
const CUT_OFF: Outcome = { kind: 'cut off' };
/** After so many events, whatever else is in flight gets its turn, such as the next page. */
const EVENTS_A_TURN = 500;

/** @throws JumpCloudError, SecretError */
export async function readWindow(run: Run): Promise<Outcome> {
  const { stream, report, inFlight, signals } = run;
  const { settled } = inFlight.checkpoint;
  // By our clock. Once the first answer shows JumpCloud's, the earlier of the two is enforced.
  const window = windowAt(settled, report.startedAt, stream.sourceLagMs, stream.end);
  refuseFuture(run, report.startedAt, "this machine's clock");
  if (isEmpty(window)) return END;
  try {
    return await readPages(run, window);
  } catch (error) {
    if (!(error instanceof JumpCloudError)) throw error;
    // Near its end a run has little time for an answer: a time-out then says nothing of JumpCloud.
    const isOutOfTime = error.givenUp || (error.askForLess && signals.reading.stop.aborted);
    // The pages so far stand. Not one page in a whole run is a failure, though.
    if (isOutOfTime && (report.pages > 0 || signals.reading.interrupted())) return CUT_OFF;
    if (error.status !== 400 || report.pages > 0) throw error;
    const kept = keptOf(run, window, error);
    return kept === undefined ? END : await readPages(run, kept);
  }
}

async function readPages(run: Run, window: Window): Promise<Outcome> {
  const { stream, parts, report, inFlight, signals } = run;
  const { settled } = inFlight.checkpoint;
  const context = { deadline: signals.reading, onRetry: () => report.retries++ };
  let pass: Pass | undefined;
  let last: Page | undefined;
  for await (const page of parts.readPages(stream.query, window, context)) {
    report.pages++;
    // Not by `serverNow`, which is hours back where our machine slept before it read the answer.
    if (page.date !== undefined) refuseFuture(run, page.date, "JumpCloud's clock");
    pass ??= new Pass({ stream, settled, startedAt: report.startedAt, serverNow: page.serverNow }, inFlight.delivered);
    if (!(await shipPage(page, pass, run))) return CUT_OFF;
    run.showProgress();
    if (pass.isEnd(page)) return END;
    last = page;
  }
  return last === undefined || last.searchAfter !== undefined
    ? CUT_OFF
    : { kind: 'no next page', error: noNextPageError(last) };
}

/** @returns false when the run is to stop, and the page was not completed */
async function shipPage(page: Page, pass: Pass, run: Run): Promise<boolean> {
  const { stream, parts, report, inFlight, sender } = run;
  const inFlightPage = await inFlight.open();
  if (!inFlightPage) return false;
  const redact = await parts.redact?.();
  let untilTurn = 0;
  for (const raw of page.events()) {
    if (untilTurn-- === 0) {
      await parts.clock.turn();
      untilTurn = EVENTS_A_TURN;
    }
    const examined = pass.examine(raw);
    if (examined.kind === 'outside') continue;
    report.eventsRead++;
    if (examined.kind === 'delivered') {
      report.alreadyDelivered++;
      continue;
    }
    const { record, log } = toRecord(raw, examined, parts.shape, redact);
    if ('line' in log) {
      report.noteLateness(record.at, stream.sourceLagMs);
      const full = sender.pack(record, log.line);
      if (full && !(await sender.send(inFlightPage, full))) return false;
    } else if (!(await sender.quarantine(inFlightPage, record, log.reason))) return false;
  }
  if (!(await sender.flush(inFlightPage))) return false;
  inFlight.close(inFlightPage, pass.progressOf(page), pass.isEnd(page));
  pass.endPage(page);
  return true;
}
