/**
 * What each run did to the world, as seen from outside: what it sent, was told and saved.
 *
 * From this follows how often an event may be in Logz.io: once, and once more for each copy that
 * was sent without a clear answer, or that a run sent and came to its end without saving.
 */
import type { Metric } from '../../../lib/platform/outside.ts';
import type { Instance, Invocation, Outcome } from '../world/instance.ts';

/** `look`: is there to look, and sends nothing. */
export type Kind = 'ship' | 'window' | 'replay' | 'rewind' | 'look';

export interface Send {
  readonly run: Run;
  readonly organization: string;
  /** One a line. */
  readonly tags: readonly string[];
  /** Logz.io, or the quarantine, has them. */
  taken: readonly string[];
  takenAt: number;
  /** That it is there, that it must not be sent again, or nothing that the run can rely on. */
  told: 'nothing' | 'acknowledged' | 'refused' | 'unclear';
  toldAt: number;
  /** No request to Logz.io. */
  readonly isQuarantine: boolean;
  /** Into quarantine, as Logz.io refused it; or out of it, by a replay. */
  isMoved: boolean;
}

/** What a run did for one organization. */
class Part {
  readonly sends: Send[] = [];
  readonly saves: { readonly at: number; readonly succeeded: boolean }[] = [];
  /** Until when it may think that it has the lease, by its own clock; undefined before. */
  leaseUntil: number | undefined;
  /** Events that it read while its lease lasted. */
  readonly readInTime = new Set<string>();
  /** Events that it read when its lease was over, and since when it has not saved. */
  readonly readTooLate = new Set<string>();
}

export interface Run {
  readonly invocation: Invocation;
  readonly instance: Instance;
  readonly parts: Map<string, Part>;
  /** Why it may have sent what it did not save. */
  readonly excuses: Set<string>;
  readonly metrics: { readonly metric: Metric; readonly at: number }[];
  readonly begunAt: number;
  readonly begunTick: number;
  /** Another run changed something meanwhile. */
  isDisturbed: boolean;
  outcome: Outcome | undefined;
  endedTick: number;
}

/** As the README promises it; not taken from the product. */
const PAGES_A_DYING_RUN_MAY_REPEAT = 2;

export class Ledger {
  readonly runs: Run[] = [];
  /** By tag, when each copy arrived at Logz.io. */
  readonly arrivals = new Map<string, number[]>();
  /** By tag, when it was last set free to be sent again. */
  readonly rewoundAt = new Map<string, number>();
  /** By organization, when its live stream was set back. */
  readonly rewinds = new Map<string, number[]>();
  #order = 0;

  begin(invocation: Invocation, instance: Instance, now: number): Run {
    const run: Run = {
      invocation,
      instance,
      parts: new Map(),
      excuses: new Set(),
      metrics: [],
      begunAt: now,
      begunTick: this.tick(),
      isDisturbed: false,
      outcome: undefined,
      endedTick: Number.POSITIVE_INFINITY,
    };
    this.runs.push(run);
    return run;
  }

  /** The next place in the order of what happens. */
  tick(): number {
    return ++this.#order;
  }

  changed(run: Run): void {
    for (const other of this.runs) other.isDisturbed ||= other !== run;
  }

  partOf({ parts }: Run, organization: string): Part {
    const part = parts.get(organization) ?? new Part();
    parts.set(organization, part);
    return part;
  }

  send(run: Run, organization: string, tags: readonly string[], isQuarantine = false): Send {
    const send: Send = {
      run,
      organization,
      tags,
      taken: [],
      takenAt: Number.POSITIVE_INFINITY,
      told: 'nothing',
      toldAt: Number.POSITIVE_INFINITY,
      isQuarantine,
      isMoved: false,
    };
    this.partOf(run, organization).sends.push(send);
    return send;
  }

  take(send: Send, tags: readonly string[]): void {
    send.taken = tags;
    send.takenAt = this.tick();
    this.changed(send.run);
    if (send.isQuarantine) return;
    for (const tag of tags) {
      const arrivals = this.arrivals.get(tag) ?? [];
      arrivals.push(send.takenAt);
      this.arrivals.set(tag, arrivals);
    }
  }

