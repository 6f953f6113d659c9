/** One small history, killed or frozen at every step; each request fails in every way. */
import { type History, LIFE_MS, type Mishap, type Service, type Step } from './people/history.ts';
import { play } from './people/play.ts';
import { FAULTS, type World } from './world/world.ts';

/** Instead of a seed. */
export const SYSTEMATIC = 'systematic';

/** A history, and the one request that fails in it. */
export interface Case {
  readonly kind: 'kill' | 'kill, and kill the recovery' | 'freeze' | 'fault';
  readonly history: History;
  readonly fault?: { readonly request: string; readonly fault: string };
}

const MINUTE_MS = 60_000;
const NEVER: Readonly<Record<Service, number>> = { JumpCloud: 0, 'Logz.io': 0, DynamoDB: 0, SSM: 0 };
const SETTINGS = { limit: 5, latenessMinutes: 10, lagSeconds: 10, shape: 'logzio' } as const;

/** Two runs, three pages; events that are late, shortened, refused by Logz.io, unreadable. */
export const SMALL: History = {
  seed: SYSTEMATIC,
  plan: {
    organizations: [],
    serviceAccount: false,
    startDate: '-1h',
    endInclusive: true,
    rounding: 'none',
    narrows: false,
    limitCap: Number.POSITIVE_INFINITY,
    mostLines: 3,
    leaseMs: undefined,
    rates: NEVER,
    slow: 0,
    settings: [SETTINGS],
  },
  steps: [
    step('step 1', 0, [burst('past', 10), burst('long', 1), burst('malformed', 1), burst('unreadable', 1)]),
    step('step 2', 5 * MINUTE_MS, [burst('late', 1), burst('trickle', 2)]),
  ],
  without: new Set(),
};

function burst(kind: Step['bursts'][number]['kind'], count: number): Step['bursts'][number] {
  const when = { offsetMs: 15 * MINUTE_MS, spreadMs: 5 * MINUTE_MS, edge: 0, delayMs: 0 };
  return { seed: kind, kind, count, organization: 0, ...when };
}

function step(name: string, gapMs: number, bursts: Step['bursts']): Step {
  const calm = { isWarm: false, skewMs: 0, lifeMs: LIFE_MS, mishaps: [], amount: 1 };
  return { name, gapMs, bursts, act: 'run', organization: 0, ...calm };
}

/** Every case there is, in an order that does not change. */
export async function systematicCases(): Promise<Case[]> {
  const requests: { service: Service; name: string }[] = [];
  let world: World | undefined;
  await play(SMALL, (played) => {
    world = played;
    played.decide = (service, name) => {
      if (played.isTroubled) requests.push({ service, name });
      return undefined;
    };
  });
  const [first, second] = (world?.judge.ledger.runs ?? []).map(({ instance }) => instance);
  const steps = (instance = first) => Array.from({ length: instance?.effects.count ?? 0 }, (_, nth) => nth + 1);
  const cases: Case[] = [...killsAt(0, steps(first)), ...killsAt(1, steps(second))].map((history) => ({
    kind: 'kill',
    history,
  }));
  for (const effect of steps(first)) {
    cases.push({ kind: 'freeze', history: freezeAt(effect, 5 * MINUTE_MS, undefined) });
    cases.push({ kind: 'freeze', history: freezeAt(effect, 1.5 * MINUTE_MS, MINUTE_MS) });
  }
  // The recovery has to do the work of both runs. What an instance does by itself leaves nothing to
  // recover from.
  for (const history of killsAt(0, first?.effects.requests ?? []))
    for (const again of killsAt(1, first?.effects.requests ?? [], history))
      cases.push({ kind: 'kill, and kill the recovery', history: again });
  for (const { service, name } of requests)
    for (const [, fault] of FAULTS[service])
      cases.push({ kind: 'fault', history: SMALL, fault: { request: name, fault } });
  return cases;
}

function* killsAt(run: number, effects: readonly number[], history: History = SMALL): Generator<History> {
  for (const effect of effects)
    for (const isApplied of [false, true]) yield withMishap(history, run, { kind: 'kill', effect, isApplied });
}

/** The first run stands still until the second one, begun after `gapMs`, has done its work. */
function freezeAt(effect: number, gapMs: number, leaseMs: number | undefined): History {
  const { plan, steps } = SMALL;
  const [first, second] = steps.map((one, place) => (place === 1 ? { ...one, gapMs } : one)) as [Step, Step];
  const history = { ...SMALL, plan: { ...plan, leaseMs }, steps: [first, second] };
  return withMishap(history, 0, { kind: 'freeze', effect, ms: gapMs + MINUTE_MS, outlives: true });
}

function withMishap(history: History, run: number, mishap: Mishap): History {
  const steps = history.steps.map((one, place) => (place === run ? { ...one, mishaps: [mishap] } : one));
  return { ...history, steps };
}

/** Has the request of a case fail, and no other. */
export function failing({ fault }: Case) {
  return (world: World) => {
    world.decide = (_, name) => (world.isTroubled && name === fault?.request ? fault.fault : undefined);
  };
}
