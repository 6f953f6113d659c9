/**
 * Batches log lines into bulks and sends up to four at a time, quarantines what Logz.io cannot take, and records each
 * event at the moment when it is safe: acknowledged, or in quarantine.
 */

import { type Bulk, type EventRecord, Packer } from '../logzio/bulk.ts';
import type { Deliver } from '../logzio/deliver.ts';
import type { Clock, EpochMs } from '../platform/clock.ts';
import type { Deadline } from '../platform/deadline.ts';
import { Slots } from '../platform/slots.ts';
import { LeaseLostError } from '../state/checkpoint-store.ts';
import { bytesOf } from '../state/fingerprints.ts';
import type { Quarantine } from '../state/quarantine.ts';
import type { PageMark, Progress } from './progress.ts';
import type { Report } from './report.ts';

/** Pages whose events may be on their way or acknowledged without having been saved: what a killed run repeats at most. */
export const MOST_UNSAVED_PAGES = 2;
/** Bulks and quarantine entries. */
const MOST_UNDER_WAY = 4;
/** Events quarantined together make one entry of at most this many. */
const MOST_IN_AN_ENTRY = 500;

export interface SenderParts {
  readonly clock: Clock;
  readonly deliver: Deliver;
  readonly quarantine: Pick<Quarantine, 'add'>;
}

export class Sender {
  /** The first thing that went wrong; nothing new is started after it. */
  failure: unknown;
  /** Aborted by a failure. */
  readonly failed: AbortSignal;
  readonly #parts: SenderParts;
  readonly #progress: Progress;
  readonly #report: Report;
  readonly #stop: AbortSignal;
  readonly #deadline: Deadline;
  readonly #failing = new AbortController();
  readonly #lostLease = new AbortController();
  readonly #pageSlots = new Slots(MOST_UNSAVED_PAGES);
  readonly #slots = new Slots(MOST_UNDER_WAY);
  readonly #underWay = new Set<Promise<void>>();
  /** Set with the last page: the save that ends the run follows at once. */
  #isEnding = false;
  #packer = new Packer();
  /** Events to be quarantined, by the reason. */
  #refused = new Map<string, EventRecord[]>();

