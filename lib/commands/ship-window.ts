/** `{"start_time": …, "end_time": …}`: ships a window once more, beside the live checkpoint. */
import { plural } from '../platform/messages.ts';
import { DAY_MS, formatInstant, type TimeRange } from '../platform/time.ts';
import { newCheckpoint } from '../ship/checkpoint.ts';
import { ship } from '../ship/ship.ts';
import type { Stream } from '../ship/window.ts';
import { forgetfulStore } from '../state/checkpoint.ts';
import { readMarks } from '../state/dynamodb-store.ts';
import { WindowCounts } from '../state/hourly-counts.ts';
import type { Context, Result } from './context.ts';
import { liveStream } from './live-stream.ts';
import { metricsOf, partsFor } from './runtime.ts';
import { summarize } from './summary.ts';

/** A window by hand needs no lease: its checkpoint is its own, and nobody else knows it. */
const NO_LEASE_MS = DAY_MS;

/** Whatever was delivered of the window before is delivered again. */
export async function shipWindow({ runtime, orgId, deadline }: Context, window: TimeRange): Promise<Result> {
  const live = liveStream(runtime.config, orgId, runtime.clock.now());
  // Its events that cannot be shipped go where an operator looks: under the live stream.
  const stream: Stream = { ...live, end: window.end };
  const counts = new WindowCounts();
  const state = { checkpoint: newCheckpoint(window.start), hourlyCounts: new Map(), quarantined: 0 };
  const store = forgetfulStore(state, [], (events) => counts.add(events));
  const settled = (await readMarks(runtime.table, live.name))?.settled ?? Number.POSITIVE_INFINITY;
  const report = await ship(stream, { ...partsFor(runtime, orgId), store }, { deadline, leaseMs: NO_LEASE_MS });
  const summary = summarize(report, runtime.clock.now());
  metricsOf(runtime).quarantined(live.name, report.quarantined);
  // Shipped is shipped: an error here would only make somebody ship it once more.
  const untold = await counts.close(runtime.table, live.name, window.start, report.watermark).then(
    () => '',
    (error) => ` The audit's counts were not updated, so it may keep reporting these hours: ${error.message}.`,
  );
  const range = `${formatInstant(report.readFrom ?? window.start)} to ${formatInstant(window.end)}`;
  // A window that reaches into the source lag ends a little early: the live stream brings the rest.
  const rest =
    report.watermark < window.end
      ? ` The window was shipped up to ${summary.watermark}; for the rest invoke with {"start_time": "${summary.watermark}", "end_time": "${formatInstant(window.end)}"}.`
      : '';
  const toCome =
    report.watermark > settled
      ? ` The live stream reads from ${formatInstant(settled)} on. What it had not delivered of them yet, it delivers as well.`
      : '';
  return {
    ...summary,
    message: `Shipped ${plural(report.shipped, 'event')} of ${range} again; what had been delivered of them before is in Logz.io twice. The live checkpoint is untouched.${toCome}${untold}${rest}`,
  };
}
