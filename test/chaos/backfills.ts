/** Backfills of what lies before the live streams, begun, killed between two questions or within one, and begun again. */
import { BackfillFailedError, driveBackfill, type Engine, type NamedRequest } from '../../lib/backfill/drive.ts';
import type { BackfillRequest, BackfillStart, Totals } from '../../lib/backfill/protocol.ts';
import type { EpochMs } from '../../lib/platform/clock.ts';
import type { Fleet } from './fleet.ts';
import type { Stop } from './gate.ts';
import { PromiseBrokenError } from './judge.ts';
import type { Chance } from './random.ts';
import type { Course, Outcome, Stage } from './stage.ts';
import type { TableState } from './table-reader.ts';

const MINUTE_MS = 60_000;
/** As Lambda's time-out for runs every five minutes. */
const LIFE_MS = 290_000;

export interface BackfillsParts {
  readonly stage: Stage;
  readonly fleet: Fleet;
  readonly chance: Chance;
  /** One run of the live streams. */
  readonly run: () => Promise<void>;
}

/** The engine dies: what it knows is gone, what is in the table stays. */
class EngineKilledError extends Error {
  override readonly name = 'EngineKilledError';
}

export class Backfills {
  readonly #parts: BackfillsParts;
  /** By organization, how far back its backfills have reached for so far. */
  readonly #from = new Map<string, EpochMs>();

  constructor(parts: BackfillsParts) {
    this.#parts = parts;
  }

  /** Begins a backfill, or goes on with an earlier one, until it is done or killed. */
  async act(known: TableState): Promise<void> {
    const { chance, stage } = this.#parts;
    const organization = chance.pick(stage.cloud.organizations);
    const began = known.checkpoints.get(stage.streamOf(organization))?.began;
    // One that begins in the future, by a clock that was ahead, leaves nothing to a backfill for now.
    if (began === undefined || began > stage.time.now()) return;
    const from = this.#from.get(organization);
    if (from === undefined || chance.happens(0.2))
      this.#from.set(organization, (from ?? began) - chance.int(1, 240) * MINUTE_MS - chance.int(0, 999));
    stage.count('backfills');
    try {
      await driveBackfill(this.#engine(chance.int(1, chance.pick([4, 12, 40]))), this.#start(organization));
      stage.count('backfills done');
    } catch (error) {
      if (!(error instanceof EngineKilledError || error instanceof BackfillFailedError)) throw error;
      stage.trace(`the backfill ends: ${error.name} ${error.message}`);
    }
  }

  /** When all is quiet: to the end, each that was begun. */
  async finish(): Promise<ReadonlyMap<string, Totals>> {
    const totals = new Map<string, Totals>();
    for (const organization of this.#from.keys()) {
      try {
        totals.set(
          organization,
          await driveBackfill(this.#engine(Number.POSITIVE_INFINITY), this.#start(organization)),
        );
      } catch (error) {
        throw new PromiseBrokenError(`a backfill without faults failed: ${error}`);
      }
    }
    return totals;
  }

  #start(organization: string): BackfillStart {
    const { chance, stage } = this.#parts;
    return {
      start_time: new Date(this.#from.get(organization) ?? 0).toISOString(),
      events_per_slice: chance.int(2, chance.pick([10, 60])),
      max_concurrency: chance.int(1, 3),
      ...(stage.plan.organizations.length > 0 && { org_id: organization }),
    };
  }

  /** @param questions how many it lives for */
  #engine(questions: number): Engine {
    const { chance, stage } = this.#parts;
    let left = questions;
    const ask = async (request: BackfillRequest): Promise<unknown> => {
      if (left-- <= 0) throw new EngineKilledError('killed between two questions');
      return answerOf(await this.#ask(request, this.#stop()));
    };
    const engine: Engine = {
      mostOperations: chance.int(20, 200),
      ask: async (_name, request) => {
        await this.#meanwhile();
        return await ask(request);
      },
      askAll: async (_name, requests, atOnce) => {
        const answers: unknown[] = [];
        for (let next = 0; next < requests.length; ) {
          await this.#meanwhile();
          const [first, second] = requests.slice(next, next + 2) as [NamedRequest, NamedRequest?];
          if (second && atOnce > 1 && stage.cloud.state.troubled && chance.happens(0.4) && left > 1) {
            left -= 2;
            answers.push(...(await this.#askBoth(first.request, second.request)));
            next += 2;
          } else {
            answers.push(await ask(first.request));
            next++;
          }
        }
        return answers;
      },
      wait: (_name, ms) => stage.time.pass(ms),
      handOver: (start) => driveBackfill(engine, start),
    };
    return engine;
  }

  /** Two slices at once: the one is stopped in its middle until the other is through. */
  async #askBoth(first: BackfillRequest, second: BackfillRequest): Promise<unknown[]> {
    const { chance, fleet } = this.#parts;
    let other: Outcome | undefined;
    const stop: Stop = { call: chance.int(1, 10), when: chance.pick(['before', 'after']) };
    const own = await fleet.interrupted(fleet.start(), this.#course(first, stop), async () => {
      other = await this.#ask(second, undefined);
    });
    return [answerOf(own), answerOf(other ?? (await this.#ask(second, undefined)))];
  }

  async #ask(request: BackfillRequest, stop: Stop | undefined): Promise<Outcome> {
    const { fleet } = this.#parts;
    const instance = stop ? fleet.start() : fleet.take();
    instance.clock.skewMs = 0;
    return await fleet.invoke(instance, this.#course(request, stop));
  }

  #course(request: BackfillRequest, stop: Stop | undefined): Course {
    const { stage, fleet } = this.#parts;
    if (request.backfill === 'ship') {
      const slice = `${request.org_id ?? 'default'} ${request.slice}`;
      if (!stage.slicesAskedFor.has(slice)) stage.slicesAskedFor.set(slice, stage.time.now());
    }
    stage.count(`backfill ${request.backfill}`);
    const name = fleet.name(`backfill-${request.backfill}`);
    return { name, input: { ...request }, lifeMs: LIFE_MS, ...(stop && { stop }) };
  }

  #stop(): Stop | undefined {
    const { chance, stage } = this.#parts;
    if (!stage.cloud.state.troubled || !chance.happens(stage.plan.rates.stop / 2)) return undefined;
    return { call: chance.int(1, 12), when: chance.pick(['before', 'after']) };
  }

  /** The live streams do not stand still. */
  async #meanwhile(): Promise<void> {
    const { chance, stage, run } = this.#parts;
    if (stage.cloud.state.troubled && chance.happens(0.15)) await run();
  }
}

/** What a durable engine is told by Lambda. */
function answerOf(outcome: Outcome): unknown {
  if (outcome.kind === 'done') return outcome.result;
  return { failure: outcome.kind === 'failed' ? outcome.error.message : 'Task timed out' };
}
