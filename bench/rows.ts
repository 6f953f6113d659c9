/** What is measured, what each figure must reach, and how the figures are taken. */
import { formatInstant } from '../lib/platform/time.ts';
import type { Kind } from './events.ts';
import type { Laboratory } from './laboratory.ts';
import type { Counts } from './simulators.ts';
import { readsPerEvent } from './steady.ts';
import type { Measured } from './subject.ts';

export interface Row {
  readonly measure: string;
  readonly workload: string;
  /** As a person reads it. */
  readonly target: string;
  readonly measured: string;
  /** Undefined where there is nothing to reach. */
  readonly reached: boolean | undefined;
  /** The raw figures, by name. */
  readonly figures: Readonly<Record<string, number | readonly number[]>>;
}

export interface Sizes {
  readonly events: number;
  readonly rounds: number;
  readonly pages: number;
  readonly eventsADay: number;
  /**
   * How many times more events the second and the third history of the growth row have than the
   * first.
   */
  readonly growth: readonly number[];
}

export const FULL: Sizes = { events: 200_000, rounds: 5, pages: 50, eventsADay: 1_000_000, growth: [1, 10, 100] };
export const QUICK: Sizes = { events: 40_000, rounds: 1, pages: 5, eventsADay: 100_000, growth: [1, 4] };

const HOUR_MS = 3_600_000;
/** Events lie so far apart: a page of 10,000 is 200 seconds of a busy organization. */
const STEP_MS = 20;
const PAGE_EVENTS = 10_000;
const MEGABYTE = 1_000_000;
/** Times the plain loop of the same round. */
const TARGETS = { logzio: 1.35, ecs: 1.7 };
const FIRST_RUN_TARGET_MS = 160;
const USUAL_RUN_TARGET_MS = 30;
const MEMORY_TARGET_MB = 200;
const LARGE_MEMORY_TARGET_MB = 256;
const PAGE_LATENCY_MS = 1000;
const BULK_LATENCY_MS = 150;
const CATCH_UP_TARGET = 1.1;
const INIT_TARGET_MS = 110;
const BUNDLE_TARGET_KB = 620;
const GROWTH_TOLERANCE = 1.2;

/** All rows, each as soon as it is measured. */
export async function* measureAll(laboratory: Laboratory, sizes: Sizes): AsyncGenerator<Row> {
  yield* cpuAndMemory(laboratory, sizes, 'sample day');
  yield* cpuAndMemory(laboratory, sizes, 'plain');
  yield await youngEvents(laboratory, sizes);
  yield* usualRuns(laboratory, sizes);
  yield await largePage(laboratory, sizes);
  yield await catchUp(laboratory, sizes);
  yield* init(laboratory, sizes);
  yield await caughtUpRequests(laboratory);
  yield await steadyState(sizes);
  yield await growth(laboratory, sizes);
}

