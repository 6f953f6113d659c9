/** Decides for each event of a pass whether it is this run's to ship. */
import type { EpochMs } from './clock.ts';
import type { Delivered } from './delivered.ts';
import { type Fingerprint, identify, identifyBy, Occurrences } from './fingerprint.ts';
import { parseInstant } from './instant.ts';
import { canonicalOf } from './outline/canonical.ts';
import { MEMBER_NAMES } from './outline/member-names.ts';
import { INTEGER, Outline, TEXT } from './outline/outline.ts';
import { parseEvent, sourceOf } from './shape/parse-event.ts';
import type { SourceEvent } from './shape/shape.ts';
import type { Window } from './window.ts';

export type Sifted =
  | { readonly kind: 'new'; readonly event: NewEvent; readonly fingerprint: Fingerprint; readonly at: EpochMs }
  /** In the window, but acknowledged before, or on its way; without `at` where it has no readable timestamp. */
  | { readonly kind: 'delivered'; readonly at: EpochMs | undefined }
  /** Before or after the window: settled long ago, or for a later run. */
  | { readonly kind: 'outside'; readonly at: EpochMs }
  /** No object, or no readable timestamp: it cannot be shipped, and must not be lost. */
  | { readonly kind: 'unreadable'; readonly reason: string; readonly fingerprint: Fingerprint; readonly at: EpochMs };

export interface NewEvent {
  readonly eventId: string;
  /** Valid until the next event is examined; undefined where the event is not regular. */
  readonly outline: Outline | undefined;
  /** Reads the event as a whole. */
  readonly source: () => SourceEvent;
}

/**
 * A larger event is put aside unread: millions of members would take more memory to parse than the function has. The largest
 * that were seen have 80 KB.
 */
const LARGEST_EVENT_CHARACTERS = 4 * 1024 * 1024;
const ID = MEMBER_NAMES.numberOfText('id');
const TIMESTAMP = MEMBER_NAMES.numberOfText('timestamp');

export class Sift {
  readonly #window: Window;
  readonly #delivered: Delivered;
  readonly #outline = new Outline();
  readonly #occurrences = new Occurrences();
  /** Those have no instant of their own, by which the others are told apart. */
  readonly #unreadable = new Occurrences();

  /** @param delivered grows as new events are found, so that none is new twice in one pass */
  constructor(window: Window, delivered: Delivered) {
    this.#window = window;
    this.#delivered = delivered;
  }

  /** @param body a page's bytes, of which `[start, end)` are one event's JSON text */
  examine(body: Buffer, start: number, end: number): Sifted {
    return this.#examineOutline(body, start, end) ?? this.#examineText(body.toString('utf8', start, end));
  }

  /** @returns undefined for an event that has to be read to know which it is */
  #examineOutline(body: Buffer, start: number, end: number): Sifted | undefined {
    const outline = this.#outline;
    if (!outline.read(body, start, end)) return undefined;
    const timestamp = outline.textOf(outline.find(TIMESTAMP));
    const at = parseInstant(timestamp);
    if (timestamp === undefined || at === undefined) return undefined;
    if (this.#isOutside(at)) return { kind: 'outside', at };
    const idAt = outline.find(ID);
    const kind = outline.kinds[idAt];
    const id = kind === INTEGER ? outline.jsonOf(idAt) : outline.textOf(idAt);
    if (kind === TEXT && id === undefined) return undefined;
    const content = () => canonicalOf(outline);
    const { fingerprint, eventId } = identifyBy({ id: id || undefined, timestamp, content }, at, this.#occurrences);
    if (!this.#delivered.add(fingerprint, at)) return { kind: 'delivered', at };
    const source = () => sourceOf(body.toString('utf8', start, end), eventId);
    return { kind: 'new', event: { eventId, outline, source }, fingerprint, at };
  }

  #examineText(text: string): Sifted {
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
    if (this.#isOutside(at)) return { kind: 'outside', at };
    const { fingerprint, eventId } = identify(value, text, at, this.#occurrences);
    if (!this.#delivered.add(fingerprint, at)) return { kind: 'delivered', at };
    return {
      kind: 'new',
      event: { eventId, outline: undefined, source: () => ({ text, value, eventId }) },
      fingerprint,
      at,
    };
  }

  #isOutside(at: EpochMs): boolean {
    return at < this.#window.start || at >= this.#window.end;
  }
}

function whyNoValue(text: string): string {
  return text.length > LARGEST_EVENT_CHARACTERS ? `over ${LARGEST_EVENT_CHARACTERS} characters` : 'not a JSON object';
}
