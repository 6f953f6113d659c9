/** Sends log lines in bulks, up to four at a time; quarantines what Logz.io does not take. */

import { type Bulk, type EventRecord, Packer } from '../logzio/bulk.ts';
import type { Deliver } from '../logzio/deliver.ts';
import type { Clock } from '../platform/outside.ts';
import { Slots } from '../platform/slots.ts';
import { toOriginal } from '../shape/private-fields.ts';
import { bytesOf } from '../state/fingerprints.ts';
import { type Quarantine, shortenedEntry } from '../state/quarantine.ts';
import type { InFlight, InFlightPage } from './in-flight.ts';
import type { Report } from './report.ts';
import type { RunSignals } from './run-signals.ts';

const MOST_BULKS_IN_FLIGHT = 4;
/** Events that are quarantined for one reason make entries of at most this many. */
const MOST_IN_AN_ENTRY = 500;

export interface SenderParts {
  readonly clock: Clock;
  readonly deliver: Deliver;
  readonly quarantine: Pick<Quarantine, 'add'>;
}

export class Sender {
  readonly #parts: SenderParts;
  readonly #inFlight: InFlight;
  readonly #signals: RunSignals;
  readonly #report: Report;
  readonly #bulkSlots = new Slots(MOST_BULKS_IN_FLIGHT);
  readonly #packer = new Packer();
  readonly #refused = new Map<string, EventRecord[]>();

  constructor(parts: SenderParts, inFlight: InFlight, signals: RunSignals, report: Report) {
    this.#parts = parts;
    this.#inFlight = inFlight;
    this.#signals = signals;
    this.#report = report;
  }

  /** @returns a full bulk, to be sent before the next line is packed */
  pack(record: EventRecord, line: string): Bulk | undefined {
    return this.#packer.add(record, line);
  }

  /** @returns false when the run is to stop, and the page will not be completed */
  async send(page: InFlightPage, bulk: Bulk): Promise<boolean> {
    return await this.#begin(page, () => this.#deliver(bulk));
  }

  /** @returns as `send` */
  async quarantine(page: InFlightPage, record: EventRecord, reason: string): Promise<boolean> {
    const records = this.#refused.get(reason) ?? [];
    this.#refused.set(reason, records);
    records.push(record);
    if (records.length < MOST_IN_AN_ENTRY) return true;
    this.#refused.delete(reason);
    return await this.#quarantineEntry(page, records, reason);
  }

  /** Sends what is left of the page. @returns as `send` */
  async flush(page: InFlightPage): Promise<boolean> {
    const rest = this.#packer.flush();
    if (rest && !(await this.send(page, rest))) return false;
    for (const [reason, records] of this.#refused) {
      if (!(await this.#quarantineEntry(page, records, reason))) return false;
    }
    this.#refused.clear();
    return true;
  }

  #quarantineEntry(page: InFlightPage, records: readonly EventRecord[], reason: string): Promise<boolean> {
    return this.#begin(page, () => this.#keep(records, reason, 0));
  }

  async #begin(page: InFlightPage, work: () => Promise<void>): Promise<boolean> {
    await this.#inFlight.checkLease();
    if (!(await this.#bulkSlots.acquire(this.#signals.sending.stop))) return false;
    this.#inFlight.begin(page, () => work().finally(() => this.#bulkSlots.release()));
    return true;
  }

  async #deliver(bulk: Bulk): Promise<void> {
    const shortened = bulk.records.filter((record) => record.shortened);
    if (shortened.length > 0) await this.#keepOriginals(shortened);
    const report = this.#report;
    const delivery = await this.#parts.deliver(bulk, this.#signals.sending, {
      onSent: (bytes, gzippedBytes) => {
        report.bulks++;
        report.bulkBytes += bytes;
        report.gzippedBytes += gzippedBytes;
      },
      onRetry: () => {
        report.retries++;
      },
      // Each half of a split bulk at once, so that a save in between includes it.
      onAcknowledged: (records) => {
        this.#inFlight.record(records);
        report.shipped += records.length;
        report.shortened += records.filter((record) => record.shortened).length;
      },
      onPossibleRepeat: (lines) => {
        report.possibleRepeats += lines;
      },
    });
    for (const { records, reason, taken } of delivery.refused) await this.#keep(records, reason, taken);
    if ('failure' in delivery) throw delivery.failure;
  }

  /** @param taken how many of them Logz.io took all the same */
  async #keep(records: readonly EventRecord[], reason: string, taken: number): Promise<void> {
    // A partially accepted bulk stays one entry: which of its lines were accepted is unknown.
    const size = taken > 0 ? records.length : MOST_IN_AN_ENTRY;
    for (let first = 0; first < records.length; first += size) {
      const part = records.slice(first, first + size);
      await this.#parts.quarantine.add(this.#report.stream, {
        class: 'waiting',
        reason,
        at: this.#parts.clock.now(),
        originals: part.map(({ received }) => toOriginal(received)),
        key: bytesOf(part.map(({ fingerprint }) => fingerprint)).toString('base64'),
        taken,
      });
      this.#inFlight.record(part);
      this.#report.quarantined += part.length;
      // Also where a killed run may have added the entry without saving that it did.
      this.#inFlight.quarantined += part.length;
    }
  }

  /** Before they are sent: acknowledged events are not asked for again. */
  async #keepOriginals(records: readonly EventRecord[]): Promise<void> {
    const originals = records.map(({ received }) => toOriginal(received));
    await this.#parts.quarantine.add(this.#report.stream, shortenedEntry(originals, this.#parts.clock.now()));
  }
}