async function* cpuAndMemory(laboratory: Laboratory, sizes: Sizes, kind: Kind): AsyncGenerator<Row> {
  const history = olderThanAnHour(kind, sizes.events);
  const from = new Date(history.from);
  await laboratory.world({});
  const emptyLoop = await laboratory.reference('plain loop', from);
  const empty = await laboratory.ship({ startDate: '-1h' });
  const micros = (measured: Measured, less: Measured) => (measured.cpuMicros - less.cpuMicros) / sizes.events;
  const floor: number[] = [];
  const plain: number[] = [];
  const plainPeaks: number[] = [];
  // As Node sets its heap by itself: it takes more memory and collects less often.
  const freePlain: number[] = [];
  const freePeaks: number[] = [];
  const shapes = { logzio: [] as number[], ecs: [] as number[] };
  const peaks = { logzio: [] as number[], ecs: [] as number[] };
  let eventBytes = 0;
  for (let round = 0; round < sizes.rounds; round++) {
    ({ eventBytes } = await laboratory.world({ history }));
    floor.push(micros(await laboratory.reference('floor', from), emptyLoop));
    const loop = await laboratory.reference('plain loop', from);
    plain.push(micros(loop, emptyLoop));
    plainPeaks.push(loop.peakBytes / MEGABYTE);
    const free = await laboratory.reference('plain loop', from, {});
    freePlain.push(micros(free, emptyLoop));
    freePeaks.push(free.peakBytes / MEGABYTE);
    for (const shape of ['logzio', 'ecs'] as const) {
      await laboratory.world({ history });
      const measured = await laboratory.ship({ shape, startDate: formatInstant(history.from) });
      mustHaveShipped(measured, sizes.events);
      shapes[shape].push(micros(measured, empty));
      peaks[shape].push(measured.peakBytes / MEGABYTE);
    }
  }
  const workload = `${count(sizes.events)} events of ${Math.round(eventBytes)} bytes, ${kind}`;
  yield {
    ...{ measure: 'references: floor, plain loop', workload, target: '–' },
    measured: `${fixed(median(floor))} and ${fixed(median(plain))} µs an event`,
    ...{ reached: undefined, figures: { floorMicros: floor, plainLoopMicros: plain, megabytes: plainPeaks } },
  };
  yield {
    ...{ measure: 'plain loop, heap as Node sets it', workload, target: '–' },
    measured: `${fixed(median(freePlain))} µs an event, ${fixed(median(freePeaks), 0)} MB instead of ${fixed(median(plainPeaks), 0)}`,
    ...{ reached: undefined, figures: { micros: freePlain, megabytes: freePeaks } },
  };
  for (const shape of ['logzio', 'ecs'] as const) {
    const ratios = shapes[shape].map((micros, round) => micros / (plain[round] ?? Number.NaN));
    yield {
      ...{ measure: `CPU an event, shape ${shape}`, workload, target: `≤ ${TARGETS[shape]} × the plain loop` },
      measured: `${fixed(median(ratios), 2)} × (${fixed(median(shapes[shape]))} µs)`,
      ...{ reached: median(ratios) <= TARGETS[shape], figures: { ratios, micros: shapes[shape] } },
    };
  }
  for (const shape of ['logzio', 'ecs'] as const) {
    yield {
      ...{ measure: `peak memory, shape ${shape}`, workload, target: `≤ ${MEMORY_TARGET_MB} MB` },
      measured: `${fixed(median(peaks[shape]), 0)} MB (an empty run ${fixed(empty.peakBytes / MEGABYTE, 0)} MB)`,
      ...{ reached: median(peaks[shape]) <= MEMORY_TARGET_MB, figures: { megabytes: peaks[shape] } },
    };
  }
}

/** Events younger than the allowed lateness: their fingerprints have to be saved. */
async function youngEvents(laboratory: Laboratory, { events }: Sizes): Promise<Row> {
  await laboratory.world({});
  const empty = await laboratory.ship({ startDate: '-14m' });
  const history = { kind: 'sample day', count: events, from: Date.now() - 13 * 60_000, stepMs: 3 } as const;
  await laboratory.world({ history });
  const measured = await laboratory.ship({ startDate: formatInstant(history.from - 1000) });
  mustHaveShipped(measured, events);
  const micros = (measured.cpuMicros - empty.cpuMicros) / events;
  return {
    measure: 'CPU an event, shape logzio',
    workload: `the same, all younger than the allowed lateness`,
    target: '–',
    measured: `${fixed(micros)} µs, ${fixed(measured.peakBytes / MEGABYTE, 0)} MB`,
    reached: undefined,
    figures: { micros, megabytes: measured.peakBytes / MEGABYTE },
  };
}

