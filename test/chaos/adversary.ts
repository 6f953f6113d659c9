/** Makes events where they hurt: at the edges of windows, in ties, late to the last millisecond, from the future, unreadable. */
import type { EpochMs } from '../../lib/platform/clock.ts';
import type { Plan } from './plan.ts';
import type { Chance } from './random.ts';
import type { TrueEvent } from './truth.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** What it knows of the product when it strikes. */
export interface Scene {
  readonly now: EpochMs;
  readonly latenessMs: number;
  /** Instants that the product compares with: settled, watermark, the end of a window. */
  readonly edges: readonly EpochMs[];
  readonly limit: number;
}

type Strike = (scene: Scene, organization: string) => TrueEvent[];

export class Adversary {
  readonly #chance: Chance;
  readonly #plan: Plan;
  #made = 0;
  #lastGiven = { id: '', timestamp: '' };

  constructor(plan: Plan, chance: Chance) {
    this.#plan = plan;
    this.#chance = chance;
  }

  /** The past that the first run finds. */
  past(scene: Scene, organization: string): TrueEvent[] {
    const chance = this.#chance;
    const events: TrueEvent[] = [];
    for (let stretch = 0; stretch < 3; stretch++) {
      const from = scene.now - chance.int(1, 4 * 60) * MINUTE_MS;
      const count = chance.int(0, this.#burstSize(scene) / 2);
      for (let n = 0; n < count; n++)
        events.push(this.#one(organization, from + chance.int(0, 10 * MINUTE_MS), 0, scene));
    }
    return events;
  }

  /** Some events, none of which any earlier answer can have held. */
  strike(scene: Scene, organization: string): TrueEvent[] {
    const strike = this.#chance.weighted<Strike>([
      [3, () => []],
      [5, this.#trickle],
      [3, this.#edge],
      [2, this.#late],
      [this.#plan.profile === 'crowd' ? 18 : 1, this.#burst],
      [1, this.#tie],
      [1, this.#twins],
      [0.5, this.#unreadable],
    ]);
    return strike(scene, organization);
  }

  /** What one missed run would have found: more than a page, as a rule. */
  backlog(scene: Scene, organization: string): TrueEvent[] {
    const count = this.#chance.int(0, Math.min(30, 3 * scene.limit));
    return Array.from({ length: count }, () =>
      this.#one(organization, scene.now - this.#chance.int(0, scene.latenessMs), undefined, scene),
    );
  }

  /** Between two pages: a few late ones, somewhere in what is being read. */
  readonly between = (scene: Scene, organization: string): TrueEvent[] => {
    const strike = this.#chance.pick([this.#late, this.#edge]);
    return strike(scene, organization);
  };

  /** As late as allowed, and not quite visible yet: what an answer that takes its time does not hold. */
  readonly imminent: Strike = (scene, organization) =>
    Array.from({ length: 4 }, () => {
      const at = scene.now - scene.latenessMs + this.#chance.int(1, 60 * SECOND_MS);
      return this.#one(organization, at, scene.latenessMs, scene, { digits: 3 });
    });

  readonly #trickle: Strike = (scene, organization) => {
    const chance = this.#chance;
    return Array.from({ length: chance.int(1, 6) }, () =>
      this.#one(organization, scene.now + chance.int(-2 * scene.latenessMs, 5 * MINUTE_MS), undefined, scene),
    );
  };

  readonly #edge: Strike = (scene, organization) => {
    const chance = this.#chance;
    const edge = chance.pick([...scene.edges, scene.now, scene.now - scene.latenessMs, scene.now + 30 * SECOND_MS]);
    const at = chance.happens(0.5) ? edge : Math.floor(edge / SECOND_MS) * SECOND_MS;
    return Array.from({ length: chance.int(1, 3) }, () =>
      this.#one(organization, at + chance.pick([-SECOND_MS, -1, 0, 0, 1, SECOND_MS]), undefined, scene),
    );
  };

  readonly #late: Strike = (scene, organization) => {
    const chance = this.#chance;
    return Array.from({ length: chance.int(1, 4) }, () => {
      const latenessMs = chance.happens(0.4) ? scene.latenessMs : chance.int(0, scene.latenessMs);
      return this.#one(organization, scene.now - latenessMs + chance.int(0, 2) * SECOND_MS, latenessMs, scene);
    });
  };

  readonly #burst: Strike = (scene, organization) => {
    const chance = this.#chance;
    const from = scene.now - chance.int(-MINUTE_MS, scene.latenessMs);
    const widthMs = chance.pick([5, SECOND_MS, MINUTE_MS]);
    return Array.from({ length: chance.int(2, this.#burstSize(scene)) }, () =>
      this.#one(organization, from + chance.int(0, widthMs), undefined, scene),
    );
  };

  /** More of one nanosecond than a page holds. */
  readonly #tie: Strike = (scene, organization) => {
    const chance = this.#chance;
    const at = scene.now + chance.int(-scene.latenessMs, SECOND_MS);
    const digits = chance.pick([0, 3, 9]);
    return Array.from({ length: chance.int(2, Math.min(60, 3 * scene.limit)) }, () =>
      this.#one(organization, at, undefined, scene, { digits, nanoseconds: 5 }),
    );
  };

  /** Equal in everything, without an id, the members in any order; some of them late. */
  readonly #twins: Strike = (scene, organization) => {
    const chance = this.#chance;
    const at = scene.now + chance.int(-scene.latenessMs, SECOND_MS);
    const tag = this.#nextTag();
    const digits = chance.pick([0, 3, 9]);
    return Array.from({ length: chance.int(2, 5) }, () =>
      this.#one(organization, at, undefined, scene, { digits, nanoseconds: 5, tag, id: undefined }),
    );
  };

  readonly #unreadable: Strike = (scene, organization) => {
    const chance = this.#chance;
    const latenessMs = chance.int(0, scene.latenessMs);
    const atMs = scene.now - latenessMs;
    const tag = this.#nextTag();
    const text = chance.pick([
      `{"id":"${tag}","username":"${tag}"}`,
      `{"id":"${tag}","username":"${tag}","timestamp":"yesterday"}`,
      `{"username":"${tag}","timestamp":null}`,
      `["${tag}"]`,
      `"${tag}"`,
      `{"username":"${tag}",}`,
    ]);
    const timestamp = new Date(atMs).toISOString();
    const input = { text, timestamp, service: 'directory', visibleAt: scene.now };
    return [{ tag, organization, atMs, visibleAt: scene.now, readable: false, input }];
  };

  #burstSize({ limit }: Scene): number {
    const { profile } = this.#plan;
    if (profile === 'crowd') return 900;
    return profile === 'fat' ? 25 : 4 * limit;
  }

  #nextTag(): string {
    this.#made++;
    return `tag-${this.#made}-x`;
  }

