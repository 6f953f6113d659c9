/** Holds what is in Logz.io, in quarantine and in the table against the truth; no product code. */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { HttpAnswer } from '../../../lib/platform/http.ts';
import type { Metric } from '../../../lib/platform/outside.ts';
import type { Item } from '../../support/dynamodb-expressions.ts';
import type { TableCommand } from '../../support/simulated-dynamodb.ts';
import type { Instance, Outcome } from '../world/instance.ts';
import { type TrueEvent, tagsIn } from '../world/truth.ts';
import type { World } from '../world/world.ts';
import { Checkpoints, edgesOf } from './checkpoint-judge.ts';
import { Ledger, type Run, type Send } from './ledger.ts';
import { Quarantine } from './quarantine-judge.ts';

/** The promise, sentence by sentence. */
export const SENTENCES = [
  'nothing is lost',
  'nothing is shipped twice',
  'checkpoints only move forward',
  'silence is an alarm',
  'tokens stay in SSM',
  'the audit is right',
  'quarantine holds whole originals',
  'the totals of a backfill are right',
  'commands do what they say',
  'every run ends',
] as const;

type Sentence = (typeof SENTENCES)[number];

/** A query is asked a second wider on both sides. */
const EDGE_MS = 2_000;

/** The promise was broken. */
export class PromiseBrokenError extends Error {
  override readonly name = 'PromiseBrokenError';
  readonly sentence: Sentence;

  constructor(sentence: Sentence, message: string) {
    super(`${sentence}: ${message}`);
    this.sentence = sentence;
  }
}

