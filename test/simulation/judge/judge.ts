/**
 * The judge: holds what is in Logz.io, in quarantine and in the table against the truth. Shares no
 * code with the product.
 */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { HttpAnswer } from '../../../lib/platform/http.ts';
import type { Metric } from '../../../lib/platform/outside.ts';
import type { Item } from '../../support/dynamodb-expressions.ts';
import type { TableCommand } from '../../support/simulated-dynamodb.ts';
import type { Instance, Invocation, Outcome } from '../world/instance.ts';
import { type TrueEvent, tagsIn } from '../world/truth.ts';
import type { World } from '../world/world.ts';
import { Checkpoints } from './checkpoint-judge.ts';
import { Ledger, type Run, type Send } from './ledger.ts';
import { Quarantine } from './quarantine-judge.ts';

/** The sentences of the promise, by name. */
export type Sentence =
  | 'nothing is lost'
  | 'nothing is shipped twice'
  | 'checkpoints only move forward'
  | 'silence is an alarm'
  | 'tokens stay in SSM'
  | 'the audit is right'
  | 'quarantine holds whole originals'
  | 'the totals of a backfill are right'
  | 'commands do what they say'
  | 'every run ends';

/** The promise was broken. */
export class PromiseBrokenError extends Error {
  override readonly name = 'PromiseBrokenError';
  readonly sentence: Sentence;
  /** The events it is about. */
  readonly tags: readonly string[];

  constructor(sentence: Sentence, message: string, tags: readonly string[] = []) {
    super(`${sentence}: ${message}`);
    this.sentence = sentence;
    this.tags = tags;
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

  fail(sentence: Sentence, message: string, tags: readonly string[] = []): void {
    this.broken ??= new PromiseBrokenError(sentence, message, tags);
  }

  begin(invocation: Invocation, instance: Instance): Run {
    return this.ledger.begin(invocation, instance, this.#world.now);
  }

  end(run: Run, outcome: Outcome): void {
    run.outcome = outcome;
    run.endedTick = this.ledger.tick();
    if (outcome.kind === 'killed') run.excuses.add(`was ${outcome.why}`);
    else this.#keepsSecrets(outcome.kind === 'done' ? JSON.stringify(outcome.result) : textOf(outcome.error));
  }

  said(message: string, fields: object): void {
    this.#keepsSecrets(message + JSON.stringify(fields));
  }

  measured(metric: Metric, instance: Instance): void {
    instance.run?.metrics.push({ metric, at: instance.now });
    this.#keepsSecrets(JSON.stringify(metric));
    if (metric.name === 'WatermarkAgeSeconds' && instance.run?.invocation.kind !== 'ship')
      this.fail('silence is an alarm', `${instance.run?.invocation.name} is no run, and hides that none reports`);
  }

  #keepsSecrets(text: string): void {
    const { mark } = this.#world.tokens;
    if (text.includes(mark)) this.fail('tokens stay in SSM', `a token shows: ${text.slice(0, 500)}`);
  }

  /** A run was answered a page. */
  read(run: Run, answer: HttpAnswer): void {
    if (run.invocation.kind !== 'ship') return;
    for (const part of run.parts.values()) {
      const isInTime = part.leaseUntil === undefined || run.instance.now < part.leaseUntil;
      for (const tag of tagsIn(answer.body.toString('latin1')))
        if (isInTime) part.readInTime.add(tag);
        else if (!part.readInTime.has(tag)) part.readTooLate.add(tag);
    }
  }

  /** A run sends a bulk to Logz.io. */
  sends(run: Run, tags: readonly string[]): void {
    const organization = this.organizationOf(tags);
    const late = tags.find((tag) => run.parts.get(organization)?.readTooLate.has(tag));
    if (late !== undefined)
      this.fail(
        'nothing is shipped twice',
        `${run.invocation.name} read ${late} when its lease was over, and sends it`,
        [late],
      );
    const { input, kind, name } = run.invocation;
    if (kind !== 'window') return;
    const [start, end] = [Date.parse(String(input.start_time)), Date.parse(String(input.end_time))];
    const outside = tags.find((tag) => this.#world.truth.withTag(tag).every(({ atMs }) => atMs < start || atMs >= end));
    if (outside !== undefined)
      this.fail('commands do what they say', `${name} sends ${outside}, which is not in its window`, [outside]);
  }

  /** Logz.io takes the good lines of a bulk. */
  taken(send: Send, isGood: (place: number) => boolean): void {
    const taken = send.tags.filter((_, place) => isGood(place));
    this.ledger.take(send, taken);
    for (const tag of taken) {
      const [event] = this.#world.truth.withTag(tag);
      // The check command sends a line of its own.
      if (!event && send.run.invocation.input.check === true) continue;
      if (!event) this.fail('nothing is shipped twice', `nobody knows what was shipped: ${tag}`);
      else this.quarantine.mustHoldOriginal(event, send);
    }
  }

  organizationOf(tags: readonly string[]): string {
    return this.#world.truth.withTag(tags[0] ?? '')[0]?.organization ?? 'default';
  }

  /** A command was applied to the table. */
  applied(command: TableCommand, run: Run): void {
    const input = command.input as { Item?: Item; Key?: Item };
    const key = input.Item ?? input.Key;
    const [stream = '', item = ''] = [key?.stream?.S, key?.item?.S];
    if (command.constructor.name === 'GetItemCommand' || command.constructor.name === 'QueryCommand') return;
    this.ledger.changed(run);
    if (item === 'checkpoint') this.checkpoints.written(stream, run);
    if (item.startsWith('quarantine')) this.quarantine.written(command, stream, item, run);
  }

  /** A command failed, or was refused. */
  refused(command: TableCommand, error: unknown, run: Run): void {
    const { Key, Item: item } = command.input as { Item?: Item; Key?: Item };
    const [, organization = ''] = (Key ?? item)?.stream?.S?.split('#') ?? [];
    const name = (Key ?? item)?.item?.S ?? 'quarantine';
    const part = this.ledger.partOf(run, organization);
    if (error instanceof ConditionalCheckFailedException) {
      if (name === 'checkpoint' && part.leaseUntil !== undefined) run.excuses.add('lost its lease');
      return;
    }
    run.excuses.add('DynamoDB failed');
    if (!name.startsWith('quarantine')) part.saves.push({ at: this.ledger.tick(), succeeded: false });
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
      if (copies > events.length && !this.#mayBelongToTwo(events))
        this.fail(
          'nothing is shipped twice',
          `${tag} was delivered ${copies} times for good, and happened ${events.length} times`,
          [tag],
        );
    }
    for (const overdraft of this.ledger.overdrawn()) this.fail('nothing is shipped twice', overdraft);
    for (const item of table.items())
      for (const { S, B } of Object.values(item)) this.#keepsSecrets(S ?? Buffer.from(B ?? []).toString('latin1'));
  }

  /**
   * An event that nobody can read, beside the edge of a slice: both sides may have put it aside.
   */
  #mayBelongToTwo(events: readonly TrueEvent[]): boolean {
    const edges = [...this.checkpoints.byStream.keys()].flatMap((stream) => stream.split('#').slice(2).map(Date.parse));
    return events.some(({ readable, atMs }) => !readable && edges.some((edge) => Math.abs(edge - atMs) <= EDGE_MS));
  }
}

/** A query is asked a second wider on both sides. */
const EDGE_MS = 2_000;

export function text(instant: number): string {
  return Number.isFinite(instant) ? new Date(instant).toISOString() : String(instant);
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.message} ${error.stack} ${JSON.stringify(error)} ${error.cause === undefined ? '' : textOf(error.cause)}`;
}
