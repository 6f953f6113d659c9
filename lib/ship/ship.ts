/**
 * The shipping loop, the only one there is: it takes one stream from one checkpoint to the next.
 *
 * What it promises:
 * 1. Nothing is lost: the checkpoint moves past an event only after Logz.io acknowledged it or quarantine holds it.
 * 2. Late events arrive too: what is younger than the allowed lateness is read again, run after run, until it is settled.
 * 3. Nothing is shipped twice: what was delivered is remembered by its fingerprint until it is settled. A run that dies
 *    repeats at most what it sent since its last save, which is at most two pages; a send without an answer may add a copy.
 *
 * A lease keeps a second run of the same stream out, and a run that has lost it cannot save.
 */
import type { Page } from '../jumpcloud/page.ts';
import { noNextPageError, type Query, queryKey, type ReadPages } from '../jumpcloud/pages.ts';
import { type EventRecord, LARGEST_LINE_BYTES } from '../logzio/bulk.ts';
import type { Clock, EpochMs } from '../platform/clock.ts';
import type { Deadline } from '../platform/deadline.ts';
import { toOriginal } from '../shape/original.ts';
import type { Shape, ShapedLog } from '../shape/shape.ts';
import type { CheckpointStore } from '../state/checkpoint-store.ts';
import type { Quarantine } from '../state/quarantine.ts';
import { countedWith } from './checkpoint.ts';
import { EventFilter, type Examined } from './event-filter.ts';
import { Progress } from './progress.ts';
import { newReport, type Report } from './report.ts';
import { Sender, type SenderParts } from './sender.ts';
import { isEmpty, readTime, type Window, windowAt } from './window.ts';
import { readWindow } from './window-pages.ts';

/** What one checkpoint follows. */
export interface Stream {
  readonly name: string;
  /** Where it begins when it has no checkpoint yet. */
  readonly start: EpochMs;
  /** Exclusive; absent for live events, which have no end. */
  readonly end?: EpochMs;
  readonly query: Query;
  readonly sourceLagMs: number;
  readonly allowedLatenessMs: number;
}

/** Everything a run touches outside itself. */
export interface ShipParts extends SenderParts {
  readonly clock: Clock;
  readonly readPages: ReadPages;
  readonly store: CheckpointStore;
  readonly quarantine: Pick<Quarantine, 'add' | 'countWaiting'>;
  readonly shape: Shape;
  /** Called with the numbers so far, once a page and at the end. */
  readonly onProgress?: (report: Readonly<Report>) => void;
}

export interface RunLimits {
  readonly deadline: Deadline;
  /** How long the lease is taken for; one that is shorter than the run is renewed. */
  readonly leaseMs: number;
}

/** The run could not do its work; what it had done is saved, and the next run goes on from there. */
export class RunFailedError extends Error {
  override readonly name = 'RunFailedError';
  readonly report: Report;