/** What most runs do: 200 new events, and 600 of the 15 minutes before read again. */
async function* usualRuns(laboratory: Laboratory, { rounds }: Sizes): AsyncGenerator<Row> {
  const [runs, stepMs] = [12, 1500];
  const first: number[] = [];
  // Every third run or so collects garbage: one run alone says little.
  const warm: number[] = [];
  for (let round = 0; round < 3 * rounds; round++) {
    const from = Date.now() - (runs + 5) * 5 * 60_000;
    await laboratory.world({ history: { kind: 'sample day', count: (Date.now() - from) / stepMs, from, stepMs } });
    const { runMicros } = await laboratory.ship({ startDate: '-15m', runs });
    first.push((runMicros[0] ?? Number.NaN) / 1000);
    warm.push(...runMicros.slice(runs - 5).map((micros) => micros / 1000));
  }
  const row = (measure: string, millis: readonly number[], target: number): Row => ({
    ...{ measure, workload: '800 events read, sample day', target: `≤ ${target} ms CPU` },
    measured: `${fixed(median(millis), 0)} ms`,
    ...{ reached: median(millis) <= target, figures: { millis } },
  });
  yield row('first run of an instance, import excluded', first, FIRST_RUN_TARGET_MS);
  yield row('eighth to twelfth run of an instance', warm, USUAL_RUN_TARGET_MS);
}

async function largePage(laboratory: Laboratory, { rounds }: Sizes): Promise<Row> {
  const history = olderThanAnHour('large', PAGE_EVENTS);
  const [megabytes, seconds]: [number[], number[]] = [[], []];
  let eventBytes = 0;
  for (let round = 0; round < rounds; round++) {
    ({ eventBytes } = await laboratory.world({ history }));
    const measured = await laboratory.ship({ startDate: formatInstant(history.from) });
    mustHaveShipped(measured, PAGE_EVENTS);
    megabytes.push(measured.peakBytes / MEGABYTE);
    seconds.push(measured.wallMs / 1000);
  }
  return {
    measure: 'peak memory',
    workload: `one page of ${count(PAGE_EVENTS)} events of ${Math.round(eventBytes / 1000)} KB`,
    target: `≤ ${LARGE_MEMORY_TARGET_MB} MB, no failure`,
    measured: `${fixed(median(megabytes), 0)} MB, in ${fixed(median(seconds), 0)} s`,
    reached: median(megabytes) <= LARGE_MEMORY_TARGET_MB,
    figures: { megabytes, seconds },
  };
}

async function catchUp(laboratory: Laboratory, { pages }: Sizes): Promise<Row> {
  // The last of them is not full, and so is known to be the last.
  const history = olderThanAnHour('sample day', pages * PAGE_EVENTS - 1);
  await laboratory.world({ history, pageLatencyMs: PAGE_LATENCY_MS, bulkLatencyMs: BULK_LATENCY_MS });
  const measured = await laboratory.ship({ startDate: formatInstant(history.from) });
  mustHaveShipped(measured, history.count);
  const ratio = measured.wallMs / (pages * PAGE_LATENCY_MS);
  return {
    measure: 'wall time to catch up',
    workload: `${pages} pages of 1 s each, a bulk 150 ms`,
    target: `≤ ${CATCH_UP_TARGET} × ${pages} s`,
    measured: `${fixed(ratio, 2)} × (${fixed(measured.wallMs / 1000)} s)`,
    reached: ratio <= CATCH_UP_TARGET,
    figures: { ratio, wallMs: measured.wallMs },
  };
}

async function* init(laboratory: Laboratory, { rounds }: Sizes): AsyncGenerator<Row> {
  await laboratory.world({});
  const millis: number[] = [];
  for (let round = 0; round < 3 * rounds; round++) {
    millis.push((await laboratory.ship({ startDate: 'now', loadOnly: true })).initMicros / 1000);
  }
  yield {
    ...{ measure: 'init', workload: 'import of the deployed bundle', target: `≤ ${INIT_TARGET_MS} ms CPU` },
    measured: `${fixed(median(millis), 0)} ms`,
    ...{ reached: median(millis) <= INIT_TARGET_MS, figures: { millis } },
  };
  const kilobytes = laboratory.bundleBytes() / 1000;
  yield {
    ...{ measure: 'bundle', workload: 'minified', target: `≤ ${BUNDLE_TARGET_KB} KB` },
    measured: `${fixed(kilobytes, 0)} KB`,
    ...{ reached: kilobytes <= BUNDLE_TARGET_KB, figures: { kilobytes } },
  };
}

