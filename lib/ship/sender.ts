/** Sends log lines in bulks, up to four at a time; quarantines what Logz.io does not take. */

import { type Bulk, type EventRecord, Packer } from '../logzio/bulk.ts';
import { Slots } from '../platform/slots.ts';
import { shortenedEntry, waitingEntry } from './event-record.ts';
import type { InFlightPage } from './in-flight.ts';
import type { Run } from './ship.ts';

const MOST_BULKS_IN_FLIGHT = 4;
/** Events that are quarantined for one reason make entries of at most this many. */
const MOST_IN_AN_ENTRY = 500;

type Sending = Omit<Run, 'sender' | 'showProgress' | 'stream'>;

export class Sender {
  readonly #run: Sending;
  readonly #bulkSlots = new Slots(MOST_BULKS_IN_FLIGHT);
  readonly #packer = new Packer();
  readonly #refused = new Map<string, EventRecord[]>();

  constructor(run: Sending) {
    this.#run = run;
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
    return await this.#begin(page, () => this.#keep(records, reason, 0));
  }

  /** Sends what is left of the page. @returns as `send` */
  async flush(page: InFlightPage): Promise<boolean> {
    const rest = this.#packer.flush();
    if (rest && !(await this.send(page, rest))) return false;
    for (const [reason, records] of this.#refused) {
      if (!(await this.#begin(page, () => this.#keep(records, reason, 0)))) return false;
    }
    this.#refused.clear();
    return true;
  }

  async #begin(page: InFlightPage, work: () => Promise<void>): Promise<boolean> {
    const { inFlight, signals } = this.#run;
    await inFlight.checkLease();
    if (!(await this.#bulkSlots.acquire(signals.sending.stop))) return false;
    inFlight.begin(page, () => work().finally(() => this.#bulkSlots.release()));
    return true;
  }

  async #deliver(bulk: Bulk): Promise<void> {
    const { parts, report, signals, inFlight } = this.#run;
    const shortened = bulk.records.filter((record) => record.shortened);
    // Before they are sent: acknowledged events are not asked for again.
    if (shortened.length > 0) await parts.quarantine.add(report.stream, shortenedEntry(shortened, parts.clock.now()));
    const delivery = await parts.deliver(bulk, signals.sending, {
      onSent: (bytes, gzippedBytes) => report.addBulk(bytes, gzippedBytes),
      onRetry: () => report.retries++,
      // Each half of a split bulk at once, so that a save in between includes it.
      onAcknowledged: (records) => {
        inFlight.record(records);
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
    const { parts, report, inFlight } = this.#run;
    // A partially accepted bulk stays one entry: which of its lines were accepted is unknown.
    const size = taken > 0 ? records.length : MOST_IN_AN_ENTRY;
    for (let first = 0; first < records.length; first += size) {
      const part = records.slice(first, first + size);
      await parts.quarantine.add(report.stream, waitingEntry(part, reason, taken, parts.clock.now()));
      inFlight.record(part);
      report.quarantined += part.length;
      // Also where a killed run may have added the entry without saving that it did.
      inFlight.quarantined += part.length;
    }
  }
}
