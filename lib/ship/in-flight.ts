/**
 * The pages whose events are on their way: which of them are done, what that moves, and what is
 * saved of it.
 *
 * Acknowledgements come in any order. The checkpoint moves over a page only when all of it is
 * acknowledged or quarantined, and all pages before it are.
 */
import type { EventRecord } from '../logzio/bulk.ts';
import type { Clock } from '../platform/outside.ts';
import { Slots } from '../platform/slots.ts';
import type { EpochMs } from '../platform/time.ts';
import type { Checkpoint, HeldStream } from '../state/checkpoint.ts';
import type { DeliveredEvent } from '../state/fingerprints.ts';
import { HourCounter } from '../state/hourly-counts.ts';
import { advance, type Progress } from './checkpoint.ts';
import { Delivered } from './delivered.ts';
import type { RunSignals } from './run-signals.ts';

/** What a run that is killed repeats at most: the events of so many pages. */
export const MOST_UNSAVED_PAGES = 2;
/** While a page takes long, what was delivered of it is saved this often. */
const SAVE_EVERY_MS = 10_000;

export interface InFlightPage {
  /** Bulks and quarantine entries that are not done yet. */
  outstanding: number;
  /** Set when all of its events are given out. */
  closed: { readonly progress: Progress | undefined } | undefined;
}

export interface InFlightOptions {
  readonly signals: RunSignals;
  readonly clock: Clock;
  readonly leaseMs: number;
  /** As it was asked for: the answer may have come long after that. */
  readonly leaseUntil: EpochMs;
  /** A bounded stream's end. */
  readonly end: EpochMs | undefined;
}

export class InFlight {
  readonly delivered: Delivered;
  /** What was recorded, by the hour. */
  readonly counter: HourCounter;
  /** Events in quarantine, as far as this run knows. */
  quarantined: number;
  checkpoint: Checkpoint;
  readonly #held: HeldStream;
  readonly #options: InFlightOptions;
  readonly #slots = new Slots(MOST_UNSAVED_PAGES);
  readonly #pages: InFlightPage[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #unsaved: DeliveredEvent[] = [];
  /** Set with the last page: the save that ends the run follows at once. */
  #isEnding = false;
  #lastSave: EpochMs;
  #leaseUntil: EpochMs;
  /** The latest save: they follow one another. */
  #saving: Promise<void> = Promise.resolve();
  /** The same, until it begins: with a slow table, a save for each call would outlast the run. */
  #waiting: Promise<void> | undefined;

  constructor(held: HeldStream, options: InFlightOptions) {
    this.#held = held;
    this.#options = options;
    this.checkpoint = held.checkpoint;
    this.counter = new HourCounter(held.hourlyCounts, options.end);
    this.quarantined = held.quarantined;
    this.#lastSave = options.clock.now();
    this.#leaseUntil = options.leaseUntil;
    this.delivered = new Delivered(held.delivered);
  }

  /**
   * Waits until few enough pages are unsaved.
   * @returns undefined when the run is to stop instead
   */
  async open(): Promise<InFlightPage | undefined> {
    if (!(await this.#slots.acquire(this.#options.signals.sending.stop))) return undefined;
    const page: InFlightPage = { outstanding: 0, closed: undefined };
    this.#pages.push(page);
    return page;
  }

  /** Starts a piece of the page's work. A piece that fails leaves the page incomplete for ever. */
  begin(page: InFlightPage, work: () => Promise<void>): void {
    page.outstanding++;
    this.#track(
      work().then(() => {
        page.outstanding--;
        this.#settle();
      }),
    );
  }

  /**
   * All of the page's work has begun.
   * @param progress what the page moves; undefined where no event of it has a readable timestamp
   * @param isEnd no page follows
   */
  close(page: InFlightPage, progress: Progress | undefined, isEnd: boolean): void {
    page.closed = { progress };
    this.#isEnding = isEnd;
    this.#settle();
  }

  /** Records events at the moment when they are safe: acknowledged by Logz.io, or in quarantine. */
  record(records: readonly Pick<EventRecord, 'fingerprint' | 'at' | 'dated'>[]): void {
    for (const { fingerprint, at, dated } of records) {
      // Not the record: what is saved is remembered, and the event's whole page would be with it.
      this.#unsaved.push({ fingerprint, at });
      if (dated) this.counter.add(at);
    }
  }

  /** Another run may have taken over, as after a freeze: a save finds out before sending. */
  async checkLease(): Promise<void> {
    if (this.#options.clock.now() >= this.#leaseUntil) await this.#track(this.#save());
  }

  /** Keeps the lease from lapsing while the run lives, or waits for its last bulks. */
  async renewLease(): Promise<void> {
    const { isSent } = this.#options.signals;
    for (;;) {
      await this.#options.clock.timer(this.#options.leaseMs / 3, isSent).catch(() => undefined);
      if (isSent.aborted || this.#options.signals.hasLostLease) return;
      await this.#track(this.#save());
    }
  }

  /** Waits for everything in flight. Nothing new may begin any more. */
  async drain(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** The run's last save: gives the lease back. @throws LeaseLostError */
  async finish(): Promise<void> {
    await this.#save(0);
  }

  #track(work: Promise<void>): Promise<void> {
    const { signals } = this.#options;
    const tracked = work.catch((error) => signals.fail(error)).finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
    return tracked;
  }

  /** Moves the checkpoint over the pages that are done and have none before them that is not. */
  #settle(): void {
    let settledPages = 0;
    for (let page = this.#pages[0]; page?.closed && page.outstanding === 0; page = this.#pages[0]) {
      const { progress } = page.closed;
      if (progress) this.checkpoint = advance(this.checkpoint, progress);
      this.#pages.shift();
      settledPages++;
    }
    this.delivered.forgetBefore(this.checkpoint.settled);
    const isDue = this.#options.clock.now() - this.#lastSave >= SAVE_EVERY_MS;
    if (!isDue && (settledPages === 0 || this.#isEnding)) return;
    this.#track(
      this.#save().then(() => {
        for (let page = 0; page < settledPages; page++) this.#slots.release();
      }),
    );
  }

  /** Saves what is recorded when it begins; 0 gives the lease back. One save waits at most. */
  #save(leaseMs = this.#options.leaseMs): Promise<void> {
    if (this.#waiting && leaseMs > 0) return this.#waiting;
    const save = () => {
      this.#waiting = undefined;
      return this.#saveNow(leaseMs === 0 ? 0 : this.#options.clock.now() + leaseMs);
    };
    this.#saving = this.#saving.then(save, save);
    this.#waiting = this.#saving;
    return this.#saving;
  }

  async #saveNow(leaseUntil: EpochMs): Promise<void> {
    const added = this.#unsaved;
    const state = { checkpoint: this.checkpoint, hourlyCounts: this.counter.counts, quarantined: this.quarantined };
    this.#unsaved = [];
    this.#lastSave = this.#options.clock.now();
    try {
      await this.#held.save(state, added, leaseUntil);
    } catch (error) {
      this.#unsaved = [...added, ...this.#unsaved];
      throw error;
    }
    this.#leaseUntil = leaseUntil;
    this.counter.forget(state.hourlyCounts, state.checkpoint.settled);
  }
}
