/** Decides for each event of a pass whether it is this run's to ship. */

import { canonicalOf } from '../copy/canonical.ts';
import type { Page } from '../jumpcloud/page.ts';
import { fingerprintOf, idIn, instantOf } from '../outline/identity.ts';
import { NOWHERE, type Outline } from '../outline/outline.ts';
import { Scanner } from '../outline/scanner.ts';
import type { EpochMs } from '../platform/clock.ts';
import { parseInstant } from '../platform/instant.ts';
import { parseEvent } from '../shape/parse-event.ts';
import type { SourceEvent } from '../shape/shape.ts';
import type { Fingerprint } from '../state/fingerprints.ts';
import type { Delivered } from './delivered.ts';
import { identify, identifyByContent, Occurrences } from './fingerprint.ts';
import type { Window } from './window.ts';

export type Sifted = {
  /** The byte of the page after the event. */
  readonly end: number;
} & (
  | { readonly kind: 'new'; readonly event: NewEvent; readonly fingerprint: Fingerprint; readonly at: EpochMs }
  /** In the window, but acknowledged before, or on its way; without `at` where it has no readable timestamp. */
  | { readonly kind: 'delivered'; readonly at: EpochMs | undefined }
  /** Before or after the window: settled long ago, or for a later run. */
  | { readonly kind: 'outside'; readonly at: EpochMs }
  /** No object, or no readable timestamp: it cannot be shipped, and must not be lost. */
  | { readonly kind: 'unreadable'; readonly reason: string; readonly fingerprint: Fingerprint; readonly at: EpochMs }
);

/** An event to be shipped. */
export interface NewEvent {
  /** Valid until the next event is examined; undefined where the event is not regular. */
  readonly outline: Outline | undefined;
  /** Its id where JumpCloud gave it none. */
  readonly contentId: string | undefined;
  /** Reads all of it. */
  source(): SourceEvent;
}

/**
 * A larger event is put aside unread: millions of members would take more memory to parse than the function has. The largest
 * that were seen have 80 KB.
 */
const LARGEST_EVENT_CHARACTERS = 4 * 1024 * 1024;

export class Sift {
  readonly #window: Window;
  readonly #delivered: Delivered;
  readonly #scanner = new Scanner();
  readonly #occurrences = new Occurrences();
  /** Those have no instant of their own, by which the others are told apart. */
  readonly #unreadable = new Occurrences();

  /** @param delivered grows as new events are found, so that none is new twice in one pass */
  constructor(window: Window, delivered: Delivered) {
    this.#window = window;
    this.#delivered = delivered;
  }

  /** @param start where in the page an event begins */
  examine(page: Page, start: number): Sifted {
    const sifted = this.#examineOutline(page.body, start);
    if (sifted) return sifted;
    const end = page.endOf(start);
    return this.#examineText(page.body.toString('utf8', start, end), end);
  }

  /** @returns undefined for an event that has to be read to know which it is */
  #examineOutline(body: Buffer, start: number): Sifted | undefined {
    if (!this.#scanner.read(body, start)) return undefined;
    const { outline } = this.#scanner;
    const at = instantOf(outline);
    if (at === undefined) return undefined;
    const { end } = outline;
    if (this.#isOutside(at)) return { kind: 'outside', at, end };
    const id = idIn(outline);
    const byContent = id === NOWHERE ? identifyByContent(canonicalOf(outline), at, this.#occurrences) : undefined;
    const fingerprint = byContent?.fingerprint ?? fingerprintOf(outline, id);
    if (fingerprint === undefined) return undefined;
    if (!this.#delivered.add(fingerprint, at)) return { kind: 'delivered', at, end };
    return { kind: 'new', event: new OutlinedEvent(outline, start, byContent?.eventId), fingerprint, at, end };
  }

  #examineText(text: string, end: number): Sifted {
    const value = text.length > LARGEST_EVENT_CHARACTERS ? undefined : parseEvent(text);
    const at = value && parseInstant(value.timestamp);
    if (value === undefined || at === undefined) {
      const reason = value === undefined ? whyNoValue(text) : 'no readable timestamp';
      // Filed under the window's end: forgotten only when no later window can contain it.
      const filedAt = this.#window.end;
      const { fingerprint } = identify(value ?? text, text, filedAt, this.#unreadable);
      return this.#delivered.add(fingerprint, filedAt)
        ? { kind: 'unreadable', reason, fingerprint, at: filedAt, end }
        : // Where it is filed is not where it stands: it must not tell how far its page reaches.
          { kind: 'delivered', at: undefined, end };
    }
    if (this.#isOutside(at)) return { kind: 'outside', at, end };
    const { fingerprint, eventId } = identify(value, text, at, this.#occurrences);
    if (!this.#delivered.add(fingerprint, at)) return { kind: 'delivered', at, end };
    const event = { outline: undefined, contentId: undefined, source: () => ({ text, value, eventId }) };
    return { kind: 'new', event, fingerprint, at, end };
  }

  #isOutside(at: EpochMs): boolean {
    return at < this.#window.start || at >= this.#window.end;
  }
}

class OutlinedEvent implements NewEvent {
  readonly outline: Outline;
  readonly contentId: string | undefined;
  readonly #start: number;

  constructor(outline: Outline, start: number, contentId: string | undefined) {
    this.outline = outline;
    this.#start = start;
    this.contentId = contentId;
  }

  source(): SourceEvent {
    const { body, end } = this.outline;
    const text = body.toString('utf8', this.#start, end);
    const value = parseEvent(text);
    if (value === undefined) throw new SyntaxError('what has an outline is a JSON object');
    return { text, value, eventId: this.contentId ?? String(value.id) };
  }
}

function whyNoValue(text: string): string {
  return text.length > LARGEST_EVENT_CHARACTERS ? `over ${LARGEST_EVENT_CHARACTERS} characters` : 'not a JSON object';
}
