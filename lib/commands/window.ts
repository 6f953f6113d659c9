/** `{"dry_run": true}` and `{"start_time": …, "end_time": …}`: runs beside the live checkpoint. */
import { queryKey } from '../jumpcloud/query.ts';
import { firstLines } from '../logzio/bulk.ts';
import type { Deliver } from '../logzio/deliver.ts';
import { onlyFor, plural } from '../platform/messages.ts';
import { DAY_MS, formatInstant, type TimeRange } from '../platform/time.ts';
import { parseExactly } from '../shape/parse-event.ts';
import { countedWith, newCheckpoint } from '../ship/checkpoint.ts';
import { type Report, RunFailedError } from '../ship/report.ts';
import { ship } from '../ship/ship.ts';
import { forgetfulStore } from '../state/checkpoint.ts';
import { noteQuarantined, peek, readMarks } from '../state/dynamodb-store.ts';
import { closeWindow, HourCounter } from '../state/hourly-counts.ts';
import { noQuarantine } from '../state/quarantine.ts';
import type { Context, Result } from './context.ts';
import { summarize } from './summary.ts';

/** Lines shown of what would be shipped. */
const SAMPLE_LINES = 3;
/** Such a run needs no lease: its checkpoint is its own, and nobody else knows it. */
const NO_LEASE_MS = DAY_MS;

/** Reads, shapes and counts; ships and saves nothing. */
export async function dryRun(context: Context, window: TimeRange | undefined): Promise<Result> {
  const { runtime, stream, parts, deadline } = context;
  const sample: string[] = [];
  const deliver: Deliver = async (bulk, _deadline, events) => {
    sample.push(...firstLines(bulk, SAMPLE_LINES - sample.length));
    events.onAcknowledged?.(bulk.records);
    return { acknowledged: bulk.records, refused: [] };
  };
  const seen = window ? undefined : await peek(runtime.table, stream.name);
  const store = forgetfulStore(startingAt(window?.start ?? stream.start, seen?.checkpoint), seen?.delivered);
  const report = await ship(
    window ? { ...stream, end: window.end } : stream,
    { ...parts, deliver, store, quarantine: noQuarantine },
    { deadline, leaseMs: NO_LEASE_MS },
  );
  const before = window ? '' : `, ${report.alreadyDelivered} were delivered before`;
  const summary = summarize(report, runtime.clock.now());
  const more = report.caughtUp ? '' : ` It read only up to ${summary.watermark}: there are more.`;
  return {
    ...summary,
    message: `Dry run: ${plural(report.shipped, 'event')} would be shipped${before}.${more} Nothing was shipped or saved.`,
    shipped: 0,
    wouldShip: report.shipped,
    sample: sample.map(parseExactly),
  };
}

/** Ships a window once more: whatever was delivered of it before is delivered again. */
export async function shipWindow(context: Context, { start, end }: TimeRange): Promise<Result> {
  const { runtime, stream, parts, deadline, metrics } = context;
  const counter = new HourCounter();
  const store = forgetfulStore(startingAt(start), [], (events) => {
    for (const { at } of events) counter.add(at);
  });
  const marks = await readMarks(runtime.table, stream.name);
  const settled = marks?.settled ?? stream.start;
  await parts.quarantine.expectRepeats(stream.name, start);
  // Under the live stream's name: there an operator looks for events that cannot be shipped.
  const note = async ({ quarantined }: Report) => {
    metrics.quarantined(stream.name, quarantined);
    await noteQuarantined(runtime.table, stream.name, quarantined);
  };
  const limits = { deadline, leaseMs: NO_LEASE_MS };
  const report = await ship({ ...stream, end }, { ...parts, store }, limits).catch(async (error) => {
    if (error instanceof RunFailedError) await note(error.report);
    throw error;
  });
  await note(report);
  const summary = summarize(report, runtime.clock.now());
  // Shipped is shipped: an error here would only make somebody ship it once more.
  const former = marks && countedWith(marks, queryKey(stream.query)).countedBefore.at(-1);
  // Hours of a former query are compared with what that query finds.
  const shipped = { start: Math.max(start, former?.until ?? start), end: report.watermark };
  const notCounted = await closeWindow(runtime.table, stream.name, counter.counts, shipped).then(
    () => '',
    (error) => ` The audit's counts were not updated, so it may keep reporting these hours: ${error.message}.`,
  );
  // A window that reaches into the source lag ends a little early: the live stream brings the rest.
  const rest =
    report.watermark < end
      ? ` The window was shipped up to ${summary.watermark}; for the rest give the function {"start_time": "${summary.watermark}", "end_time": "${formatInstant(end)}"${onlyFor(stream.orgId)}}.`
      : '';
  const toCome =
    report.watermark > settled
      ? ` The live stream reads from ${formatInstant(settled)} on, so it ships the later events of this range once more.`
      : '';
  const range = `${formatInstant(report.readFrom ?? start)} to ${formatInstant(end)}`;
  return {
    ...summary,
    message: `Shipped ${plural(report.shipped, 'event')} of ${range} again; those that were shipped before are now in Logz.io twice. The live checkpoint has not changed.${toCome}${notCounted}${rest}`,
  };
}

function startingAt(start: number, checkpoint = newCheckpoint(start)) {
  return { checkpoint, hourlyCounts: new Map(), quarantined: 0 };
}