async function caughtUpRequests(laboratory: Laboratory): Promise<Row> {
  const history = { kind: 'sample day', count: 300, from: Date.now() - 10 * 60_000, stepMs: 1000 } as const;
  await laboratory.world({ history });
  // In its first hour a stream also tests Logz.io's token.
  await laboratory.ship({ startDate: '-15m', runs: 15 });
  // What a new instance asks beside, it asks once.
  const start = await laboratory.counts();
  await laboratory.ship({ startDate: '-15m' });
  const before = await laboratory.counts();
  const { result } = await laboratory.ship({ startDate: '-15m', runs: 2 });
  const end = await laboratory.counts();
  const ofLast = (name: keyof Counts) => end[name] - before[name] - (before[name] - start[name]);
  const [dynamoDb, jumpcloud, logzio] = [ofLast('dynamoDb'), ofLast('jumpcloud'), ofLast('logzio')];
  return {
    measure: 'requests of a caught-up run',
    workload: `nothing new, ${result.eventsRead} events read again`,
    target: '≤ 2 DynamoDB, ≤ 2 JumpCloud, 0 Logz.io',
    measured: `${dynamoDb} DynamoDB, ${jumpcloud} JumpCloud, ${logzio} Logz.io`,
    reached: dynamoDb <= 2 && jumpcloud <= 2 && logzio === 0,
    figures: { dynamoDb, jumpcloud, logzio },
  };
}

async function steadyState({ eventsADay }: Sizes): Promise<Row> {
  const { reads, target } = await readsPerEvent(eventsADay);
  return {
    measure: 'reads an event in steady state',
    workload: `every 5 minutes, 15 of lateness, ${count(eventsADay)} events a day`,
    target: `≤ ${target}`,
    measured: fixed(reads, 2),
    reached: reads <= target,
    figures: { reads },
  };
}

async function growth(laboratory: Laboratory, { growth }: Sizes): Promise<Row> {
  const base = 2 * PAGE_EVENTS;
  await laboratory.world({});
  const empty = await laboratory.ship({ startDate: '-1h' });
  const micros: number[] = [];
  const walls: number[] = [];
  const megabytes: number[] = [];
  for (const times of growth) {
    const history = olderThanAnHour('sample day', times * base);
    await laboratory.world({ history });
    const measured = await laboratory.ship({ startDate: formatInstant(history.from) });
    mustHaveShipped(measured, history.count);
    micros.push((measured.cpuMicros - empty.cpuMicros) / history.count);
    walls.push((1000 * measured.wallMs) / history.count);
    megabytes.push(measured.peakBytes / MEGABYTE);
  }
  // The first is the shortest, and pays for warming up; from the second on memory has its size.
  const isLinear = micros.every((cpu) => cpu <= GROWTH_TOLERANCE * (micros[0] ?? 0));
  const isFlat = (megabytes.at(-1) ?? 0) <= GROWTH_TOLERANCE * (megabytes[1] ?? 0);
  const list = (values: readonly number[], digits: number) => values.map((value) => fixed(value, digits)).join(', ');
  return {
    measure: 'growth',
    workload: growth.map((times) => count(times * base)).join(', '),
    target: 'CPU and wall linear, memory flat',
    measured: `CPU ${list(micros, 1)} µs, wall ${list(walls, 1)} µs an event; ${list(megabytes, 0)} MB`,
    reached: isLinear && isFlat,
    figures: { micros, walls, megabytes },
  };
}

function olderThanAnHour(kind: Kind, count: number) {
  return { kind, count, stepMs: STEP_MS, from: Date.now() - HOUR_MS - count * STEP_MS };
}

function mustHaveShipped({ result }: Measured, events: number): void {
  if (result.shipped !== events) throw new Error(`${result.shipped} of ${events} events were shipped`);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

function fixed(value: number, digits = 1): string {
  return value.toFixed(digits);
}

function count(events: number): string {
  return events.toLocaleString('en');
}
