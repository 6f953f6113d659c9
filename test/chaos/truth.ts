/** What really happened: every event that JumpCloud has, when it became visible, and whether it is owed. */
import type { EpochMs } from '../../lib/platform/clock.ts';
import type { EventInput } from '../../simulators/event-store.ts';

/** Events that are equal in everything share a tag; the tag is in the event's text and in whatever is made of it. */
export interface TrueEvent {
  readonly tag: string;
  readonly organization: string;
  /** Its instant, floored to the millisecond; where it has no readable timestamp, where JumpCloud sorts it. */
  readonly atMs: EpochMs;
  readonly visibleAt: EpochMs;
  readonly readable: boolean;
  readonly input: EventInput;
}

const TAG = /tag-\d+-x/g;

/** @returns the one tag in a text, or undefined when there is none or more than one */
export function tagOf(text: string): string | undefined {
  const found = new Set(text.match(TAG));
  return found.size === 1 ? [...found][0] : undefined;
}

/** How often each tag occurs in `texts`, each of which is of one event. */
export function countTags(texts: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    const tag = tagOf(text) ?? `unknown: ${text.slice(0, 200)}`;
    counts.set(tag, (counts.get(tag) ?? 0) + 1);
  }
  return counts;
}

export class Truth {
  readonly events: TrueEvent[] = [];
  readonly #byTag = new Map<string, TrueEvent[]>();

  add(events: readonly TrueEvent[]): void {
    for (const event of events) {
      this.events.push(event);
      const alike = this.#byTag.get(event.tag);
      if (alike) alike.push(event);
      else this.#byTag.set(event.tag, [event]);
    }
  }

  withTag(tag: string): readonly TrueEvent[] {
    return this.#byTag.get(tag) ?? [];
  }

  tags(): Iterable<string> {
    return this.#byTag.keys();
  }

  /** When the last event is dated or becomes visible. */
  lastInstant(): EpochMs {
    return this.events.reduce((last, { atMs, visibleAt }) => Math.max(last, atMs, visibleAt), 0);
  }
}
