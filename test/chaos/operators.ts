/** What operators do by hand while everything goes on: look into quarantine, replay it, rewind; also two of them at once. */
import { checkAudit } from './audit-judge.ts';
import type { Fleet } from './fleet.ts';
import type { Stop } from './gate.ts';
import { checkList, checkReplay } from './quarantine-judge.ts';
import type { Chance } from './random.ts';
import type { Course, Outcome, Stage } from './stage.ts';
import type { TableState } from './table-reader.ts';

/** As Lambda's time-out for runs every five minutes. */
const LIFE_MS = 290_000;
const MINUTE_MS = 60_000;

export interface OperatorsParts {
  readonly stage: Stage;
  readonly fleet: Fleet;
  readonly chance: Chance;
  readonly readTable: () => Promise<TableState>;
  /** One run of the live streams. */
  readonly run: () => Promise<void>;
}

export class Operators {
  readonly #parts: OperatorsParts;

  constructor(parts: OperatorsParts) {
    this.#parts = parts;
  }

  /** @param known the table as it was seen last */
  async act(known: TableState): Promise<void> {
    const waits = known.holdings.size > 0;
    const act = this.#parts.chance.weighted<() => Promise<unknown>>([
      [1, () => this.list()],
      [3, () => this.audit()],
      [1, () => this.#auditMeanwhile()],
      [waits ? 6 : 0.5, () => this.replay()],
      [waits ? 3 : 0, () => this.#replayTwice()],
    ]);
    await act();
  }

  async list(organization = this.#anyOrganization()): Promise<void> {
    const { stage, readTable } = this.#parts;
    const course = this.#course('list', organization, { quarantine: 'list' });
    const before = await readTable();
    const outcome = await this.#invoke(course);
    if (outcome.kind === 'done') checkList(stage.streamOf(organization), outcome.result, before);
  }

  async replay(organization = this.#anyOrganization()): Promise<Outcome> {
    const { stage, readTable } = this.#parts;
    const course = this.#course('replay', organization, { quarantine: 'replay' }, this.#stop());
    const before = await readTable();
    const outcome = await this.#invoke(course);
    stage.count('replays');
    if (outcome.kind === 'done') checkReplay(stage.streamOf(organization), outcome.result, before, await readTable());
    return outcome;
  }

  async audit(organization = this.#anyOrganization()): Promise<Outcome> {
    const { stage, readTable } = this.#parts;
    const table = await readTable();
    const begun = stage.time.now();
    const outcome = await this.#invoke(this.#course('audit', organization, { audit: true }, this.#stop()));
    stage.count('audits');
    if (outcome.kind !== 'done') return outcome;
    const ended = stage.time.now();
    stage.count(
      'hours found to differ',
      checkAudit(stage, { organization, result: outcome.result, begun, ended, table }),
    );
    return outcome;
  }

  /** A run runs, somebody replays, while an audit is in its middle. */
  async #auditMeanwhile(): Promise<void> {
    const { chance, fleet, run } = this.#parts;
    const stop: Stop = { call: chance.int(1, 10), when: chance.pick(['before', 'after']) };
    const course = this.#course('audit', this.#anyOrganization(), { audit: true }, stop);
    await fleet.interrupted(fleet.start(), course, async () => {
      if (chance.happens(0.8)) await run();
      else await this.replay();
    });
  }

  /** Somebody else replays, a run runs, while one replay is in its middle. */
  async #replayTwice(): Promise<void> {
    const { chance, fleet, run, stage } = this.#parts;
    const organization = this.#anyOrganization();
    const replay = (stop?: Stop) => this.#course('replay', organization, { quarantine: 'replay' }, stop);
    const call = chance.int(2, chance.pick([8, 16]));
    const stop: Stop = { call, when: chance.pick(['before', 'after']) };
    await fleet.interrupted(fleet.start(), replay(stop), async () => {
      stage.count('replays at once');
      if (chance.happens(0.7)) await fleet.invoke(fleet.start(), replay());
      else await run();
    });
  }

  /** Sets a stream back. @returns the stream */
  async rewind(known: TableState): Promise<string | undefined> {
    const { chance, stage } = this.#parts;
    const { ledger, truth, cloud, streamOf } = stage;
    const organization = chance.pick(cloud.organizations);
    const checkpoint = known.checkpoints.get(streamOf(organization));
    if (!checkpoint) return undefined;
    // Into what a backfill ships, or has shipped, as well.
    const earliest = stage.plan.withBackfill && chance.happens(0.5) ? 0 : checkpoint.began;
    const to = Math.max(earliest, checkpoint.settled - chance.int(1, 60) * MINUTE_MS);
    ledger.rewind(truth, organization, to, checkpoint.settled);
    const input = { rewind_to: new Date(to).toISOString() };
    await this.#invoke(this.#course('rewind', organization, input));
    return streamOf(organization);
  }

  async #invoke(course: Course): Promise<Outcome> {
    const instance = this.#parts.fleet.take();
    instance.clock.skewMs = 0;
    return await this.#parts.fleet.invoke(instance, course);
  }

  #stop(): Stop | undefined {
    const { chance, stage } = this.#parts;
    if (!stage.cloud.state.troubled || !chance.happens(stage.plan.rates.stop)) return undefined;
    return { call: chance.int(1, 12), when: chance.pick(['before', 'after']) };
  }

  #anyOrganization(): string {
    return this.#parts.chance.pick(this.#parts.stage.cloud.organizations);
  }

  #course(kind: string, organization: string, lever: object, stop?: Stop): Course {
    const { stage, fleet } = this.#parts;
    const org = stage.plan.organizations.length > 0 ? { org_id: organization } : {};
    return { name: fleet.name(kind), input: { ...lever, ...org }, lifeMs: LIFE_MS, ...(stop && { stop }) };
  }
}
