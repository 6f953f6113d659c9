/**
 * A run's way out: packs logs into bulks, has a few of them under way, puts aside what Logz.io cannot take, and records
 * each event at the moment when it is safe: acknowledged, or in quarantine.
 */

import { type Bulk, type Line, originalOf, Packer, type Parcel } from '../logzio/bulk.ts';
import type { Deliver } from '../logzio/deliver.ts';
import { giveBack } from '../memory.ts';
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
const MOST_BULKS_UNDER_WAY = 4;
/** Events put aside together make one entry of at most this many. */
const MOST_IN_AN_ENTRY = 500;

export interface OutboxParts {
  readonly clock: Clock;
  readonly deliver: Deliver;
  readonly quarantine: Pick<Quarantine, 'add'>;
}

export class Outbox {
  /** The first thing that went wrong; nothing new is started after it. */
  failure: unknown;
  /** Aborted by a failure. */
  readonly failed: AbortSignal;
  readonly #parts: OutboxParts;
  readonly #progress: Progress;
  readonly #report: Report;
  readonly #stop: AbortSignal;
  readonly #deadline: Deadline;
  readonly #failing = new AbortController();
  readonly #lostLease = new AbortController();
  readonly #pageSlots = new Slots(MOST_UNSAVED_PAGES);
  readonly #bulkSlots = new Slots(MOST_BULKS_UNDER_WAY);
  readonly #underWay = new Set<Promise<void>>();
  /** Set with the last page: the save that ends the run follows at once. */
  #isEnding = false;
  #packer = new Packer();
  #putAside = new Map<string, Parcel[]>();

  constructor(parts: OutboxParts, progress: Progress, report: Report, deadline: Deadline) {
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
  async openPage(body: Buffer): Promise<PageMark | undefined> {
    return (await this.#pageSlots.acquire(this.#stop)) ? this.#progress.openPage(body) : undefined;
  }

  /** Takes one log on its way. @returns false when the run is to stop and the page will not be completed */
  add(page: PageMark, parcel: Parcel, line: Line): true | Promise<boolean> {
    const full = this.#packer.add(parcel, line);
    return full ? this.#send(page, full) : true;
  }

  /** Takes one event that cannot be shipped. */
  putAside(parcel: Parcel, reason: string): void {
    const alike = this.#putAside.get(reason);
    if (alike) alike.push(parcel);
    else this.#putAside.set(reason, [parcel]);
  }

  /**
   * Sends the rest of the page.
   * @param readTo how far it reaches; undefined if that is unknown
   * @param isEnd no page follows
   * @returns as `add`
   */
  async closePage(page: PageMark, readTo: EpochMs | undefined, isEnd: boolean): Promise<boolean> {
    const rest = this.#packer.flush();
    if (rest && !(await this.#send(page, rest))) return false;
    for (const [reason, parcels] of this.#putAside) {
      this.#begin(page, () => this.#quarantine(parcels, `${reason}`, 0));
    }
    this.#putAside = new Map();
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

  async #send(page: PageMark, bulk: Bulk): Promise<boolean> {
    // Whoever took over while this machine was frozen sends these events too: a save tells, before anything is sent.
    if (this.#progress.leaseHasLapsed) await this.save();
    if (!(await this.#bulkSlots.acquire(this.#stop))) return false;
    const finish = () => {
      giveBack(bulk.body);
      this.#bulkSlots.release();
    };
    this.#begin(page, () => this.#deliver(bulk).finally(finish));
    return true;
  }

  /** Starts a piece of the page's work; a piece that fails leaves the page forever incomplete. */
  #begin(page: PageMark, work: () => Promise<void>): void {
    page.outstanding++;
    this.#track(
      work().then(() => {
        page.outstanding--;
        this.#settle();
      }),
    );
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
    const shortened = bulk.parcels.filter((parcel) => parcel.shortened);
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
      // Not when the whole bulk is done: of one that had to be split, the first half would miss the saves in between.
      onAcknowledged: (parcels) => {
        this.#progress.record(parcels);
        report.shipped += parcels.length;
        report.shortened += parcels.filter((parcel) => parcel.shortened).length;
      },
      onPossibleRepeat: (lines) => {
        report.possibleRepeats += lines;
      },
    });
    for (const { parcels, reason, taken } of delivery.refused) await this.#quarantine(parcels, reason, taken);
    if ('failure' in delivery) throw delivery.failure;
  }

  async #quarantine(parcels: readonly Parcel[], reason: string, taken: number): Promise<void> {
    // What was taken in part stays together: nobody knows which lines they were.
    const size = taken > 0 ? parcels.length : MOST_IN_AN_ENTRY;
    for (let first = 0; first < parcels.length; first += size) {
      const part = parcels.slice(first, first + size);
      const originals = part.map(originalOf);
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
  async #keepOriginals(parcels: readonly Parcel[]): Promise<void> {
    await this.#parts.quarantine.add(this.#report.stream, {
      class: 'shortened',
      reason: "shortened to Logz.io's limits",
      at: this.#parts.clock.now(),
      originals: parcels.map(originalOf),
      taken: parcels.length,
    });
  }
}
