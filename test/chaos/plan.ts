/** What one history is like: drawn from its seed before anything happens. */
import { Chance } from './random.ts';

/** How often each trouble strikes, as probabilities; see where they are used. */
export interface Rates {
  /** A request to JumpCloud, to Logz.io, to DynamoDB, to SSM. */
  readonly jumpcloud: number;
  readonly logzio: number;
  /** A bulk of which some lines are spoilt on their way. */
  readonly spoilt: number;
  readonly dynamodb: number;
  readonly ssm: number;
  /** A run is stopped in its middle. */
  readonly stop: number;
  /** A run's clock disagrees; a run's clock steps. */
  readonly skew: number;
  readonly step: number;
  /** An answer that takes long. */
  readonly slow: number;
}

export interface Plan {
  readonly seed: number;
  /** `crowd`: thousands of small events; `fat`: pages of several bulks. */
  readonly profile: 'usual' | 'crowd' | 'fat';
  /** Empty: the key belongs to one organization that is not named. */
  readonly organizations: readonly string[];
  readonly serviceAccount: boolean;
  readonly startDate: string;
  readonly shape: 'logzio' | 'ecs';
  /** The server's habits, which nobody documents. */
  readonly order: 'nanosecond' | 'millisecond';
  readonly endInclusive: boolean;
  readonly rounding: false | 'down' | 'nearest' | 'up';
  /** Takes both ends of a query for almost a second narrower than they were asked for. */
  readonly narrows: boolean;
  readonly limitCap: number;
  readonly tokenUnit: 'milliseconds' | 'nanoseconds';
  readonly headerCase: 'documented' | 'lower' | 'upper';
  /** Of the headers `x-limit` and `x-result-count`, those that this server never sends. */
  readonly missingHeaders: readonly string[];
  readonly leaseMs: number | undefined;
  readonly rates: Rates;
  readonly steps: number;
  readonly withBackfill: boolean;
  /** When all is quiet, what waits in quarantine is replayed. */
  readonly replaysAtLast: boolean;
  /** A child process is killed in it. */
  readonly withChild: boolean;
}

/** What a redeployment may change. */
export interface Settings {
  readonly limit: number;
  readonly latenessMinutes: number;
  readonly lagSeconds: number;
}

/** Every so many histories are of another size, so that a few in a row have all of them. */
const CROWD_EVERY = 12;
const FAT_EVERY = 40;
/** Every so many histories, a child process is started and killed: it takes as long as a whole history. */
const CHILD_EVERY = 10;

export function planOf(seed: number, steps: number): Plan {
  const chance = new Chance(seed, 'plan');
  const rough = chance.weighted([
    [1, 0],
    [3, 1],
    [1, 3],
  ]);
  const profile = seed % CROWD_EVERY === 3 ? 'crowd' : seed % FAT_EVERY === 11 ? 'fat' : 'usual';
  const organizations = chance.weighted([
    [5, []],
    [3, ['org-a']],
    [2, ['org-a', 'org-b']],
    [1, ['org-a', 'org-b', 'org-c']],
  ]);
  // A crowd that hardly ever gets through is none.
  const calm = profile === 'crowd' ? Math.min(rough, 1) / 2 : rough;
  const rate = (usual: number) => (chance.happens(0.25) ? 0 : usual * calm);
  return {
    seed,
    profile,
    organizations,
    serviceAccount: organizations.length > 0 && chance.happens(0.3),
    startDate: chance.pick(['now', '-10m', '-1h', '-3h']),
    shape: chance.happens(0.8) ? 'logzio' : 'ecs',
    order: chance.pick(['nanosecond', 'millisecond']),
    endInclusive: chance.happens(0.5),
    rounding: chance.pick([false, 'down', 'nearest', 'up']),
    narrows: chance.happens(0.2),
    limitCap: chance.happens(0.2) ? chance.int(2, 8) : Number.POSITIVE_INFINITY,
    tokenUnit: chance.pick(['milliseconds', 'nanoseconds']),
    headerCase: chance.pick(['documented', 'lower', 'upper']),
    missingHeaders: chance.happens(0.2)
      ? chance.pick([['x-limit'], ['x-result-count'], ['x-limit', 'x-result-count']])
      : [],
    leaseMs: chance.happens(0.3) ? chance.int(10, 60) * 1000 : undefined,
    rates: {
      jumpcloud: rate(0.05),
      logzio: rate(0.1),
      spoilt: rate(0.04),
      dynamodb: rate(0.02),
      ssm: rate(0.05),
      stop: rate(0.3),
      skew: rate(0.3),
      step: rate(0.1),
      slow: rate(0.08),
    },
    steps: profile === 'usual' ? steps : Math.ceil(steps / 2),
    withBackfill: chance.happens(0.5),
    replaysAtLast: chance.happens(0.5),
    withChild: profile === 'usual' && seed % CHILD_EVERY === 7,
  };
}

export function settingsOf(plan: Plan, chance: Chance): Settings {
  // A crowd is to be remembered all at once: more than the checkpoint itself holds.
  const latenessMinutes = plan.profile === 'crowd' ? chance.int(20, 40) : chance.int(1, 12);
  return {
    limit: { usual: chance.int(2, 20), crowd: chance.int(50, 300), fat: chance.int(8, 50) }[plan.profile],
    latenessMinutes,
    lagSeconds: chance.pick([0, 0, 1, 10, 30, 59]),
  };
}
