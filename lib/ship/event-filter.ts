/** Decides for each event of a pass whether it is this run's to ship. */

import type { RawEvent } from '../jumpcloud/page.ts';
import type { EpochMs } from '../platform/clock.ts';
import { parseInstant } from '../platform/instant.ts';
import { parseEvent } from '../shape/parse-event.ts';
import type { SourceEvent } from '../shape/shape.ts';
import type { Fingerprint } from '../state/fingerprints.ts';
import type { Delivered } from './delivered.ts';
import { Identities, type ParsedEvent } from './fingerprint.ts';
import type { Window } from './window.ts';

export type Examined =
  | { readonly kind: 'new'; readonly event: SourceEvent; readonly fingerprint: Fingerprint; readonly at: EpochMs }
  /** In the window, but acknowledged before, or on its way; without `at` where it has no readable timestamp. */
  | { readonly kind: 'delivered'; readonly at: EpochMs | undefined }
  /** Before or after the window: settled long ago, or for a later run. */
  | { readonly kind: 'outside'; readonly at: EpochMs }
  /** It cannot be shipped, and must not be lost. */
  | {
      readonly kind: 'quarantine';
      readonly reason: string;
      readonly fingerprint: Fingerprint;
      readonly at: EpochMs;
      /** `at` is the event's own instant. */
      readonly dated: boolean;
    };

/**
 * A larger event is quarantined unread: to parse millions of members would take more memory than the function has.
 * The largest that were seen have 80 KB.
 */
const LARGEST_EVENT_CHARACTERS = 4 * 1024 * 1024;
/** Of unreadable events that are equal in everything so many are kept: a page can hold a million times `{}`. */
const MOST_EQUAL_UNREADABLE = 1000;
const CLASH = 'another event has the same id and timestamp';

export class EventFilter {
  readonly #window: Window;
  readonly #delivered: Delivered;
  readonly #identities = new Identities();
  /** Those have no instant of their own, by which the others are remembered. */
  readonly #unreadable = new Identities();

  /** @param delivered grows as new events are found, so that none is new twice in one pass */
  constructor(window: Window, delivered: Delivered) {
    this.#window = window;
    this.#delivered = delivered;
  }

  examine({ text, brokenBytes }: RawEvent): Examined {
    const value = text.length > LARGEST_EVENT_CHARACTERS ? undefined : parseEvent(text);
    const at = parseInstant(value?.timestamp);
    if (value === undefined || at === undefined) return this.#examineUnreadable({ text, value });
    if (at < this.#window.start || at >= this.#window.end) return { kind: 'outside', at };
    const { fingerprint, eventId, isClash } = this.#identities.identify({ text, value }, at);
    if (!this.#delivered.add(fingerprint, at)) return { kind: 'delivered', at };
    if (isClash) return { kind: 'quarantine', reason: CLASH, fingerprint, at, dated: true };
    return { kind: 'new', event: { text, value, eventId, isBroken: brokenBytes !== undefined }, fingerprint, at };
  }

  #examineUnreadable({ text, value }: ParsedEvent): Examined {
    // Filed under the window's end: forgotten only when no later window can contain it.
    const at = this.#window.end;
    const { fingerprint, occurrence } = this.#unreadable.byContent({ text, value }, at);
    // Where it is filed is not where it stands: it does not say how far its page reaches.
    if (occurrence > MOST_EQUAL_UNREADABLE || !this.#delivered.add(fingerprint, at))
      return { kind: 'delivered', at: undefined };
    const reason = value === undefined ? whyNoValue(text) : 'no readable timestamp';
    return { kind: 'quarantine', reason, fingerprint, at, dated: false };
  }
}

function whyNoValue(text: string): string {
  return text.length > LARGEST_EVENT_CHARACTERS ? `over ${LARGEST_EVENT_CHARACTERS} characters` : 'not a JSON object';
}
