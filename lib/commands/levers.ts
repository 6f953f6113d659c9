/** What an operator can ask of the function by hand, each a manual invoke. */

import { createCountEvents } from '../jumpcloud/count.ts';
import { createReadPages } from '../jumpcloud/pages.ts';
import { queryKey } from '../jumpcloud/query.ts';
import type { EpochMs } from '../platform/clock.ts';
import type { Deadline } from '../platform/deadline.ts';
import { formatInstant } from '../platform/instant.ts';
import { plural } from '../platform/plural.ts';
import { parseExactly } from '../shape/numbers.ts';
import { countedWith, newCheckpoint } from '../ship/checkpoint.ts';
import { ship } from '../ship/ship.ts';
import type { Stream } from '../ship/stream.ts';
import { forgetfulStore, heldMessage } from '../state/checkpoint-store.ts';
import { sweepChunks } from '../state/delivered-chunks.ts';
import { createDynamoDbStore, peek } from '../state/dynamodb-store.ts';
import { HOUR_MS, readHourlyCounts, WindowCounts } from '../state/hourly-counts.ts';
import { createQuarantine, noQuarantine } from '../state/quarantine.ts';
import { countFitting } from './answer-room.ts';
import { audit, type HourDifference } from './audit.ts';
import { samplingDeliver } from './dry-run.ts';
import type { TimeRange } from './input.ts';
import type { Result } from './invocation.ts';
import { liveStream, liveStreamName } from './live-stream.ts';
import { replayQuarantine } from './replay.ts';
import { rewind } from './rewind.ts';
import { askFor, metricsOf, partsFor, type Runtime } from './runtime.ts';
import { asFields, summarize } from './summary.ts';

/** A window by hand needs no lease: it has a checkpoint of its own, which nobody else knows. */
const NO_LEASE_MS = 24 * 3_600_000;

/** Reads, shapes and counts; ships and saves nothing. */
export async function dryRun(
  runtime: Runtime,
  orgId: string | undefined,
  window: TimeRange | undefined,
  deadline: Deadline,
): Promise<Result> {
  const { deliver, sample } = samplingDeliver();
  const live = liveStream(runtime.config, orgId, runtime.clock.now());
  const seen = window ? undefined : await peek(runtime.table, live.name);
  const checkpoint = window ? newCheckpoint(window.start) : (seen?.checkpoint ?? newCheckpoint(live.start));
  const store = forgetfulStore({ checkpoint, hourlyCounts: new Map(), quarantined: 0 }, seen?.delivered);
  const stream = window ? { ...live, end: window.end } : live;
  const report = await ship(
    stream,
    { ...partsFor(runtime, orgId), deliver, store, quarantine: noQuarantine },
    { deadline, leaseMs: NO_LEASE_MS },
  );
  const summary = summarize(report, runtime.clock.now());
  const wouldShip = report.shipped;
  return {
    ...summary,
    message: `Dry run: ${plural(wouldShip, 'event')} would be shipped, ${report.alreadyDelivered} were delivered before; nothing was shipped or saved.`,
    shipped: 0,
    wouldShip,
    sample: sample.map(parseExactly),
  };
}

/** Ships a window once more, whatever was delivered of it before, without touching the live checkpoint. */
export async function shipWindow(
  runtime: Runtime,
  orgId: string | undefined,
  window: TimeRange,
  deadline: Deadline,
): Promise<Result> {
  const live = liveStream(runtime.config, orgId, runtime.clock.now());
  // Its events that cannot be shipped are put aside under the live stream, where an operator looks.
  const stream: Stream = { ...live, end: window.end };
  const counts = new WindowCounts();
  const state = { checkpoint: newCheckpoint(window.start), hourlyCounts: new Map(), quarantined: 0 };
  const store = forgetfulStore(state, [], (events) => counts.add(events));
  const report = await ship(stream, { ...partsFor(runtime, orgId), store }, { deadline, leaseMs: NO_LEASE_MS });
  const summary = summarize(report, runtime.clock.now());
  metricsOf(runtime).quarantined(live.name, report.quarantined);
  // Shipped is shipped: an error here would only make somebody ship it once more.
  const untold = await counts.close(runtime.table, live.name, window.start, report.watermark).then(
    () => '',
    (error) => ` The audit could not be told of it, and may go on reporting these hours: ${error.message}.`,
  );
  const range = `${formatInstant(report.readFrom ?? window.start)} to ${formatInstant(window.end)}`;
  // A window that reaches into the source lag ends a little early: the live stream brings the rest.
  const rest =
    report.watermark < window.end
      ? ` The window was shipped up to ${summary.watermark}; for the rest invoke with {"start_time": "${summary.watermark}", "end_time": "${formatInstant(window.end)}"}.`
      : '';
  return {
    ...summary,
    message: `Shipped ${plural(report.shipped, 'event')} of ${range} again; what had been delivered of them before is in Logz.io twice. The live checkpoint is untouched.${untold}${rest}`,
  };
}

