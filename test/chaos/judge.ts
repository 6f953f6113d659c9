/** The judge: holds what is in Logz.io, in quarantine and in the table against the truth. Shares no code with the product. */
import type { EpochMs } from '../../lib/platform/clock.ts';
import { inspectSlices, mayBelongToTwo } from './backfill-judge.ts';
import { type Delivered, linesByTag } from './delivered.ts';
import { replaysOverdrawn } from './replay-watch.ts';
import type { Stage } from './stage.ts';
import type { StoredCheckpoint, TableState } from './table-reader.ts';
import type { TrueEvent } from './truth.ts';

/** The promise was broken. */
export class PromiseBrokenError extends Error {
  override readonly name = 'PromiseBrokenError';
  /** The events it is about. */
  readonly tags: readonly string[];

  constructor(message: string, tags: readonly string[] = []) {
    super(message);
    this.tags = tags;
  }
}

const TOKENS = /logzioShippingToken\d|jumpcloud-token-\d|access-[0-9a-f]{8}-/;

export class Judge {
  readonly #stage: Stage;
  #before = new Map<string, StoredCheckpoint>();
  /** The shortest allowed lateness that ever held: what is later is not owed. */
  #latenessMs = Number.POSITIVE_INFINITY;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Of events, from now on. */
  allow(latenessMs: number): void {
    this.#latenessMs = Math.min(this.#latenessMs, latenessMs);
  }

  /** After every step: nothing moves back, and nothing is called final that is owed and not there. */
  inspect(table: TableState, rewound: ReadonlySet<string>): void {
    const [complaint] = this.#stage.ledger.complaints;
    if (complaint !== undefined) throw new PromiseBrokenError(complaint);
    const delivered = linesByTag(this.#stage, table);
    for (const [stream, now] of table.checkpoints) {
      const before = this.#before.get(stream);
      if (before) {
        if (now.began !== before.began && !(rewound.has(stream) && now.began < before.began))
          throw new PromiseBrokenError(`${stream}: began changed from ${text(before.began)} to ${text(now.began)}`);
        for (const mark of ['settled', 'watermark'] as const) {
          if (now[mark] < before[mark] && !rewound.has(stream))
            throw new PromiseBrokenError(
              `${stream}: ${mark} went back from ${text(before[mark])} to ${text(now[mark])}`,
            );
        }
      }
      if (now.settled > now.watermark)
        throw new PromiseBrokenError(
          `${stream}: settled ${text(now.settled)} is ahead of the watermark ${text(now.watermark)}`,
        );
      this.#demand(stream, now, now.settled, delivered, `settled went to ${text(now.settled)} past it`);
    }
    inspectSlices(this.#stage, table, delivered, this.#latenessMs);
    this.#before = new Map(table.checkpoints);
  }

  /** At the end, when all is caught up. @param until everything before it must have arrived */
  conclude(table: TableState, until: EpochMs): void {
    const { ledger, truth, said, cloud } = this.#stage;
    const delivered = linesByTag(this.#stage, table);
    for (const [stream, checkpoint] of table.checkpoints) {
      this.#demand(stream, checkpoint, until, delivered, 'all is caught up');
      if (checkpoint.settled < until)
        throw new PromiseBrokenError(`${stream}: settled stays at ${text(checkpoint.settled)}, ${text(until)} was due`);
    }
    for (const tag of delivered.keys())
      if (truth.withTag(tag).length === 0) throw new PromiseBrokenError(`nobody knows what was shipped: ${tag}`);
    for (const [tag, copies] of ledger.copiesForGood()) {
      const events = truth.withTag(tag).length;
      if (copies > events && !mayBelongToTwo(this.#stage, table, tag))
        throw new PromiseBrokenError(
          `repeated: ${tag} was delivered ${copies} times for good, and happened ${events} times`,
          [tag],
        );
    }
    for (const overdraft of [...ledger.overdrawn(), ...replaysOverdrawn(this.#stage)])
      throw new PromiseBrokenError(overdraft);
    const leak = [...said, ...table.texts, ...cloud.logzio.lines].find((line) => TOKENS.test(line));
    if (leak !== undefined) throw new PromiseBrokenError(`a token shows: ${leak.slice(0, 500)}`);
  }

  #demand(stream: string, { began }: StoredCheckpoint, until: EpochMs, delivered: Delivered, why: string): void {
    const owed = new Map<string, TrueEvent[]>();
    for (const event of this.#stage.truth.events) {
      if (this.#stage.streamOf(event.organization) !== stream) continue;
      if (event.atMs < began || event.atMs >= until || event.visibleAt > event.atMs + this.#latenessMs) continue;
      owed.set(event.tag, [...(owed.get(event.tag) ?? []), event]);
    }
    for (const [tag, events] of owed) {
      const there = delivered.get(tag) ?? 0;
      if (there >= events.length) continue;
      const when = events.map(({ atMs, visibleAt }) => `${text(atMs)}, visible from ${text(visibleAt)}`).join('; ');
      throw new PromiseBrokenError(
        `lost: ${tag} of ${stream} is there ${there} times, ${events.length} are owed (${when}); ${why}`,
        [tag],
      );
    }
  }
}

function text(instant: EpochMs): string {
  return new Date(instant).toISOString();
}
