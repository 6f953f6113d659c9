/**
 * How far a run has come: pages move the checkpoint in their order, whatever the order of Logz.io's acknowledgements, and
 * saves follow one another, each with all that was delivered until then.
 */

import type { EventRecord } from '../logzio/bulk.ts';
import type { Clock, EpochMs } from '../platform/clock.ts';
import type { Checkpoint } from '../state/checkpoint.ts';
import type { HeldStream } from '../state/checkpoint-store.ts';
import { type DeliveredEvent, fingerprintsIn } from '../state/fingerprints.ts';
import { hourOf } from '../state/hourly-counts.ts';
import { advance } from './checkpoint.ts';
import { Delivered } from './delivered.ts';

/** One page under way. */
export interface PageMark {
  /** Bulks and quarantine entries that are not done yet. */
  outstanding: number;
  /** Set when all of the page has been given out; undefined where no event of it had a readable timestamp. */
  closed: { readonly readTo: EpochMs | undefined } | undefined;
}

/** While a page takes long, what was delivered of it is saved this often. */
const SAVE_EVERY_MS = 10_000;

export class Progress {
  readonly delivered = new Delivered();
  quarantined: number;
  readonly #held: HeldStream;
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #allowedLatenessMs: number;
  /** A bounded stream's end: all its events are counted under it, as one sum that stays with the checkpoint. */
  readonly #end: EpochMs | undefined;
  readonly #hourlyCounts: Map<EpochMs, number>;
  readonly #pages: PageMark[] = [];
  #checkpoint: Checkpoint;
  #readAt: EpochMs = Number.NEGATIVE_INFINITY;
  #unsaved: DeliveredEvent[] = [];
  #lastSave: EpochMs;
  #leaseUntil: EpochMs;
  #saving: Promise<void> = Promise.resolve();
  #nextSave: Promise<void> | undefined;

  /** @param held with the instant until when the lease was asked for: the answer may have come long after that */
  constructor(
    held: HeldStream & { readonly leaseUntil: EpochMs },
    clock: Clock,
    leaseMs: number,
    allowedLatenessMs: number,
    end?: EpochMs,
  ) {
    this.#held = held;
    this.#clock = clock;
    this.#leaseMs = leaseMs;
    this.#allowedLatenessMs = allowedLatenessMs;
    this.#end = end;
    this.#checkpoint = held.checkpoint;
    this.#hourlyCounts = new Map(held.hourlyCounts);
    this.quarantined = held.quarantined;
    this.#lastSave = clock.now();
    this.#leaseUntil = held.leaseUntil;
    for (const { fingerprints, until } of held.delivered) {
      for (const fingerprint of fingerprintsIn(fingerprints)) this.delivered.add(fingerprint, until);
    }
  }

  get checkpoint(): Checkpoint {
    return this.#checkpoint;
  }

  /** For a bounded stream: the events of all its runs that were recorded, those whose timestamp cannot be read left out. */
  get deliveredInAll(): number {
    if (this.#end === undefined) return 0;
    // Under more ends than one where a rewind of the live stream cut the bounded one short.
    return [...this.#hourlyCounts.values()].reduce((sum, events) => sum + events, 0);
  }

  /** @param instant the one this run may trust as "now"; known after the first answer */
  readAt(instant: EpochMs): void {
    this.#readAt = instant;
  }

  openPage(): PageMark {
    const page: PageMark = { outstanding: 0, closed: undefined };
    this.#pages.push(page);
    return page;
  }

  /** Records events that Logz.io acknowledged or quarantine holds. */
  record(records: readonly Pick<EventRecord, 'fingerprint' | 'at' | 'dated'>[]): void {
    let hour = Number.NaN;
    let events = 0;
    for (const { fingerprint, at, dated } of records) {
      // Not the record itself: its text would stay in memory until the next save.
      this.#unsaved.push({ fingerprint, at });
      if (!dated) continue;
      const next = this.#end ?? hourOf(at);
      // Neighbours are of the same hour, but for a few.
      if (next !== hour) {
        this.#count(hour, events);
        hour = next;
        events = 0;
      }
      events++;
    }
    this.#count(hour, events);
  }

  #count(hour: EpochMs, events: number): void {
    if (events > 0) this.#hourlyCounts.set(hour, (this.#hourlyCounts.get(hour) ?? 0) + events);
  }

  /** Moves the checkpoint over every page that is done and has none before it that is not. @returns how many pages that were */
  settlePages(): number {
    let pages = 0;
    for (let page = this.#pages[0]; page?.closed && page.outstanding === 0; page = this.#pages[0]) {
      if (page.closed.readTo !== undefined) {
        this.#checkpoint = advance(this.#checkpoint, page.closed.readTo, this.#readAt, this.#allowedLatenessMs);
      }
      this.#pages.shift();
      pages++;
    }
    if (pages > 0) this.delivered.forgetBefore(this.#checkpoint.settled);
    return pages;
  }

  /** True when the last save is so long ago that a crash would cost more repeats than it should. */
  get saveIsDue(): boolean {
    return this.#clock.now() - this.#lastSave >= SAVE_EVERY_MS;
  }

  /** True when another run may have taken the stream over, as after this machine was frozen. */
  get leaseHasLapsed(): boolean {
    return this.#clock.now() >= this.#leaseUntil;
  }

  /**
   * Saves all that is recorded by the time the save begins; calls that come while one is waiting share it.
   * @throws LeaseLostError
   */
  save(): Promise<void> {
    this.#nextSave ??= this.#saving
      .catch(() => undefined)
      .then(() => {
        this.#nextSave = undefined;
        this.#saving = this.#saveNow(this.#clock.now() + this.#leaseMs);
        return this.#saving;
      });
    return this.#nextSave;
  }

  /** The run's last save: gives the lease back. @throws LeaseLostError */
  async finish(): Promise<void> {
    await this.#nextSave?.catch(() => undefined);
    await this.#saving.catch(() => undefined);
    await this.#saveNow(0);
  }

  async #saveNow(leaseUntil: EpochMs): Promise<void> {
    const added = this.#unsaved;
    this.#unsaved = [];
    this.#lastSave = this.#clock.now();
    const state = {
      checkpoint: this.#checkpoint,
      hourlyCounts: new Map(this.#hourlyCounts),
      quarantined: this.quarantined,
    };
    try {
      await this.#held.save(state, added, leaseUntil);
    } catch (error) {
      this.#unsaved = [...added, ...this.#unsaved];
      throw error;
    }
    this.#leaseUntil = leaseUntil;
    for (const hour of state.hourlyCounts.keys())
      if (hourOf(hour) < hourOf(state.checkpoint.settled)) this.#hourlyCounts.delete(hour);
  }
}
