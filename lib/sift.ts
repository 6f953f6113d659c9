/** Decides for each event of a pass whether it is this run's to ship. */
import type { EpochMs } from './clock.ts';
import type { Delivered } from './delivered.ts';
import { type Fingerprint, identify, Occurrences } from './fingerprint.ts';
import { parseInstant } from './instant.ts';
import { parseEvent } from './shape/parse-event.ts';
import type { SourceEvent } from './shape/shape.ts';
import type { Window } from './window.ts';

export type Sifted =
  | { readonly kind: 'new'; readonly event: SourceEvent; readonly fingerprint: Fingerprint; readonly at: EpochMs }
  /** In the window, but acknowledged before, or on its way; without `at` where it has no readable timestamp. */
  | { readonly kind: 'delivered'; readonly at: EpochMs | undefined }
  /** Before or after the window: settled long ago, or for a later run. */
  | { readonly kind: 'outside'; readonly at: EpochMs }
  /** No object, or no readable timestamp: it cannot be shipped, and must not be lost. */
  | { readonly kind: 'unreadable'; readonly reason: string; readonly fingerprint: Fingerprint; readonly at: EpochMs };

/**
 * A larger event is put aside unread: millions of members would take more memory to parse than the function has. The largest
 * that were seen have 80 KB.
 */
const LARGEST_EVENT_CHARACTERS = 4 * 1024 * 1024;

export class Sift {
  readonly #window: Window;
  readonly #delivered: Delivered;
  readonly #occurrences = new Occurrences();
  /** Those have no instant of their own, by which the others are told apart. */
  readonly #unreadable = new Occurrences();

  /** @param delivered grows as new events are found, so that none is new twice in one pass */
  constructor(window: Window, delivered: Delivered) {
    this.#window = window;
    this.#delivered = delivered;
  }

  /**
   * @param text one event's JSON text
   * @param numbersAreUsual see SourceEvent
   */
  examine(text: string, numbersAreUsual = false): Sifted {
    const value = text.length > LARGEST_EVENT_CHARACTERS ? undefined : parseEvent(text);
    const at = value && parseInstant(value.timestamp);
    if (value === undefined || at === undefined) {
      const reason = value === undefined ? whyNoValue(text) : 'no readable timestamp';
      // Filed under the window's end: forgotten only when no later window can contain it.
      const filedAt = this.#window.end;
      const { fingerprint } = identify(value ?? text, text, filedAt, this.#unreadable);
      return this.#delivered.add(fingerprint, filedAt)
        ? { kind: 'unreadable', reason, fingerprint, at: filedAt }
        : // Where it is filed is not where it stands: it must not tell how far its page reaches.
          { kind: 'delivered', at: undefined };
    }
    if (at < this.#window.start || at >= this.#window.end) return { kind: 'outside', at };
    const { fingerprint, eventId } = identify(value, text, at, this.#occurrences);
    if (!this.#delivered.add(fingerprint, at)) return { kind: 'delivered', at };
    return { kind: 'new', event: { text, value, eventId, numbersAreUsual }, fingerprint, at };
  }
}

function whyNoValue(text: string): string {
  return text.length > LARGEST_EVENT_CHARACTERS ? `over ${LARGEST_EVENT_CHARACTERS} characters` : 'not a JSON object';
}
