/**
 * The shipping loop, the only one there is: it takes one stream from one checkpoint to the next.
 *
 * What it promises:
 * 1. Nothing is lost: the checkpoint moves past an event only after Logz.io acknowledged it or
 * quarantine holds it.
 * 2. Late events arrive too: what is younger than the allowed lateness is read again, run after
 * run, until it is settled.
 * 3. Nothing is shipped twice: a delivered event is remembered by its fingerprint until it is
 * settled. A killed run repeats at most what it sent since its last save, which is at most two
 * pages. A bulk without an answer may arrive twice.
 *
 * A lease keeps a second run of the same stream out, and a run that has lost it cannot save.
 */
import type { ReadPages } from '../jumpcloud/pages.ts';
import { queryKey } from '../jumpcloud/query.ts';
import type { Deliver } from '../logzio/deliver.ts';
import type { Deadline } from '../platform/deadline.ts';
import type { Clock } from '../platform/outside.ts';
import type { Redact } from '../shape/private-fields.ts';
import type { Shape } from '../shape/shape.ts';
import type { CheckpointStore, HeldStream } from '../state/checkpoint.ts';
import type { Quarantine } from '../state/quarantine.ts';
import { countedWith } from './checkpoint.ts';
import { InFlight } from './in-flight.ts';
import { type Outcome, readWindow } from './read-window.ts';
import { Report, RunFailedError } from './report.ts';
import { RunSignals } from './run-signals.ts';
import { Sender } from './sender.ts';
import type { Stream } from './window.ts';

/** Everything a run touches outside itself. */
export interface ShipParts {
  readonly clock: Clock;
  readonly readPages: ReadPages;
  readonly deliver: Deliver;
  readonly store: CheckpointStore;
  readonly quarantine: Pick<Quarantine, 'add' | 'countWaiting'>;
  readonly shape: Shape;
  /** Absent where no field is to be dropped or hashed. @throws SecretError */
  readonly redact?: () => Promise<Redact>;
  /** Called with the numbers so far, once a page and at the end. */
  readonly onProgress?: (report: Readonly<Report>) => void;
}

export interface RunLimits {
  readonly deadline: Deadline;
  /** How long the lease is taken for; one that is shorter than the run is renewed. */
  readonly leaseMs: number;
}

/** What the parts of a run share. */
export interface Run {
  readonly stream: Stream;
  readonly parts: ShipParts;
  readonly report: Report;
  readonly signals: RunSignals;
  readonly inFlight: InFlight;
  readonly sender: Sender;
  showProgress(): void;
}

/**
 * Runs `stream` once: until it is caught up, or the deadline is near.
 *
 * @throws RunFailedError when something went wrong, after everything that could be saved was saved
 */
export async function ship(stream: Stream, parts: ShipParts, limits: RunLimits): Promise<Report> {
  const report = new Report(stream.name, parts.clock.now());
  const { startedAt } = report;
  const acquired = await parts.store.acquire(stream.name, stream.start, startedAt, startedAt + limits.leaseMs);
  if ('heldUntil' in acquired) {
    report.heldUntil = acquired.heldUntil;
    return report;
  }
  const { held } = acquired;
  report.isNew = held.isNew;
  const { watermark, settled, countedFor } = held.checkpoint;
  // What only another query finds is not late: no run could have read it.
  report.readBefore = countedFor === queryKey(stream.query) ? watermark : settled;
  const run = begin({ stream, parts, report, limits }, held);
  const outcome = await readAndSend(run);
  const { inFlight, signals } = run;
  if (!signals.hasLostLease) await inFlight.finish().catch((error) => signals.fail(error));
  run.showProgress();
  report.caughtUp = outcome?.kind === 'end';
  report.moved = report.shipped + report.quarantined > 0 || report.watermark > watermark;
  report.done = stream.end !== undefined && report.settled >= stream.end;
  // Every further run would stop here too, so fail loudly.
  if (outcome?.kind === 'no next page' && !report.moved) signals.fail(outcome.error);
  if (signals.failure !== undefined) throw new RunFailedError(report, signals.failure);
  return report;
}

type Beginning = Pick<Run, 'stream' | 'parts' | 'report'> & { readonly limits: RunLimits };

function begin({ stream, parts, report, limits }: Beginning, held: HeldStream): Run {
  const counted = { ...held, checkpoint: countedWith(held.checkpoint, queryKey(stream.query)) };
  const signals = new RunSignals(limits.deadline);
  const { leaseMs } = limits;
  const lease = { leaseMs, leaseUntil: report.startedAt + leaseMs };
  const inFlight = new InFlight(counted, { ...lease, signals, clock: parts.clock, end: stream.end });
  const shared = { stream, parts, report, signals, inFlight };
  return {
    ...shared,
    sender: new Sender(shared),
    showProgress() {
      const { checkpoint, quarantined: waitingInQuarantine, counter } = inFlight;
      const { began, settled, watermark } = checkpoint;
      Object.assign(report, { began, settled, watermark, waitingInQuarantine, deliveredInAll: counter.total });
      parts.onProgress?.(report);
    },
  };
}

/**
 * Every end is the same: nothing new begins, what is in flight is waited for.
 * @returns undefined when it failed
 */
async function readAndSend(run: Run): Promise<Outcome | undefined> {
  const { stream, parts, signals, inFlight } = run;
  const renewing = inFlight.renewLease();
  let outcome: Outcome | undefined;
  try {
    // A count from an earlier run may be out of date: people replay, and entries expire.
    if (inFlight.quarantined > 0) inFlight.quarantined = await parts.quarantine.countWaiting(stream.name);
    outcome = await readWindow(run);
  } catch (error) {
    signals.fail(error);
  }
  signals.endReading();
  await inFlight.drain();
  signals.endSending();
  await renewing;
  return outcome;
}
