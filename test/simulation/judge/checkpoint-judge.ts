/** Checkpoints only move forward, and never past an event that is owed and not there. */
import type { TrueEvent } from '../world/truth.ts';
import type { World } from '../world/world.ts';
import { type Judge, text } from './judge.ts';
import type { Run } from './ledger.ts';

interface Checkpoint {
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
  readonly byStream = new Map<string, Checkpoint>();
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

  /** Of an organization's live stream. */
  live(organization: string): Checkpoint | undefined {
    return this.byStream.get(liveStream(organization));
  }

  /** From now on. */
  allow(latenessMs: number): void {
    this.#latenessMs = Math.min(this.#latenessMs, latenessMs);
  }

  /** A run wrote the checkpoint of a stream. */
  written(stream: string, run: Run): void {
    const item = this.#world.table.at({ stream: { S: stream }, item: { S: 'checkpoint' } });
    if (item?.settled === undefined) return;
    const number = (name: string) => Number(item[name]?.N ?? 0);
    const before = this.byStream.get(stream);
    const after: Checkpoint = {
      began: number('began'),
      settled: number('settled'),
      watermark: number('watermark'),
      leaseUntil: number('leaseUntil'),
      saves: number('saves'),
      owner: item.owner?.S ?? '',
      createdAt: before?.createdAt ?? this.#world.now,
    };
    this.byStream.set(stream, after);
    const { ledger } = this.#judge;
    const part = ledger.partOf(run, organizationOf(stream));
    if (after.saves > (before?.saves ?? 0)) {
      part.saves.push({ at: ledger.tick(), succeeded: true });
      part.readTooLate.clear();
    }
    if (after.owner !== before?.owner) this.#mayTake(stream, before?.leaseUntil ?? 0, run);
    part.leaseUntil = after.leaseUntil || undefined;
    this.#moved(stream, before, after, run);
  }

  /** By its own clock, which may be ahead of the holder's. */
  #mayTake(stream: string, until: number, { invocation, instance }: Run): void {
    const { name, mishaps } = invocation;
    const isConfused = mishaps.some(({ kind }) => kind === 'clock' || kind === 'freeze');
    if (until > instance.now && !isConfused)
      this.#judge.fail('nothing is shipped twice', `${name} took ${stream}, which was held until ${text(until)}`);
  }

  #moved(stream: string, before: Checkpoint | undefined, after: Checkpoint, run: Run): void {
    const fail = (message: string) => this.#judge.fail('checkpoints only move forward', `${stream}: ${message}`);
    if (after.settled > after.watermark)
      fail(`settled ${text(after.settled)} is ahead of the watermark ${text(after.watermark)}`);
    if (!before) return;
    const isRewind = run.invocation.kind === 'rewind';
    if (isRewind && after.settled < before.settled) this.#rewound(stream, before, after);
    for (const mark of ['began', 'settled', 'watermark'] as const) {
      const isForward = mark === 'began' ? after.began === before.began : after[mark] >= before[mark];
      if (!isForward && !isRewind) fail(`${mark} went from ${text(before[mark])} to ${text(after[mark])}`);
    }
    if (after.settled > before.settled)
      this.demand(stream, before.settled, after.settled, `settled went to ${text(after.settled)} past it`);
  }

  /** What was final is owed once more; a chunk of fingerprints may still cover a part of it. */
  #rewound(stream: string, before: Checkpoint, after: Checkpoint): void {
    const organization = organizationOf(stream);
    const { ledger } = this.#judge;
    const tick = ledger.tick();
    ledger.rewinds.set(organization, [...(ledger.rewinds.get(organization) ?? []), tick]);
    const isCovered = this.#hasChunkFrom(before.settled, stream);
    for (const { tag, atMs, readable } of this.#world.truth.from(organization, `${after.settled}`)) {
      if (atMs >= before.settled) break;
      ledger.rewoundAt.set(tag, tick);
      // One without a readable timestamp is remembered under another instant.
      if (!isCovered && readable) this.#owedAgain.set(tag, tick);
    }
  }

  /** Everything owed in a range must be there. */
  demand(stream: string, from: number, until: number, why: string): void {
    const { began, createdAt } = this.byStream.get(stream) as Checkpoint;
    const isSlice = edgesOf(stream).length > 0;
    const [start = began, end = until] = edgesOf(stream);
    const owed = new Map<string, TrueEvent[]>();
    for (const event of this.#world.truth.from(organizationOf(stream), `${Math.max(from, start)}`)) {
      if (event.atMs >= Math.min(until, end)) break;
      const onTime = event.atMs + this.#latenessMs;
      if (event.visibleAt > (isSlice ? Math.max(createdAt, onTime) : onTime)) continue;
      owed.set(event.tag, [...(owed.get(event.tag) ?? []), event]);
    }
    const { ledger, quarantine } = this.#judge;
    for (const [tag, copies] of owed) {
      const since = isSlice ? 0 : (this.#owedAgain.get(tag) ?? 0);
      const arrived = (ledger.arrivals.get(tag) ?? []).filter((tick) => tick > since).length;
      const there = arrived + quarantine.held(tag);
      if (there >= copies.length) continue;
      const when = copies.map(({ atMs, visibleAt }) => `${text(atMs)}, visible from ${text(visibleAt)}`).join('; ');
      const missing = `${tag} of ${stream} is there ${there} times, ${copies.length} are owed`;
      this.#judge.fail('nothing is lost', `${missing} (${when}); ${why}`);
    }
  }

  /** A chunk that is needed still may name older events as well. */
  #hasChunkFrom(settled: number, stream: string): boolean {
    return this.#world.table
      .items()
      .some(
        ({ stream: name, item, until }) =>
          name?.S === stream && item?.S?.startsWith('delivered#') === true && Number(until?.N) >= settled,
      );
  }
}

export function liveStream(organization: string): string {
  return `live#${organization}`;
}

function organizationOf(stream: string): string {
  return stream.split('#')[1] ?? '';
}

/** From when to when a slice of a backfill goes; nothing for any other stream. */
export function edgesOf(stream: string): number[] {
  return stream.split('#').slice(2).map(Date.parse);
}
