/** One pass over a window: which events are new, and how far its pages lead. */

import { JumpCloudError } from '../jumpcloud/client.ts';
import type { Page, RawEvent } from '../jumpcloud/page.ts';
import { PASS_UNCHANGED } from '../jumpcloud/pages.ts';
import type { EpochMs } from '../platform/time.ts';
import type { Progress } from './checkpoint.ts';
import type { Delivered } from './delivered.ts';
import { EventFilter, type Examined } from './event-filter.ts';
import { readTime, type Stream, type Window, windowAt } from './window.ts';

/** So many full pages in a row that lead no further are no coincidence. */
const MOST_STALLED_PAGES = 3;

export interface PassStart {
  readonly stream: Stream;
  /** The window's start. */
  readonly settled: EpochMs;
  /** Our clock when the run began. */
  readonly startedAt: EpochMs;
  /** JumpCloud's clock at the first answer; undefined where it had no `Date`. */
  readonly serverNow: EpochMs | undefined;
}

export class Pass {
  /** By the earlier of the two clocks. */
  readonly window: Window;
  readonly #stream: Stream;
  readonly #readAt: EpochMs;
  readonly #hasDate: boolean;
  readonly #filter: EventFilter;
  /** The instant of the last event that had one. */
  #last: EpochMs | undefined;
  #newest: EpochMs = Number.NEGATIVE_INFINITY;
  /** Events of the newest instant: pages of one instant advance as long as they bring others. */
  #atNewest = new Set<string>();
  #pageAdvances = false;
  #stalledPages = 0;

  /** @param delivered grows as new events are found, so that none is new twice in one pass */
  constructor({ stream, settled, startedAt, serverNow }: PassStart, delivered: Delivered) {
    this.#stream = stream;
    this.#hasDate = serverNow !== undefined;
    this.#readAt = readTime(startedAt, serverNow);
    this.window = windowAt(settled, this.#readAt, stream.sourceLagMs, stream.end);
    this.#filter = new EventFilter(this.window, delivered);
  }

  examine(raw: RawEvent): Examined {
    const examined = this.#filter.examine(raw);
    const { instant } = examined;
    if (instant === undefined) {
      this.#pageAdvances ||= examined.isRareUnreadable === true;
      return examined;
    }
    this.#last = instant;
    if (instant > this.#newest) {
      this.#newest = instant;
      this.#atNewest.clear();
    }
    if (instant === this.#newest) {
      const known = this.#atNewest.size;
      this.#atNewest.add('fingerprint' in examined ? examined.fingerprint : raw.text);
      this.#pageAdvances ||= this.#atNewest.size > known;
    }
    return examined;
  }

  /**
   * What a page moves, once all of its events were examined.
   *
   * The watermark is the page's last instant or the window's end, whichever is earlier; the
   * window's end after the last page. What is younger than the allowed lateness stays unsettled:
   * late events may still come. Our clock alone may be ahead: without JumpCloud's `Date`, only the
   * last event proves how late it is.
   */
  progressOf(page: Page): Progress | undefined {
    const last = this.#last;
    const readTo = this.isEnd(page) ? this.window.end : last;
    if (readTo === undefined) return undefined;
    const watermark = Math.min(readTo, this.window.end);
    const readAt = this.#hasDate ? this.#readAt : Math.min(this.#readAt, last ?? Number.NEGATIVE_INFINITY);
    return { watermark, settled: Math.min(watermark, readAt - this.#stream.allowedLatenessMs) };
  }

  /** No page behind this one has an event of the window. */
  isEnd(page: Page): boolean {
    return page.isLast || (this.#last !== undefined && this.#last >= this.window.end);
  }

  /**
   * Notices page tokens that lead in a circle, however new they look.
   * @throws JumpCloudError
   */
  endPage(page: Page): void {
    this.#stalledPages = this.#pageAdvances || !page.isFull ? 0 : this.#stalledPages + 1;
    this.#pageAdvances = false;
    if (this.#stalledPages < MOST_STALLED_PAGES) return;
    throw new JumpCloudError(
      `JumpCloud POST /events: ${MOST_STALLED_PAGES} full pages in a row brought only events that this run had read before. Paging goes in a circle. The events read so far are shipped, and none after them. ${PASS_UNCHANGED}`,
      { retryable: false },
    );
  }
}
