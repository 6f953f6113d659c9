/** The judge: holds what is in Logz.io, in quarantine and in the table against the truth. Shares no code with the product. */
import { ConditionalCheckFailedException, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { HttpAnswer } from '../../lib/platform/http.ts';
import type { Metric } from '../../lib/platform/outside.ts';
import type { TableCommand } from './dynamodb.ts';
import type { Item } from './expressions.ts';
import type { Instance, Invocation, Outcome } from './instance.ts';
import { Ledger, type Run, type Send } from './ledger.ts';
import { Quarantine } from './quarantine-judge.ts';
import { type TrueEvent, tagsIn } from './truth.ts';
import { TABLE, type World } from './world.ts';

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

export interface StoredCheckpoint {
  readonly began: number;
  readonly settled: number;
  readonly watermark: number;
  readonly leaseUntil: number;
  readonly saves: number;
  readonly owner: string;
  /** When the stream was first run. */
  readonly createdAt: number;
}

export class Judge {
  readonly ledger = new Ledger();
  readonly quarantine: Quarantine;
  readonly checkpoints = new Map<string, StoredCheckpoint>();
  /** The first broken promise. */
  broken: PromiseBrokenError | undefined;
  readonly #world: World;
  /** By tag, since when an event has to arrive once more. */
  readonly #owedAgain = new Map<string, number>();
  /** The shortest allowed lateness that ever held: what is later is not owed. */
  #latenessMs = Number.POSITIVE_INFINITY;

  constructor(world: World) {
    this.#world = world;
    this.quarantine = new Quarantine(this, world);
  }

  fail(sentence: Sentence, message: string, tags: readonly string[] = []): void {
    this.broken ??= new PromiseBrokenError(sentence, message, tags);
  }

  /** From now on. */
  allow(latenessMs: number): void {
    this.#latenessMs = Math.min(this.#latenessMs, latenessMs);
  }

  get latenessMs(): number {
    return this.#latenessMs;
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
      if (part.leaseUntil === undefined || run.instance.now < part.leaseUntil) continue;
      for (const tag of tagsIn(answer.body.toString('latin1'))) part.readTooLate.add(tag);
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
    if (item === 'checkpoint') this.#checkpointWritten(stream, run);
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

  #checkpointWritten(stream: string, run: Run): void {
    const key = { stream: { S: stream }, item: { S: 'checkpoint' } };
    const { Item: item } = this.#world.table.apply(
      new GetItemCommand({ TableName: TABLE, Key: key, ConsistentRead: true }),
    );
    if (!item || item.settled === undefined) return;
    const number = (name: string) => Number(item[name]?.N ?? 0);
    const before = this.checkpoints.get(stream);
    const after: StoredCheckpoint = {
      began: number('began'),
      settled: number('settled'),
      watermark: number('watermark'),
      leaseUntil: number('leaseUntil'),
      saves: number('saves'),
      owner: item.owner?.S ?? '',
      createdAt: before?.createdAt ?? this.#world.now,
    };
    this.checkpoints.set(stream, after);
    const [, organization = ''] = stream.split('#');
    const part = this.ledger.partOf(run, organization);
    if (after.saves > (before?.saves ?? 0)) {
      part.saves.push({ at: this.ledger.tick(), succeeded: true });
      part.readTooLate.clear();
    }
    if (after.owner !== before?.owner) this.#mayTake(stream, before, run);
    part.leaseUntil = after.leaseUntil === 0 ? undefined : after.leaseUntil;
    this.#moved(stream, before, after, run);
  }

  /** By its own clock, which may be ahead of the holder's. */
  #mayTake(stream: string, before: StoredCheckpoint | undefined, run: Run): void {
    const until = before?.leaseUntil ?? 0;
    const slackMs = run.invocation.mishaps.some(({ kind }) => kind === 'clock' || kind === 'freeze')
      ? Number.POSITIVE_INFINITY
      : 0;
    if (until > run.instance.now + slackMs)
      this.fail(
        'nothing is shipped twice',
        `${run.invocation.name} took ${stream}, which was held until ${text(until)}`,
      );
  }

  #moved(stream: string, before: StoredCheckpoint | undefined, after: StoredCheckpoint, run: Run): void {
    const fail = (message: string) => this.fail('checkpoints only move forward', `${stream}: ${message}`);
    if (after.settled > after.watermark)
      fail(`settled ${text(after.settled)} is ahead of the watermark ${text(after.watermark)}`);
    if (!before) return;
    if (run.invocation.kind === 'rewind' && after.settled < before.settled) this.#rewound(stream, before, after);
    for (const mark of ['began', 'settled', 'watermark'] as const) {
      const isForward = mark === 'began' ? after.began === before.began : after[mark] >= before[mark];
      if (!isForward && run.invocation.kind !== 'rewind')
        fail(`${mark} went from ${text(before[mark])} to ${text(after[mark])}`);
    }
    if (after.settled > before.settled)
      this.demand(stream, before.settled, after.settled, `settled went to ${text(after.settled)} past it`);
  }

  /** What was final is to be sent once more; a chunk of fingerprints may still cover a part of it. */
  #rewound(stream: string, before: StoredCheckpoint, after: StoredCheckpoint): void {
    const [, organization = ''] = stream.split('#');
    const tick = this.ledger.tick();
    const isCovered = this.#hasChunkFrom(before.settled, stream);
    for (const event of this.#world.truth.of(organization))
      if (event.atMs >= after.settled && event.atMs < before.settled) {
        this.ledger.rewoundAt.set(event.tag, tick);
        // One without a readable timestamp is remembered under another instant.
        if (!isCovered && event.readable) this.#owedAgain.set(event.tag, tick);
      }
  }

  /** Everything owed in a range must be there. */
  demand(stream: string, from: number, until: number, why: string): void {
    const [room, organization = '', start, end] = stream.split('#');
    const checkpoint = this.checkpoints.get(stream);
    if (!checkpoint || (room === 'backfill' && start === undefined)) return;
    const isSlice = room === 'backfill';
    const low = Math.max(from, isSlice ? Date.parse(start ?? '') : checkpoint.began);
    const high = isSlice ? Math.min(until, Date.parse(end ?? '')) : until;
    const events = this.#world.truth.of(organization);
    const owed = new Map<string, TrueEvent[]>();
    for (let at = firstAt(events, low); at < events.length; at++) {
      const event = events[at] as TrueEvent;
      if (event.atMs >= high) break;
      const onTime = event.atMs + this.#latenessMs;
      if (event.visibleAt > (isSlice ? Math.max(checkpoint.createdAt, onTime) : onTime)) continue;
      owed.set(event.tag, [...(owed.get(event.tag) ?? []), event]);
    }
    for (const [tag, copies] of owed) {
      const since = isSlice ? 0 : (this.#owedAgain.get(tag) ?? 0);
      const arrived = (this.ledger.arrivals.get(tag) ?? []).filter((tick) => tick > since).length;
      const there = arrived + this.quarantine.held(tag);
      if (there >= copies.length) continue;
      const when = copies.map(({ atMs, visibleAt }) => `${text(atMs)}, visible from ${text(visibleAt)}`).join('; ');
      this.fail(
        'nothing is lost',
        `${tag} of ${stream} is there ${there} times, ${copies.length} are owed (${when}); ${why}`,
        [tag],
      );
      return;
    }
  }

  /** A chunk that is needed still may name older events as well. */
  #hasChunkFrom(settled: number, stream: string): boolean {
    for (const { stream: name, item, until } of this.#world.table.items())
      if (name?.S === stream && item?.S?.startsWith('delivered#') && Number(until?.N) >= settled) return true;
    return false;
  }

  /** At the end, when all is caught up. @param until everything before it must have arrived */
  conclude(until: number): void {
    const { truth, table } = this.#world;
    for (const [stream, { settled }] of this.checkpoints) {
      if (!stream.startsWith('live#')) continue;
      this.demand(stream, 0, until, 'all is caught up');
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

  /** An event that nobody can read, beside the edge of a slice: both sides may have put it aside. */
  #mayBelongToTwo(events: readonly TrueEvent[]): boolean {
    const edges = [...this.checkpoints.keys()].flatMap((stream) => stream.split('#').slice(2).map(Date.parse));
    return events.some(({ readable, atMs }) => !readable && edges.some((edge) => Math.abs(edge - atMs) <= EDGE_MS));
  }
}

/** A query is asked a second wider on both sides. */
const EDGE_MS = 2_000;

function firstAt(events: readonly TrueEvent[], from: number): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle] as TrueEvent).atMs < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function text(instant: number): string {
  return Number.isFinite(instant) ? new Date(instant).toISOString() : String(instant);
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.message} ${error.stack} ${JSON.stringify(error)} ${error.cause === undefined ? '' : textOf(error.cause)}`;
}
