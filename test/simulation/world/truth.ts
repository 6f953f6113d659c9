/** What really happened: every event that JumpCloud has, and when it became visible. */
import type { Burst } from '../people/history.ts';
import { Chance } from './chance.ts';

/** Events that are equal in everything share a tag; it is in the text and all made of it. */
export interface TrueEvent {
  readonly tag: string;
  readonly organization: string;
  /** Its millisecond; where it has no readable timestamp, where JumpCloud sorts it. */
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
/** Logz.io finds a line with this word malformed. */
export const MALFORMED = 'malformed-at-logzio';
/** A long one is beyond Logz.io's limit of a field. */
const DETAILS: Readonly<Partial<Record<Burst['kind'], string>>> = { long: 'x'.repeat(33_000), malformed: MALFORMED };

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
interface Scene {
  readonly now: number;
  readonly latenessMs: number;
  /** Instants that the product compares with. */
  readonly edges: readonly number[];
}

export class Truth {
  readonly #events = new Map<string, TrueEvent[]>();
  readonly #byTag = new Map<string, TrueEvent[]>();
  size = 0;
  lastInstant = 0;

  /** An organization's events, ascending. */
  of(organization: string): readonly TrueEvent[] {
    return this.#events.get(organization) ?? [];
  }

  /** The same, from a key or an instant on. */
  *from(organization: string, key: string): Generator<TrueEvent> {
    const events = this.of(organization);
    let [low, high] = [0, events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((events[middle] as TrueEvent).key < key) low = middle + 1;
      else high = middle;
    }
    for (let at = low; at < events.length; at++) yield events[at] as TrueEvent;
  }

  withTag(tag: string): readonly TrueEvent[] {
    return this.#byTag.get(tag) ?? [];
  }

  /** Events happen: none that any earlier answer can have held. */
  burst(burst: Burst, organization: string, scene: Scene): void {
    const chance = new Chance(burst.seed);
    const { from, spreadMs } = placeOf(burst, scene, chance);
    const digits = chance.pick([0, 3, 3, 6, 9]);
    const first = this.size + 1;
    const all = [...this.of(organization)];
    for (let n = 0; n < burst.count; n++) {
      const number = ++this.size;
      const tag = `tag-${burst.kind === 'twins' ? first : number}-x`;
      const at = from + (spreadMs === 0 ? 0 : chance.int(0, spreadMs));
      const late = latenessOf(burst, scene, chance);
      const content = contentOf(burst.kind, { tag, number, at, digits }, chance);
      const visibleAt = burst.kind === 'future' ? scene.now : Math.max(scene.now, content.atMs + late);
      const event = { tag, organization, visibleAt, ...content };
      all.push(event);
      this.#byTag.set(tag, [...this.withTag(tag), event]);
      this.lastInstant = Math.max(this.lastInstant, event.atMs, visibleAt);
    }
    all.sort((a, b) => (a.key < b.key ? -1 : 1));
    this.#events.set(organization, all);
  }
}

function contentOf(
  kind: Burst['kind'],
  { tag, number, at, digits }: { tag: string; number: number; at: number; digits: number },
  chance: Chance,
): Pick<TrueEvent, 'atMs' | 'key' | 'readable' | 'text' | 'otherText' | 'hasId'> {
  const atMs = digits === 0 ? Math.floor(at / SECOND_MS) * SECOND_MS : at;
  const sub = isTie(kind) ? '000005' : String(chance.int(0, 999_999)).padStart(6, '0');
  const fraction = `${String(atMs % SECOND_MS).padStart(3, '0')}${sub}`.slice(0, digits);
  const key = `${atMs}${fraction.slice(3).padEnd(6, '0')}${String(number).padStart(6, '0')}`;
  if (kind === 'unreadable') {
    const text = chance.pick([`{"username":"${tag}"}`, `{"username":"${tag}","timestamp":"once"}`, `["${tag}"]`]);
    return { atMs, key, readable: false, text, otherText: text, hasId: false };
  }
  const hasId = kind !== 'twins' && !chance.happens(0.2);
  const id = hasId ? [`"id":"${String(number).padStart(24, '0')}"`] : [];
  const time = `"timestamp":"${new Date(atMs).toISOString().slice(0, 19)}${fraction && `.${fraction}`}Z"`;
  const detail = kind in DETAILS ? `,"detail":"${DETAILS[kind]}"` : '';
  const members = `"username":"${tag}","service":"directory","event_type":"user_login_attempt","success":true${detail}`;
  const [text, otherText] = [`{${[...id, time, members]}}`, `{${[members, time, ...id]}}`];
  return { atMs, key, readable: true, text, otherText, hasId };
}

function isTie(kind: Burst['kind']): boolean {
  return kind === 'tie' || kind === 'twins';
}

function placeOf(burst: Burst, scene: Scene, chance: Chance): { from: number; spreadMs: number } {
  const { kind, offsetMs, spreadMs, edge } = burst;
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
      return { from: now - (offsetMs % (2 * latenessMs)), spreadMs: isTie(kind) ? 0 : spreadMs };
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