  constructor(parts: SenderParts, progress: Progress, report: Report, deadline: Deadline) {
    this.#parts = parts;
    this.#progress = progress;
    this.#report = report;
    this.failed = this.#failing.signal;
    this.#stop = AbortSignal.any([deadline.stop, this.failed]);
    this.#deadline = {
      ...deadline,
      stop: this.#stop,
      // Whoever has the lease now sends these events too: what is still in flight is not waited for.
      giveUp: AbortSignal.any([deadline.giveUp, this.#lostLease.signal]),
    };
  }

  get lostLease(): boolean {
    return this.#lostLease.signal.aborted;
  }

  fail(error: unknown): void {
    this.failure ??= error;
    if (error instanceof LeaseLostError) {
      // Whatever else went wrong before matters less than that the stream is in other hands.
      this.failure = error;
      this.#lostLease.abort(error);
    }
    this.#failing.abort(error);
  }

  /** Waits until few enough pages are unsaved. @returns undefined when the run is to stop instead */
  async openPage(): Promise<PageMark | undefined> {
    return (await this.#pageSlots.acquire(this.#stop)) ? this.#progress.openPage() : undefined;
  }

  /** @returns a full bulk, which is then to be sent */
  pack(record: EventRecord, line: string): Bulk | undefined {
    return this.#packer.add(record, line);
  }

  /** Starts sending. @returns false when the run is to stop and the page will not be completed */
  async send(page: PageMark, bulk: Bulk): Promise<boolean> {
    // Whoever took over while this machine was frozen sends these events too: a save says so before anything is sent.
    if (this.#progress.leaseHasLapsed) await this.save();
    return await this.#start(page, () => this.#deliver(bulk));
  }

  /** Takes one event that cannot be shipped. @returns as `send` */
  async quarantine(page: PageMark, record: EventRecord, reason: string): Promise<boolean> {
    const alike = this.#refused.get(reason) ?? [];
    alike.push(record);
    this.#refused.set(reason, alike);
    if (alike.length < MOST_IN_AN_ENTRY) return true;
    this.#refused.delete(reason);
    return await this.#start(page, () => this.#putInQuarantine(alike, reason, 0));
  }

  /**
   * Sends the rest of the page.
   * @param readTo how far it reaches; undefined if that is unknown
   * @param isEnd no page follows
   * @returns as `send`
   */
  async closePage(page: PageMark, readTo: EpochMs | undefined, isEnd: boolean): Promise<boolean> {
    const rest = this.#packer.flush();
    if (rest && !(await this.send(page, rest))) return false;
    for (const [reason, records] of this.#refused) {
      if (!(await this.#start(page, () => this.#putInQuarantine(records, reason, 0)))) return false;
    }
    this.#refused = new Map();
    page.closed = { readTo };
    this.#isEnding = isEnd;
    this.#settle();
    return true;
  }

  /** Waits for everything under way. */
  async drain(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Saves now, e.g. to renew the lease. */
  save(): Promise<void> {
    return this.#track(this.#progress.save());
  }

  /**
   * Starts a piece of the page's work as soon as few enough are under way. A piece that fails leaves the page
   * incomplete for ever.
   */
  async #start(page: PageMark, work: () => Promise<void>): Promise<boolean> {
    if (!(await this.#slots.acquire(this.#stop))) return false;
    page.outstanding++;
    this.#track(
      work()
        .finally(() => this.#slots.release())
        .then(() => {
          page.outstanding--;
          this.#settle();
        }),
    );
    return true;
  }

  #track(work: Promise<void>): Promise<void> {
    const tracked = work.catch((error) => this.fail(error)).finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
    return tracked;
  }

  #settle(): void {
    const settledPages = this.#progress.settlePages();
    const mustSave = settledPages > 0 && !this.#isEnding;
    if (!mustSave && !this.#progress.saveIsDue) return;
    this.#track(
      this.#progress.save().then(() => {
        for (let page = 0; page < settledPages; page++) this.#pageSlots.release();
      }),
    );
  }

  async #deliver(bulk: Bulk): Promise<void> {
    const shortened = bulk.records.filter((record) => record.shortened);
    if (shortened.length > 0) await this.#keepOriginals(shortened);
    const report = this.#report;
    const delivery = await this.#parts.deliver(bulk, this.#deadline, {
      onSent: (bytes, gzippedBytes) => {
        report.bulks++;
        report.bulkBytes += bytes;
        report.gzippedBytes += gzippedBytes;
      },
      onRetry: () => {
        report.retries++;
      },
      // Record each half of a split bulk at once, so that a save in between includes it.
      onAcknowledged: (records) => {
        this.#progress.record(records);
        report.shipped += records.length;
        report.shortened += records.filter((record) => record.shortened).length;
      },
      onPossibleRepeat: (lines) => {
        report.possibleRepeats += lines;
      },
    });
    for (const { records, reason, taken } of delivery.refused) await this.#putInQuarantine(records, reason, taken);
    if ('failure' in delivery) throw delivery.failure;
  }

  async #putInQuarantine(records: readonly EventRecord[], reason: string, taken: number): Promise<void> {
    // Keep a partially accepted bulk in one entry: the accepted lines are unknown.
    const size = taken > 0 ? records.length : MOST_IN_AN_ENTRY;
    for (let first = 0; first < records.length; first += size) {
      const part = records.slice(first, first + size);
      const originals = part.map(({ original }) => original);
      const at = this.#parts.clock.now();
      await this.#parts.quarantine.add(this.#report.stream, {
        class: 'waiting',
        reason,
        at,
        originals,
        key: bytesOf(part.map(({ fingerprint }) => fingerprint)).toString('base64'),
        taken,
      });
      this.#progress.record(part);
      this.#report.quarantined += part.length;
      // Also where the entry was there before: a run that died may have put it there without saving that it did.
      this.#progress.quarantined += part.length;
    }
  }

  /** Before they are sent: once a shortened event is acknowledged, nobody would ask JumpCloud for the whole one again. */
  async #keepOriginals(records: readonly EventRecord[]): Promise<void> {
    await this.#parts.quarantine.add(this.#report.stream, {
      class: 'shortened',
      reason: 'something is missing in the log: see its shortened_fields',
      at: this.#parts.clock.now(),
      originals: records.map(({ original }) => original),
      taken: records.length,
    });
  }
}
