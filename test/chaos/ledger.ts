/**
 * What each run did to the world, as seen from outside: which events it sent, what it was told, what it saved.
 *
 * From this follows how often an event may be in Logz.io: once, and once more for each copy of it that was sent without
 * a clear answer, or that a run sent and came to its end without saving.
 */
import type { Truth } from './truth.ts';

export interface Send {
  /** One tag a line. */
  readonly tags: readonly string[];
  /** Places of the lines that were spoilt on their way: none can take them. */
  readonly spoilt: ReadonlySet<number>;
  /** Logz.io, or the quarantine, has it, but for the spoilt lines. */
  taken: boolean;
  /** The quarantine has what Logz.io refused to say it has. */
  putAside: boolean;
  /** What the run was told: that it is there, that it must not be sent again, or nothing it can rely on. */
  told: 'nothing' | 'acknowledged' | 'refused' | 'unclear';
  /** When, in the order of what happened. */
  toldAt: number;
  /** An operator had its events read again. */
  rewound: boolean;
  /** By a replay, which then took the events out of quarantine. */
  moved: boolean;
}

export interface Run {
  readonly name: string;
  /** An audit or a list is there to look, and sends nothing. */
  readonly kind: 'ship' | 'replay' | 'look';
  readonly limit: number;
  readonly sends: Send[];
  /** When a save was asked for, and when its end was known; of one that failed, maybe a write that it needs first. */
  readonly saves: { readonly begun: number; readonly done: number; readonly succeeded: boolean }[];
  /** Why it may have sent what it did not save: killed, another took its lease, DynamoDB failed. */
  readonly excuses: Set<string>;
}

/** MOST_UNSAVED_PAGES as the README promises it; not taken from the product. */
const PAGES_A_DYING_RUN_MAY_REPEAT = 2;

export class Ledger {
  readonly runs: Run[] = [];
  /** Broken promises that were noticed on the way. */
  readonly complaints: string[] = [];
  #order = 0;

  run(name: string, limit: number, kind: Run['kind'] = 'ship'): Run {
    const run: Run = { name, kind, limit, sends: [], saves: [], excuses: new Set() };
    this.runs.push(run);
    return run;
  }

  /** The next place in the order of what happens. */
  tick(): number {
    return ++this.#order;
  }

  send(run: Run, tags: readonly string[], spoilt: Iterable<number> = []): Send {
    const unknown = { taken: false, putAside: false, told: 'nothing', toldAt: Number.POSITIVE_INFINITY } as const;
    const send: Send = { tags, spoilt: new Set(spoilt), ...unknown, rewound: false, moved: false };
    run.sends.push(send);
    return send;
  }

  /** A run puts events aside: the bulk that Logz.io refused, if it was one, is in good hands. */
  putAside(run: Run, tags: readonly string[], saidTaken: number): void {
    const refused = run.sends.findLast(
      (send) => send.told === 'refused' && !send.putAside && send.tags.join() === tags.join(),
    );
    if (!refused) return;
    refused.putAside = true;
    const taken = takenTags(refused).length;
    if (saidTaken < taken || (refused.spoilt.size > 0 && saidTaken > taken))
      this.complaints.push(`${run.name} put aside ${tags.join(' ')} as taken in ${saidTaken} lines, and ${taken} were`);
  }

  tell(send: Send, told: Send['told']): void {
    send.told = told;
    send.toldAt = this.tick();
  }

  /** What a rewind asks for once more. */
  rewind(truth: Truth, organization: string, from: number, to: number): void {
    for (const send of this.runs.flatMap(({ sends }) => sends)) {
      const struck = send.tags.some((tag) =>
        truth
          .withTag(tag)
          .some((event) => event.organization === organization && event.atMs >= from && event.atMs < to),
      );
      if (struck) send.rewound = true;
    }
  }

  /** How many copies of each event are there to stay: sent, taken, and never to be repeated. */
  copiesForGood(): Map<string, number> {
    const copies = new Map<string, number>();
    for (const run of this.runs) {
      for (const send of run.sends) {
        if (!send.taken || send.rewound || send.told === 'unclear') continue;
        // In quarantine too: that copy counts, unless the run did not live to put it there.
        if (send.told === 'refused' && (send.putAside || run.excuses.size > 0)) continue;
        if (run.kind === 'replay' && (send.moved || send.told === 'refused')) continue;
        if (run.excuses.size > 0 && send.toldAt > safelySavedUntil(run)) continue;
        for (const tag of takenTags(send)) copies.set(tag, (copies.get(tag) ?? 0) + 1);
      }
    }
    return copies;
  }

  /** Runs that sent more without saving it than the promise allows. */
  *overdrawn(): Generator<string> {
    for (const run of this.runs) {
      const hasSaved = run.saves.some(({ succeeded }) => succeeded);
      if (run.kind === 'look' && (hasSaved || run.sends.length > 0))
        yield `${run.name} was there to look, and did more`;
      if (run.kind !== 'ship') continue;
      const lastSave = run.saves.findLast(({ succeeded }) => succeeded)?.begun ?? 0;
      const unsaved = run.sends.filter(({ taken, toldAt }) => taken && toldAt > lastSave).flatMap(({ tags }) => tags);
      const events = new Set(unsaved).size;
      const most = run.excuses.size > 0 ? PAGES_A_DYING_RUN_MAY_REPEAT * run.limit : 0;
      const withoutAnswer = new Set(
        run.sends.filter(({ told }) => told === 'unclear' || told === 'refused').flatMap(({ tags }) => tags),
      );
      if (events > most && unsaved.some((tag) => !withoutAnswer.has(tag))) {
        yield `${run.name} ended with ${events} events sent since its last save, ${most} are promised (${[...run.excuses].join(', ') || 'and nothing struck it'})`;
      }
    }
  }
}

/** The events that are there: all but those whose lines were spoilt. */
function takenTags({ taken, tags, spoilt }: Send): readonly string[] {
  return taken ? tags.filter((_, place) => !spoilt.has(place)) : [];
}

/**
 * What was answered until then is in the table for certain. A save takes what is there when its first write goes out,
 * which is somewhere between the end of the one before it, failed or not, and its own last write.
 */
function safelySavedUntil({ saves }: Run): number {
  const last = saves.findLastIndex(({ succeeded }) => succeeded);
  return saves[last - 1]?.done ?? 0;
}