  /** @param latenessMs when it is visible; undefined for any time that an honest JumpCloud may choose */
  #one(
    organization: string,
    at: EpochMs,
    latenessMs: number | undefined,
    scene: Scene,
    given: { digits?: number; nanoseconds?: number; tag?: string; id?: undefined } = {},
  ): TrueEvent {
    const chance = this.#chance;
    const tag = given.tag ?? this.#nextTag();
    const digits = given.digits ?? chance.pick([0, 3, 3, 6, 9]);
    const atMs = digits === 0 ? Math.floor(at / SECOND_MS) * SECOND_MS : at;
    const fraction =
      String(atMs % SECOND_MS).padStart(3, '0') + String(given.nanoseconds ?? chance.int(0, 999_999)).padStart(6, '0');
    const seconds = new Date(atMs).toISOString().slice(0, 19);
    const timestamp = digits === 0 ? `${seconds}Z` : `${seconds}.${fraction.slice(0, digits)}Z`;
    const late = latenessMs ?? this.#lateness(scene.latenessMs);
    const fromTheFuture = atMs > scene.now && chance.happens(0.3);
    const visibleAt = fromTheFuture ? scene.now : Math.max(scene.now, atMs + late);
    const id = 'id' in given || chance.happens(0.25) ? undefined : this.#id(timestamp);
    const members: [string, unknown][] = [
      ['timestamp', timestamp],
      ['username', tag],
      ['service', 'directory'],
      ['event_type', 'user_login_attempt'],
      ['success', true],
    ];
    if (id !== undefined) members.push(['id', id]);
    if (this.#plan.profile === 'fat') members.push(['resource', this.#fat()]);
    const text = JSON.stringify(Object.fromEntries(chance.shuffled(members)));
    return {
      tag,
      organization,
      atMs,
      visibleAt,
      readable: true,
      input: { text, timestamp, service: 'directory', visibleAt },
    };
  }

  #lateness(allowedMs: number): number {
    const chance = this.#chance;
    return chance.weighted([
      [6, 0],
      [3, chance.int(0, allowedMs)],
      [2, allowedMs],
      [1, allowedMs - chance.int(0, 2 * SECOND_MS)],
      [0.5, allowedMs + chance.int(1, HOUR_MS)],
    ]);
  }

  /** Now and then an id that was given before: with another timestamp it is another event. */
  #id(timestamp: string): string {
    const last = this.#lastGiven;
    if (last.id !== '' && last.timestamp !== timestamp && this.#chance.happens(0.03)) {
      this.#lastGiven = { id: '', timestamp: '' };
      return last.id;
    }
    this.#lastGiven = { id: String(this.#made).padStart(24, '0'), timestamp };
    return this.#lastGiven.id;
  }

  /** Up to 400 KB, in fields below Logz.io's limit of one. */
  #fat(): Record<string, string> {
    const fields = this.#chance.int(2, 13);
    return Object.fromEntries(Array.from({ length: fields }, (_, n) => [`part${n}`, 'x'.repeat(30_000)]));
  }
}
