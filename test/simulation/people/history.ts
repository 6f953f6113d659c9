/** A history before it is played: plain data, drawn from its seed; parts of it can be left out. */
import { Chance } from '../world/chance.ts';

/** What happens after the first step: how often, and how many events together. */
const BURSTS = [
  [5, 'trickle', 1, 30],
  [3, 'crowd', 20, 120],
  [0.15, 'crowd', 520, 800],
  [0.25, 'tie', 520, 700],
  [3, 'edge', 1, 3],
  [3, 'late', 1, 5],
  [0.5, 'too late', 1, 3],
  [1, 'tie', 2, 60],
  [1, 'twins', 2, 5],
  [0.5, 'unreadable', 1, 1],
  [0.4, 'long', 1, 2],
  [0.4, 'malformed', 1, 2],
  [0.6, 'future', 1, 4],
] as const;

type BurstKind = 'past' | (typeof BURSTS)[number][1];

/** What people do, and how often. */
const ACTS = [
  [16, 'run'],
  [1.2, 'rewind'],
  [0.8, 'window'],
  [0.5, 'dry run'],
  [0.7, 'list'],
  [1.5, 'replay'],
  [0.7, 'two replays'],
  [1.5, 'audit'],
  [0.3, 'check'],
  [1.2, 'backfill'],
  [0.8, 'deploy'],
  [0.5, 'rotate tokens'],
  [0.6, 'Logz.io is down'],
  [0.6, 'JumpCloud is down'],
  [0.3, 'nothing'],
] as const;

/** Events that happen together. */
export interface Burst {
  readonly seed: string;
  readonly kind: BurstKind;
  readonly organization: number;
  readonly count: number;
  /** How far from now. */
  readonly offsetMs: number;
  readonly spreadMs: number;
  /** Which of the instants that the product compares with. */
  readonly edge: number;
  /** After the step begins: some happen in the middle of a run. */
  readonly delayMs: number;
}

/** What befalls an instance at one of its effects: a request, an answer, a wait. */
export type Mishap =
  | { readonly kind: 'kill'; readonly effect: number; readonly isApplied: boolean }
  /** `outlives`: it goes on although its time is over. */
  | { readonly kind: 'freeze'; readonly effect: number; readonly ms: number; readonly outlives: boolean }
  | { readonly kind: 'clock'; readonly effect: number; readonly skewMs: number };

export type Plan = ReturnType<typeof planOf>;
export type Settings = ReturnType<typeof settingsOf>;
export type Service = keyof Plan['rates'];
export type Step = ReturnType<typeof stepOf>;

