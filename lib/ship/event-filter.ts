/** Decides for each event of a pass whether it is this run's to ship. */

import type { RawEvent } from '../jumpcloud/page.ts';
import type { JsonObject } from '../platform/json.ts';
import { type EpochMs, isInside, parseInstant } from '../platform/time.ts';
import { parseEvent } from '../shape/parse-event.ts';
import type { SourceEvent } from '../shape/shape.ts';
import type { Fingerprint } from '../state/fingerprints.ts';
import type { Delivered } from './delivered.ts';
import { Identities } from './fingerprint.ts';
import type { Window } from './window.ts';

export type Examined = {
  /** The event's own instant; undefined where it has no readable timestamp. */
  readonly instant: EpochMs | undefined;
  /** One without an instant, when not many equal ones came before it in this pass. */
  readonly isRareUnreadable?: boolean;
} & (
  | { readonly kind: 'new'; readonly event: SourceEvent; readonly fingerprint: Fingerprint; readonly at: EpochMs }
  /** In the window, but acknowledged before, or on its way. */
  | { readonly kind: 'delivered'; readonly fingerprint: Fingerprint }
  /** Before or after the window: settled long ago, or for a later run. */
  | { readonly kind: 'outside' }
  /** It cannot be shipped, and must not be lost. */
  | {
      readonly kind: 'quarantine';
      readonly reason: string;
      readonly fingerprint: Fingerprint;
      readonly at: EpochMs;
      /** Undefined where it is no object, or too large to be read. */
      readonly value: JsonObject | undefined;
    }
);

/**
 * A larger event is quarantined unread: to parse millions of members would take more memory than
 * the function has.
 * The largest that were seen have 80 KB.
 */
export const LARGEST_EVENT_CHARACTERS = 4 * 1024 * 1024;
/** Of equal unreadable events so many are kept: a page can hold a million times `{}`. */
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

  examine(raw: RawEvent): Examined {
    const { text, brokenBytes } = raw;
    const value = raw.wholeBytes || text.length > LARGEST_EVENT_CHARACTERS ? undefined : parseEvent(text);
    const at = parseInstant(value?.timestamp);
    if (value === undefined || at === undefined) return this.#examineUnreadable(raw, value);
    if (!isInside(at, this.#window)) return { kind: 'outside', instant: at };
    const { fingerprint, eventId, isClash } = this.#identities.identify({ text, value }, at);
    if (!this.#delivered.add(fingerprint, at)) return { kind: 'delivered', fingerprint, instant: at };
    if (isClash) return { kind: 'quarantine', reason: CLASH, value, fingerprint, at, instant: at };
    const event = { text, value, eventId, isBroken: brokenBytes !== undefined, membersInText: raw.members };
    return { kind: 'new', event, fingerprint, at, instant: at };
  }

  #examineUnreadable(raw: RawEvent, value: JsonObject | undefined): Examined {
    // Filed under the window's end: forgotten only when no later window can contain it.
    const at = this.#window.end;
    const { fingerprint, occurrence } = this.#unreadable.byContent({ text: raw.text, value }, at);
    const isRare = occurrence <= MOST_EQUAL_UNREADABLE;
    const found = { fingerprint, at, instant: undefined, isRareUnreadable: isRare };
    const isKnown = !isRare || !this.#delivered.add(fingerprint, at);
    if (isKnown) return { kind: 'delivered', ...found };
    const reason = value === undefined ? whyNoValue(raw) : 'no readable timestamp';
    return { kind: 'quarantine', reason, value, ...found };
  }
}

function whyNoValue({ text, wholeBytes }: RawEvent): string {
  if (wholeBytes) return `${wholeBytes} bytes, of which only the first ${Buffer.byteLength(text)} could be kept`;
  return text.length > LARGEST_EVENT_CHARACTERS ? `over ${LARGEST_EVENT_CHARACTERS} characters` : 'not a JSON object';
}