  constructor(report: Report, cause: unknown) {
    super(`${report.stream}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.report = report;
  }
}

/** Between so many events whatever else is under way gets its turn: a bulk, a save, and above all the request for the next page. */
const EVENTS_AT_A_STRETCH = 500;

/**
 * Runs `stream` once: until it is caught up, or the deadline is near.
 *
 * @throws RunFailedError when something went wrong, after everything that could be saved was saved
 */
export async function ship(stream: Stream, parts: ShipParts, limits: RunLimits): Promise<Report> {
  const startedAt = parts.clock.now();
  const report = newReport(stream.name, startedAt);
  const leaseUntil = startedAt + limits.leaseMs;
  const acquired = await parts.store.acquire(stream.name, stream.start, startedAt, leaseUntil);
  if ('heldUntil' in acquired) {
    report.heldUntil = acquired.heldUntil;
    return report;
  }
  report.isNew = acquired.held.isNew;
  const checkpoint = countedWith(acquired.held.checkpoint, queryKey(stream.query));
  const held = { ...acquired.held, checkpoint, leaseUntil };
  const progress = new Progress(held, parts.clock, limits.leaseMs, stream.allowedLatenessMs, stream.end);
  const sender = new Sender(parts, progress, report, limits.deadline);
  const showProgress = () => {
    const { checkpoint, quarantined: waitingInQuarantine, deliveredInAll } = progress;
    Object.assign(report, checkpoint, { waitingInQuarantine, deliveredInAll });
    parts.onProgress?.(report);
  };

  let lastPage: Page | undefined;
  const finished = new AbortController();
  const drained = new AbortController();
  const renewing = renewLease(parts.clock, limits.leaseMs, sender, drained.signal);
  try {
    // A count from an earlier run may be out of date: people replay, and entries expire.
    if (progress.quarantined > 0) progress.quarantined = await parts.quarantine.countWaiting(stream.name);
    lastPage = await readAndShip(stream, parts, limits.deadline, {
      startedAt,
      report,
      progress,
      sender,
      finished: finished.signal,
      showProgress,
    });
  } catch (error) {
    sender.fail(error);
  }
  // Every end of a run is the same: nothing new is started, what is in flight is waited for, and all of it is saved.
  finished.abort();
  await sender.drain();
  drained.abort();
  await renewing;
  progress.settlePages();
  report.moved = report.shipped + report.quarantined > 0 || progress.checkpoint.watermark > held.checkpoint.watermark;
  // The next run would find the same, and the one after it: that is for a person to hear of.
  if (lastPage && !report.moved) sender.fail(noNextPageError(lastPage));
  if (!sender.lostLease) await progress.finish().catch((error) => sender.fail(error));
  showProgress();
  report.done = stream.end !== undefined && report.settled >= stream.end;
  if (sender.failure !== undefined) throw new RunFailedError(report, sender.failure);
  return report;
}

interface RunState {
  readonly startedAt: EpochMs;
  readonly report: Report;
  readonly progress: Progress;
  readonly sender: Sender;
  readonly finished: AbortSignal;
  readonly showProgress: () => void;
}

/** What was seen before this run: whatever is new in it came later than they asked. */
interface RunsBefore {
  readonly readTo: EpochMs;
  /** At least one of them asked then, or later. */
  readonly askedAt: EpochMs;
}

/** @returns the page after which JumpCloud named no next one, although the window does not end there */
async function readAndShip(
  stream: Stream,
  parts: ShipParts,
  deadline: Deadline,
  run: RunState,
): Promise<Page | undefined> {
  const { report, progress, sender } = run;
  const { settled, watermark } = progress.checkpoint;
  const before = { readTo: watermark, askedAt: watermark + stream.sourceLagMs };
  // Asked for by our clock; once the first answer has told JumpCloud's, the earlier of the two is enforced below.
  const asked = windowAt(settled, run.startedAt, stream.sourceLagMs, stream.end);
  if (isEmpty(asked)) {
    report.caughtUp = true;
    return undefined;
  }
  const reading: Deadline = { ...deadline, stop: AbortSignal.any([deadline.stop, sender.failed, run.finished]) };
  const pages = readWindow(parts.readPages, stream.query, asked, reading, report);
  let window: Window | undefined;
  let filter: EventFilter | undefined;
  let last: Page | undefined;
  for await (const page of pages) {
    if (!window || !filter) {
      const readAt = readTime(run.startedAt, page.serverNow);
      progress.readAt(readAt);
      window = windowAt(settled, readAt, stream.sourceLagMs, stream.end);
      filter = new EventFilter(window, progress.delivered);
    }
    const completed = await shipPage(page, window, filter, parts, before, run);
    run.showProgress();
    if (completed === 'stopped') return undefined;
    if (completed === 'end of window') {
      report.caughtUp = true;
      return undefined;
    }
    last = page;
  }
  return last?.searchAfter === undefined ? last : undefined;
}

async function shipPage(
  page: Page,
  window: Window,
  filter: EventFilter,
  { shape, clock }: Pick<ShipParts, 'shape' | 'clock'>,
  before: RunsBefore,
  { report, sender }: RunState,
): Promise<'done' | 'stopped' | 'end of window'> {
  const mark = await sender.openPage();
  if (!mark) return 'stopped';
  let lastInstant: EpochMs | undefined;
  let untilBreak = 0;
  for (const raw of page.events()) {
    if (untilBreak-- === 0) {
      await clock.turn();
      untilBreak = EVENTS_AT_A_STRETCH;
    }
    const examined = filter.examine(raw);
    if (examined.kind !== 'quarantine' || examined.dated) lastInstant = examined.at ?? lastInstant;
    if (examined.kind === 'outside') continue;
    report.eventsRead++;
    if (examined.kind === 'delivered') {
      report.alreadyDelivered++;
      continue;
    }
    const { fingerprint, at } = examined;
    const log = toLog(examined, shape);
    const record: EventRecord = {
      fingerprint,
      at,
      original: toOriginal(raw),
      shortened: 'shortened' in log && log.shortened.length > 0,
      dated: examined.kind === 'new' || examined.dated,
    };
    if ('reason' in log) {
      if (!(await sender.quarantine(mark, record, log.reason))) return 'stopped';
      continue;
    }
    if (at < before.readTo) {
      report.late++;
      report.greatestLatenessMs = Math.max(report.greatestLatenessMs, before.askedAt - at);
    }
    const full = sender.pack(record, log.line);
    if (full && !(await sender.send(mark, full))) return 'stopped';
  }
  const isEnd = page.isLast || (lastInstant !== undefined && lastInstant >= window.end);
  const readTo = isEnd ? window.end : lastInstant;
  if (!(await sender.closePage(mark, readTo, isEnd))) return 'stopped';
  return isEnd ? 'end of window' : 'done';
}

/** The event's log, or why there can be none. */
function toLog(
  examined: Extract<Examined, { kind: 'new' | 'quarantine' }>,
  shape: Shape,
): ShapedLog | { readonly reason: string } {
  if (examined.kind === 'quarantine') return examined;
  try {
    const log = shape(examined.event);
    const isShort = log.line.length * 3 <= LARGEST_LINE_BYTES || Buffer.byteLength(log.line) <= LARGEST_LINE_BYTES;
    return isShort ? log : { reason: `a line over ${LARGEST_LINE_BYTES} bytes` };
  } catch (error) {
    return { reason: `cannot be shaped (${error instanceof Error ? error.message : error})` };
  }
}

/** Saves often enough that the lease never lapses while the run is alive, also while it waits for its last bulks. */
async function renewLease(clock: Clock, leaseMs: number, sender: Sender, drained: AbortSignal): Promise<void> {
  while (!drained.aborted && !sender.lostLease) {
    await clock.timer(leaseMs / 3, drained).catch(() => undefined);
    if (!drained.aborted && !sender.lostLease) await sender.save();
  }
}