export async function rewindStream(
  runtime: Runtime,
  orgId: string | undefined,
  to: EpochMs,
  deadline: Deadline,
): Promise<Result> {
  const { clock, config } = runtime;
  const stream = liveStream(config, orgId, clock.now());
  const done = await rewind(createDynamoDbStore(runtime.table, runtime.random), stream.name, to, clock);
  if ('heldUntil' in done)
    return { message: `Not rewound: ${heldMessage(stream.name, done.heldUntil)}. Invoke again after that.` };
  if ('begins' in done)
    return {
      message: `${stream.name} had no checkpoint yet: it begins at ${formatInstant(done.begins)}, and the next runs ship everything from there on.`,
    };
  if ('nothingToDo' in done)
    return {
      message: `Nothing to rewind: ${stream.name} reads from ${formatInstant(done.nothingToDo)} on, which is not later than ${formatInstant(to)}.`,
    };
  const repeats = await createCountEvents(askFor(runtime, orgId), runtime)(
    stream.query,
    { start: to, end: done.settledBefore },
    { deadline, onRetry: () => undefined },
  ).then(
    (events) => `about ${plural(events, 'event')}`,
    () => 'an unknown number of events',
  );
  const message = `Rewound ${stream.name} to ${formatInstant(to)}. The next runs ship ${repeats} between then and ${formatInstant(done.settledBefore)} again: those that were shipped before will be in Logz.io twice.`;
  return { message, rewoundTo: formatInstant(to), settledBefore: formatInstant(done.settledBefore) };
}

export async function replay(
  runtime: Runtime,
  orgId: string | undefined,
  ids: readonly string[],
  deadline: Deadline,
  roomBytes: number,
): Promise<Result> {
  const stream = liveStreamName(orgId);
  const quarantine = createQuarantine(runtime.table, runtime.compression);
  const entries = await replayQuarantine(
    stream,
    ids,
    { ...partsFor(runtime, orgId), random: runtime.random, quarantine },
    deadline,
  );
  const shipped = entries.filter(({ outcome }) => outcome === 'shipped');
  const repeats = entries.reduce((sum, { mayRepeat }) => sum + mayRepeat, 0);
  const missing = ids.filter((id) => !entries.some((entry) => entry.id === id));
  const none = missing.length > 0 ? ` There is no entry ${missing.join(', ')}.` : '';
  const shown = entries.slice(0, countFitting(entries, roomBytes));
  const more =
    shown.length < entries.length
      ? ` Only the first ${shown.length} are under entries; {"quarantine": "list"} shows what is left.`
      : '';
  return {
    message: `Replayed ${plural(entries.length, 'entry', 'entries')} of ${stream}: ${shipped.length} shipped, ${entries.length - shipped.length} still in quarantine. Up to ${plural(repeats, 'event')} may now be in Logz.io twice.${none}${more}`,
    stream,
    entries: shown,
  };
}

/**
 * For how long an hour of which JumpCloud has fewer events than were shipped is measured. Nothing can be done about it, and
 * an alarm that it kept ringing could not ring for a hole. A day, and a few hours more for an audit that is late.
 */
const FEWER_MEASURED_MS = 30 * HOUR_MS;

export async function auditStream(runtime: Runtime, orgId: string | undefined, deadline: Deadline): Promise<Result> {
  const { clock, config, table, log } = runtime;
  const stream = liveStream(config, orgId, clock.now());
  const state = await peek(table, stream.name);
  if (!state) return { message: `${stream.name} has no checkpoint yet: there is nothing to audit.` };
  await sweepChunks(table, stream.name, state.checkpoint.settled);
  const ask = askFor(runtime, orgId);
  const parts = {
    clock,
    countEvents: createCountEvents(ask, runtime),
    readPages: createReadPages(ask, runtime),
    readHourlyCounts: (from: EpochMs, to: EpochMs) => readHourlyCounts(table, stream.name, from, to),
  };
  const { differences, ...result } = await audit(
    countedWith(state.checkpoint, queryKey(stream.query)),
    stream.query,
    parts,
    deadline,
  );
  const off = differences.map(({ hour, ...counts }) => ({ hour: formatInstant(hour), ...counts }));
  const difference = eventsIn(differences);
  const measured = differences.filter(
    ({ hour, atJumpCloud, shipped }) => atJumpCloud > shipped || hour >= state.checkpoint.settled - FEWER_MEASURED_MS,
  );
  const waiting = await createQuarantine(table, runtime.compression).countWaiting(stream.name);
  // An audit that was cut short must not pass for one that found nothing: the alarm tells when none comes to its end.
  if (result.unchecked === 0 || measured.length > 0) metricsOf(runtime).audit(stream.name, eventsIn(measured), waiting);
  else metricsOf(runtime).quarantined(stream.name, waiting);
  const answer = {
    message: `Audit of ${stream.name}: ${verdictOn(result, off.length, difference)}`,
    stream: stream.name,
    ...result,
    waitingInQuarantine: waiting,
    differences: off,
  };
  if (off.length > 0) log.error('audit', asFields(answer, answer.message));
  else if (result.unchecked > 0) log.warn('audit', asFields(answer, answer.message));
  else log.info('audit', asFields(answer, answer.message));
  return answer;
}

function eventsIn(differences: readonly HourDifference[]): number {
  return differences.reduce((sum, { atJumpCloud, shipped }) => sum + Math.abs(atJumpCloud - shipped), 0);
}

function verdictOn(
  { hours, unchecked }: { hours: number; unchecked: number },
  off: number,
  difference: number,
): string {
  const rest =
    unchecked === 0
      ? ''
      : ` Its time was over before ${plural(unchecked, 'more hour')} could be compared; the next audit tries them again.`;
  if (off > 0)
    return `${off} of ${hours} settled hours differ from JumpCloud's count, by ${plural(difference, 'event')}. To ship such an hour again invoke with its start_time and end_time.${rest}`;
  if (hours > 0) return `${unchecked > 0 ? '' : 'all '}${hours} settled hours hold what JumpCloud counts.${rest}`;
  if (unchecked > 0) return `nothing was compared.${rest}`;
  return 'there is nothing to compare: no whole hour of the last 14 days is settled since the stream began, was set back, or was given another filter.';
}
