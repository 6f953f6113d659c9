/**
 * Watches the checkpoints: they only move forward, and never past an event that is owed and not
 * there.
 */
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { TrueEvent } from '../world/truth.ts';
import { TABLE, type World } from '../world/world.ts';
import { type Judge, text } from './judge.ts';
import type { Run } from './ledger.ts';

interface StoredCheckpoint {
  readonly began: number;
  readonly settled: number;
  readonly watermark: number;
  readonly leaseUntil: number;
  readonly saves: number;
  readonly owner: string;
  /** When the stream was first run. */
  readonly createdAt: number;
}

export class Checkpoints {
  readonly byStream = new Map<string, StoredCheckpoint>();
  readonly #judge: Judge;
  readonly #world: World;
  /** By tag, since when an event has to arrive once more. */
  readonly #owedAgain = new Map<string, number>();
  /** The shortest allowed lateness that ever held: what is later is not owed. */
  #latenessMs = Number.POSITIVE_INFINITY;

  constructor(judge: Judge, world: World) {
    this.#judge = judge;
    this.#world = world;
  }

  /** From now on. */
  allow(latenessMs: number): void {
    this.#latenessMs = Math.min(this.#latenessMs, latenessMs);
  }

  /** A run wrote the checkpoint of a stream. */
  written(stream: string, run: Run): void {
    const key = { stream: { S: stream }, item: { S: 'checkpoint' } };
    const { Item: item } = this.#world.table.apply(
      new GetItemCommand({ TableName: TABLE, Key: key, ConsistentRead: true }),
    );
    if (!item || item.settled === undefined) return;
    const number = (name: string) => Number(item[name]?.N ?? 0);
    const before = this.byStream.get(stream);
    const after: StoredCheckpoint = {
      began: number('began'),
      settled: number('settled'),
      watermark: number('watermark'),
      leaseUntil: number('leaseUntil'),
      saves: number('saves'),
      owner: item.owner?.S ?? '',
      createdAt: before?.createdAt ?? this.#world.now,
    };
    this.byStream.set(stream, after);
    const [, organization = ''] = stream.split('#');
    const part = this.#judge.ledger.partOf(run, organization);
    if (after.saves > (before?.saves ?? 0)) {
      part.saves.push({ at: this.#judge.ledger.tick(), succeeded: true });
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
      this.#judge.fail(
        'nothing is shipped twice',
        `${run.invocation.name} took ${stream}, which was held until ${text(until)}`,
      );
  }

  #moved(stream: string, before: StoredCheckpoint | undefined, after: StoredCheckpoint, run: Run): void {
    const fail = (message: string) => this.#judge.fail('checkpoints only move forward', `${stream}: ${message}`);
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

  /**
   * What was final is to be sent once more; a chunk of fingerprints may still cover a part of it.
   */
  #rewound(stream: string, before: StoredCheckpoint, after: StoredCheckpoint): void {
    const [, organization = ''] = stream.split('#');
    const { ledger } = this.#judge;
    const tick = ledger.tick();
    ledger.rewinds.set(organization, [...(ledger.rewinds.get(organization) ?? []), tick]);
    const isCovered = this.#hasChunkFrom(before.settled, stream);
    for (const event of this.#world.truth.of(organization))
      if (event.atMs >= after.settled && event.atMs < before.settled) {
        ledger.rewoundAt.set(event.tag, tick);
        // One without a readable timestamp is remembered under another instant.
        if (!isCovered && event.readable) this.#owedAgain.set(event.tag, tick);
      }
  }

  /** Everything owed in a range must be there. */
  demand(stream: string, from: number, until: number, why: string): void {
    const [room, organization = '', start, end] = stream.split('#');
    const checkpoint = this.byStream.get(stream);
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
      const arrived = (this.#judge.ledger.arrivals.get(tag) ?? []).filter((tick) => tick > since).length;
      const there = arrived + this.#judge.quarantine.held(tag);
      if (there >= copies.length) continue;
      const when = copies.map(({ atMs, visibleAt }) => `${text(atMs)}, visible from ${text(visibleAt)}`).join('; ');
      this.#judge.fail(
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
}

function firstAt(events: readonly TrueEvent[], from: number): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle] as TrueEvent).atMs < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
