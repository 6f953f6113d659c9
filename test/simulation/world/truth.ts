/** What really happened: every event that JumpCloud has, and when it became visible. */

import type { Burst } from '../people/history.ts';
import { Chance } from './chance.ts';

/**
 * Events that are equal in everything share a tag; the tag is in the event's text and in whatever
 * is made of it.
 */
export interface TrueEvent {
  readonly tag: string;
  readonly organization: string;
  /**
   * Its instant, floored to the millisecond; where it has no readable timestamp, where JumpCloud
   * sorts it.
   */
  readonly atMs: number;
  /** Sorts events by their nanoseconds, and then as they came. */
  readonly key: string;
  readonly visibleAt: number;
  readonly readable: boolean;
  readonly text: string;
  /** The same with its members in another order. */
  readonly otherText: string;
  readonly hasId: boolean;
}

const TAG = /tag-\d+-x/;
const TAGS = /tag-\d+-x/g;
const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
/** Beyond Logz.io's limit of a field. */
const LONG_FIELD_CHARACTERS = 33_000;
const LONG_FIELD = 'x'.repeat(LONG_FIELD_CHARACTERS);
/** Logz.io finds a line with this word malformed. */
export const MALFORMED = 'malformed-at-logzio';

/** @returns the first tag in a text */
export function tagOf(text: string): string {
  return TAG.exec(text)?.[0] ?? `unknown: ${text.slice(0, 200)}`;
}

/** One for each line, in their order. */
export function tagsOfLines(body: string): string[] {
  const lines = body.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map(tagOf);
}

/** Every different tag in a text. */
export function tagsIn(text: string): string[] {
  return [...new Set(text.match(TAGS))];
}

/** What the world knows when a burst of events happens. */
export interface Scene {
  readonly now: number;
  readonly latenessMs: number;
  /** Instants that the product compares with. */
  readonly edges: readonly number[];
}

export class Truth {
  readonly #events = new Map<string, TrueEvent[]>();
  readonly #byTag = new Map<string, TrueEvent[]>();
  #made = 0;
  lastInstant = 0;

  /** An organization's events, ascending. */
  of(organization: string): readonly TrueEvent[] {
    return this.#events.get(organization) ?? [];
  }

  withTag(tag: string): readonly TrueEvent[] {
    return this.#byTag.get(tag) ?? [];
  }

  get size(): number {
    return this.#made;
  }

  /** Events happen: none that any earlier answer can have held. */
  burst(burst: Burst, organization: string, scene: Scene): void {
    const chance = new Chance(burst.seed);
    const { from, spreadMs } = placeOf(burst, scene, chance);
    const digits = chance.pick([0, 3, 3, 6, 9]);
    const made: TrueEvent[] = [];
    const twin = burst.kind === 'twins' ? this.#nextTag() : undefined;
    for (let n = 0; n < burst.count; n++) {
      const tag = twin ?? this.#nextTag();
      const at = from + (spreadMs === 0 ? 0 : chance.int(0, spreadMs));
      const late = latenessOf(burst, scene, chance);
      made.push(this.#event(burst, organization, { tag, at, late, digits, now: scene.now }, chance));
    }
    const all = this.#events.get(organization) ?? [];
    all.push(...made);
    all.sort((a, b) => (a.key < b.key ? -1 : 1));
    this.#events.set(organization, all);
  }

  #nextTag(): string {
    return `tag-${this.#made + 1}-x`;
  }

  #event(
    burst: Burst,
    organization: string,
    when: { tag: string; at: number; late: number; digits: number; now: number },
    chance: Chance,
  ): TrueEvent {
    const { tag, at, late, digits, now } = when;
    const atMs = digits === 0 ? Math.floor(at / SECOND_MS) * SECOND_MS : at;
    const isTie = burst.kind === 'tie' || burst.kind === 'twins';
    const fraction = `${String(atMs % SECOND_MS).padStart(3, '0')}${isTie ? '000005' : String(chance.int(0, 999_999)).padStart(6, '0')}`;
    const seconds = new Date(atMs).toISOString().slice(0, 19);
    const timestamp = digits === 0 ? `${seconds}Z` : `${seconds}.${fraction.slice(0, digits)}Z`;
    const sub = digits === 9 ? fraction.slice(3) : digits === 6 ? `${fraction.slice(3, 6)}000` : '000000';
    const hasId = burst.kind !== 'twins' && burst.kind !== 'unreadable' && !chance.happens(0.2);
    const readable = burst.kind !== 'unreadable';
    this.#made++;
    const more =
      burst.kind === 'long'
        ? `,"detail":"${LONG_FIELD}"`
        : burst.kind === 'malformed'
          ? `,"detail":"${MALFORMED}"`
          : '';
    const members = `"username":"${tag}","service":"directory","event_type":"user_login_attempt","success":true${more}`;
    const time = `"timestamp":"${timestamp}"`;
    const id = hasId ? `"id":"${String(this.#made).padStart(24, '0')}",` : '';
    const unreadable = () =>
      chance.pick([`{"username":"${tag}"}`, `{"username":"${tag}","timestamp":"once"}`, `["${tag}"]`]);
    const text = readable ? `{${id}${time},${members}}` : unreadable();
    const event: TrueEvent = {
      tag,
      organization,
      atMs,
      key: `${atMs}${sub}${String(this.#made).padStart(6, '0')}`,
      visibleAt: burst.kind === 'future' ? now : Math.max(now, atMs + late),
      readable,
      text,
      otherText: readable ? `{${members},${time}${id && `,${id.slice(0, -1)}`}}` : text,
      hasId,
    };
    this.lastInstant = Math.max(this.lastInstant, event.atMs, event.visibleAt);
    this.#byTag.set(tag, [...(this.#byTag.get(tag) ?? []), event]);
    return event;
  }
}

function placeOf(
  { kind, offsetMs, spreadMs, edge }: Burst,
  scene: Scene,
  chance: Chance,
): { from: number; spreadMs: number } {
  const { now, latenessMs, edges } = scene;
  switch (kind) {
    case 'edge': {
      const instant = edges[edge % Math.max(1, edges.length)] ?? now - latenessMs;
      return { from: instant + chance.pick([-SECOND_MS, -1, 0, 0, 1, SECOND_MS]), spreadMs: 0 };
    }
    case 'late':
      return { from: now - latenessMs, spreadMs: 2 * SECOND_MS };
    case 'too late':
      return { from: now - latenessMs - offsetMs, spreadMs };
    case 'unreadable':
      return { from: now - chance.int(0, latenessMs), spreadMs: 0 };
    case 'future':
      return { from: now + offsetMs, spreadMs };
    case 'past':
      return { from: now - offsetMs, spreadMs };
    default:
      return { from: now - (offsetMs % (2 * latenessMs)), spreadMs: kind === 'tie' || kind === 'twins' ? 0 : spreadMs };
  }
}

function latenessOf({ kind }: Burst, { latenessMs }: Scene, chance: Chance): number {
  if (kind === 'too late') return latenessMs + chance.int(1, HOUR_MS);
  if (kind === 'late') return latenessMs;
  if (kind === 'past' || kind === 'unreadable') return 0;
  return chance.weighted([
    [6, 0],
    [3, chance.int(0, latenessMs)],
    [2, latenessMs],
    [1, latenessMs - chance.int(0, 2 * SECOND_MS)],
  ]);
}