export class Judge {
  readonly ledger = new Ledger();
  readonly quarantine: Quarantine;
  readonly checkpoints: Checkpoints;
  /** The first broken promise. */
  broken: PromiseBrokenError | undefined;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    this.quarantine = new Quarantine(this, world);
    this.checkpoints = new Checkpoints(this, world);
  }

  fail(sentence: Sentence, message: string): void {
    this.broken ??= new PromiseBrokenError(sentence, message);
  }

  end(run: Run, outcome: Outcome): void {
    run.outcome = outcome;
    run.endedTick = this.ledger.tick();
    if (outcome.kind === 'killed') run.excuses.add(`was ${outcome.why}`);
    else this.keepsSecrets(outcome.kind === 'done' ? JSON.stringify(outcome.result) : textOf(outcome.error));
  }

  measured(metric: Metric, { run, now }: Instance): void {
    run?.metrics.push({ metric, at: now });
    this.keepsSecrets(JSON.stringify(metric));
    if (metric.name === 'WatermarkAgeSeconds' && run?.invocation.kind !== 'ship')
      this.fail('silence is an alarm', `${run?.invocation.name} is no run, and hides that none reports`);
  }

  /** Nobody may read a token in what the program says or stores. */
  keepsSecrets(text: string): void {
    const { mark } = this.#world.tokens;
    if (text.includes(mark)) this.fail('tokens stay in SSM', `a token shows: ${text.slice(0, 500)}`);
  }

  /** A run was answered a page. */
  read({ invocation, parts, instance }: Run, answer: HttpAnswer): void {
    if (invocation.kind !== 'ship') return;
    for (const { leaseUntil, readInTime, readTooLate } of parts.values()) {
      const isInTime = leaseUntil === undefined || instance.now < leaseUntil;
      for (const tag of tagsIn(answer.body.toString('latin1')))
        if (isInTime) readInTime.add(tag);
        else if (!readInTime.has(tag)) readTooLate.add(tag);
    }
  }

  /** A run sends a bulk to Logz.io. */
  sends({ invocation, parts }: Run, tags: readonly string[]): void {
    const { input, kind, name } = invocation;
    const part = parts.get(this.organizationOf(tags));
    const late = tags.find((tag) => part?.readTooLate.has(tag));
    if (late !== undefined)
      this.fail('nothing is shipped twice', `${name} read ${late} when its lease was over, and sends it`);
    if (kind !== 'window') return;
    const [start, end] = [Date.parse(String(input.start_time)), Date.parse(String(input.end_time))];
    const outside = tags.find((tag) => this.#world.truth.withTag(tag).every(({ atMs }) => atMs < start || atMs >= end));
    if (outside !== undefined)
      this.fail('commands do what they say', `${name} sends ${outside}, which is not in its window`);
  }

  /** Logz.io takes the good lines of a bulk. */
  taken(send: Send, isGood: (place: number) => boolean): void {
    const taken = send.tags.filter((_, place) => isGood(place));
    this.ledger.take(send, taken);
    for (const tag of taken) {
      const [event] = this.#world.truth.withTag(tag);
      if (event) this.quarantine.mustHoldOriginal(event, send);
      // The check command sends a line of its own.
      else if (send.run.invocation.input.check !== true)
        this.fail('nothing is shipped twice', `nobody knows what was shipped: ${tag}`);
    }
  }

  organizationOf(tags: readonly string[]): string {
    return this.#world.truth.withTag(tags[0] ?? '')[0]?.organization ?? 'default';
  }

  /** A command was applied to the table. */
  applied(command: TableCommand, run: Run): void {
    if (command.constructor.name === 'GetItemCommand' || command.constructor.name === 'QueryCommand') return;
    const [stream, item] = keyOf(command);
    this.ledger.changed(run);
    if (item === 'checkpoint') this.checkpoints.written(stream, run);
    if (item.startsWith('quarantine')) this.quarantine.written(command, [stream, item], run);
  }

  /** A command failed, or was refused. */
  refused(command: TableCommand, error: unknown, run: Run): void {
    const [stream, item] = keyOf(command);
    const part = this.ledger.partOf(run, stream.split('#')[1] ?? '');
    if (error instanceof ConditionalCheckFailedException) {
      if (item === 'checkpoint' && part.leaseUntil !== undefined) run.excuses.add('lost its lease');
      return;
    }
    run.excuses.add('DynamoDB failed');
    // A query, which has no key, saves nothing.
    if (item !== '' && !item.startsWith('quarantine')) part.saves.push({ at: this.ledger.tick(), succeeded: false });
  }

  /** At the end, when all is caught up. @param until everything before it must have arrived */
  conclude(until: number): void {
    const { truth, table } = this.#world;
    for (const [stream, { settled }] of this.checkpoints.byStream) {
      if (!stream.startsWith('live#')) continue;
      this.checkpoints.demand(stream, 0, until, 'all is caught up');
      if (settled < until)
        this.fail('nothing is lost', `${stream}: settled stays at ${text(settled)}, ${text(until)} was due`);
    }
    for (const [tag, copies] of this.ledger.copiesForGood()) {
      const events = truth.withTag(tag);
      const count = `delivered ${copies} times for good, and happened ${events.length} times`;
      if (copies > events.length && !this.#mayBelongToTwo(events))
        this.fail('nothing is shipped twice', `${tag} was ${count}`);
    }
    for (const overdraft of this.ledger.overdrawn()) this.fail('nothing is shipped twice', overdraft);
    for (const item of table.items())
      for (const { S, B } of Object.values(item)) this.keepsSecrets(S ?? Buffer.from(B ?? []).toString('latin1'));
  }

  /** An unreadable event beside the edge of a slice: both sides may have it in quarantine. */
  #mayBelongToTwo(events: readonly TrueEvent[]): boolean {
    const edges = [...this.checkpoints.byStream.keys()].flatMap(edgesOf);
    return events.some(({ readable, atMs }) => !readable && edges.some((edge) => Math.abs(edge - atMs) <= EDGE_MS));
  }
}

function keyOf(command: TableCommand): readonly [stream: string, item: string] {
  const { Item, Key } = command.input as { Item?: Item; Key?: Item };
  const { stream, item } = Item ?? Key ?? {};
  return [stream?.S ?? '', item?.S ?? ''];
}

export function text(instant: number): string {
  return Number.isFinite(instant) ? new Date(instant).toISOString() : String(instant);
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.message} ${error.stack} ${JSON.stringify(error)} ${error.cause === undefined ? '' : textOf(error.cause)}`;
}