export interface History {
  readonly seed: string;
  readonly plan: Plan;
  readonly steps: readonly Step[];
  /** Faults that are not to strike, by name: for shrinking. */
  readonly without: ReadonlySet<string>;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const STEPS = 16;
/** As Lambda's time-out for runs every five minutes. */
export const LIFE_MS = 290_000;
const FARTHEST_CLOCK_MS = 10 * MINUTE_MS;

/** @param seed all of the history follows from it */
export function historyOf(seed: string): History {
  const chance = new Chance(seed, 'history');
  const plan = planOf(chance);
  const steps = Array.from({ length: STEPS }, (_, index) => stepOf(seed, index, plan, chance));
  return { seed, plan, steps, without: new Set() };
}

/** What holds for the whole history. */
function planOf(chance: Chance) {
  const rough = chance.pick([0, 1, 1, 1, 3]);
  const rate = (usual: number) => (chance.happens(0.25) ? 0 : usual * rough);
  const organizations = chance.weighted<string[]>([
    [5, []],
    [3, ['org-a']],
    [2, ['org-a', 'org-b']],
  ]);
  return {
    /** Empty: the key belongs to one organization that is not named. */
    organizations,
    serviceAccount: organizations.length > 0 && chance.happens(0.3),
    startDate: chance.pick(['now', '-10m', '-1h', '-3h']),
    /** JumpCloud's habits, which nobody documents. */
    endInclusive: chance.happens(0.5),
    rounding: chance.pick(['none', 'none', 'down', 'nearest', 'up'] as const),
    narrows: chance.happens(0.2),
    limitCap: chance.happens(0.15) ? chance.int(10, 40) : Number.POSITIVE_INFINITY,
    /** Logz.io refuses larger bulks with a 413. */
    mostLines: chance.happens(0.25) ? chance.int(2, 30) : Number.POSITIVE_INFINITY,
    /** A lease shorter than a run; undefined: as long as the run. */
    leaseMs: chance.happens(0.4) ? chance.int(10, 60) * SECOND_MS : undefined,
    /** The probability that a request fails, by who is asked. */
    rates: { JumpCloud: rate(0.04), 'Logz.io': rate(0.1), DynamoDB: rate(0.02), SSM: rate(0.05) },
    slow: rate(0.03),
    settings: [settingsOf(chance), settingsOf(chance), settingsOf(chance)],
  };
}

/** What a deployment sets. */
function settingsOf(chance: Chance) {
  return {
    limit: chance.weighted([
      [1, chance.int(2, 12)],
      [6, chance.int(20, 120)],
      [2, 1000],
    ]),
    latenessMinutes: chance.int(1, 15),
    lagSeconds: chance.pick([0, 0, 1, 10, 30, 59]),
    shape: chance.happens(0.85) ? ('logzio' as const) : ('ecs' as const),
  };
}

/** Events happen, somebody does something, and something befalls what it needs. */
function stepOf(seed: string, index: number, plan: Plan, chance: Chance) {
  const organization = chance.int(0, Math.max(0, plan.organizations.length - 1));
  const act = index === 0 ? 'run' : chance.weighted(ACTS);
  return {
    name: `step ${index + 1}`,
    /** Since the step before. */
    gapMs: gapOf(index, chance),
    bursts: burstsOf(`${seed} ${index}`, index, plan, chance),
    act,
    organization,
    isWarm: chance.happens(0.5),
    skewMs: chance.happens(0.2) ? chance.int(-FARTHEST_CLOCK_MS, FARTHEST_CLOCK_MS) : 0,
    lifeMs: chance.happens(0.1) ? chance.int(2, 30) * SECOND_MS : LIFE_MS,
    mishaps: mishapsOf(chance),
    /** For whatever else the act needs: how far back, how long. */
    amount: chance.int(1, 60),
  };
}

function gapOf(index: number, chance: Chance): number {
  if (index === 0) return 0;
  return chance.weighted([
    [6, 5 * MINUTE_MS],
    [2, chance.int(0, 10_000)],
    [2, chance.int(1, 60) * SECOND_MS],
    [2, chance.int(5, 90) * MINUTE_MS],
    [0.2, chance.int(24, 24 * 10) * HOUR_MS],
  ]);
}

function mishapsOf(chance: Chance): Mishap[] {
  const effect = chance.int(1, chance.pick([10, 40, 150]));
  return chance.weighted<Mishap[]>([
    [13, []],
    [3, [{ kind: 'kill', effect, isApplied: chance.happens(0.5) }]],
    [
      3,
      [{ kind: 'freeze', effect, ms: chance.pick([20, 90, 180, 330, 700]) * SECOND_MS, outlives: chance.happens(0.5) }],
    ],
    [1, [{ kind: 'clock', effect, skewMs: chance.int(-FARTHEST_CLOCK_MS, FARTHEST_CLOCK_MS) }]],
  ]);
}

function burstsOf(seed: string, index: number, plan: Plan, chance: Chance): Burst[] {
  const burst = (nth: number, kind: BurstKind, count: number): Burst => ({
    seed: `${seed} ${nth}`,
    kind,
    organization: chance.int(0, Math.max(0, plan.organizations.length - 1)),
    count,
    offsetMs: chance.int(1, 4 * HOUR_MS),
    spreadMs: chance.pick([5, SECOND_MS, MINUTE_MS, 10 * MINUTE_MS]),
    edge: chance.int(0, 5),
    delayMs: index > 0 && chance.happens(0.4) ? chance.int(0, 5 * SECOND_MS) : 0,
  });
  if (index === 0) {
    const crowd = chance.happens(0.25) ? [burst(3, chance.pick(['crowd', 'tie']), chance.int(520, 700))] : [];
    return [burst(0, 'past', chance.int(0, 250)), burst(1, 'past', chance.int(0, 200)), ...crowd];
  }
  const kinds = Array.from({ length: chance.int(1, 3) }, () =>
    chance.weighted(
      BURSTS.map(([weight, kind, low, high]) => [weight, { kind, count: low === high ? low : chance.int(low, high) }]),
    ),
  );
  return kinds.map(({ kind, count }, nth) => burst(nth, kind, count));
}