  tell(send: Send, told: Send['told']): void {
    send.told = told;
    send.toldAt = this.tick();
  }

  /** How many copies of each event are there to stay: sent, taken, and never to be repeated. */
  copiesForGood(): Map<string, number> {
    const copies = new Map<string, number>();
    for (const run of this.runs) {
      if (run.invocation.kind !== 'ship') continue;
      for (const part of run.parts.values()) {
        const savedUntil = run.excuses.size > 0 ? safelySavedUntil(part) : Number.POSITIVE_INFINITY;
        for (const send of part.sends) {
          if (!isForGood(send, savedUntil) || this.#missedRewind(send)) continue;
          for (const tag of send.taken)
            if (send.takenAt > (this.rewoundAt.get(tag) ?? 0)) copies.set(tag, (copies.get(tag) ?? 0) + 1);
        }
      }
    }
    return copies;
  }

  /** A slice that is under way does not see that the live stream was rewound into it. */
  #missedRewind({ run, organization, takenAt }: Send): boolean {
    const isSlice = run.invocation.input.backfill !== undefined;
    return isSlice && (this.rewinds.get(organization) ?? []).some((tick) => tick > run.begunTick && tick < takenAt);
  }

  /** Events that runs delivered, not people. */
  deliveredByRuns(): Set<string> {
    const ships = this.runs.filter(({ invocation }) => invocation.kind === 'ship');
    const sends = ships.flatMap(({ parts }) => [...parts.values()]).flatMap((part) => part.sends);
    return new Set(sends.flatMap(({ taken }) => taken));
  }

  /** Another replay at the same time may have taken the claim over: by its clock it was over. */
  #hasRival(run: Run): boolean {
    const isAtOnce = (other: Run) => other.begunTick < run.endedTick && other.endedTick > run.begunTick;
    return this.runs.some((other) => other !== run && other.invocation.kind === 'replay' && isAtOnce(other));
  }

  /** Runs that sent what they should not have, or more without saving it than is promised. */
  *overdrawn(): Generator<string> {
    for (const run of this.runs) {
      const { kind, name } = run.invocation;
      const excuses = [...run.excuses].join(', ') || 'and nothing befell it';
      for (const { sends, saves } of run.parts.values()) {
        if (kind === 'look' && sends.length > 0 && run.invocation.input.check !== true)
          yield `${name} was there to look, and sent something`;
        const open = sends.filter((send) => send.told === 'acknowledged' && !send.isMoved && !send.isQuarantine);
        if (kind === 'replay' && run.excuses.size === 0 && open.length > 0 && !this.#hasRival(run))
          yield `${name} brought ${open[0]?.tags} in, and left it in quarantine (${excuses})`;
        if (kind !== 'ship') continue;
        const lastSave = saves.findLast(({ succeeded }) => succeeded)?.at ?? 0;
        const isDone = ({ told }: Send) => told === 'acknowledged' || told === 'nothing';
        const unsaved = sends.filter((send) => send.taken.length > 0 && send.toldAt > lastSave && isDone(send));
        const events = new Set(unsaved.flatMap(({ tags }) => tags)).size;
        const most = run.excuses.size > 0 ? PAGES_A_DYING_RUN_MAY_REPEAT * run.instance.settings.limit : 0;
        if (events > most)
          yield `${name} ended with ${events} events sent since its last save, ${most} are promised (${excuses})`;
      }
    }
  }
}

function isForGood({ run, told, toldAt, isMoved, isQuarantine }: Send, savedUntil: number): boolean {
  if (told === 'unclear') return false;
  if (run.excuses.size > 0 && (isQuarantine || told === 'refused')) return false;
  if (told === 'refused' && isMoved) return false;
  return toldAt <= savedUntil;
}

/** A save holds for certain what was answered before the one before it; the rest only maybe. */
function safelySavedUntil({ saves }: Part): number {
  const last = saves.findLastIndex(({ succeeded }) => succeeded);
  return saves[last - 1]?.at ?? 0;
}
