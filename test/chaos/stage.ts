/** What a history is played on, and the words for one invocation. */
import type { EpochMs } from '../../lib/platform/clock.ts';
import type { Cloud } from './cloud.ts';
import type { Stop } from './gate.ts';
import type { Holdings } from './holdings.ts';
import type { Ledger } from './ledger.ts';
import type { Plan } from './plan.ts';
import type { SimulatedTime } from './time.ts';
import type { Truth } from './truth.ts';

/** What all instances of a history share. */
export interface Stage {
  readonly plan: Plan;
  readonly time: SimulatedTime;
  readonly cloud: Cloud;
  readonly truth: Truth;
  readonly ledger: Ledger;
  /** Every line that was logged. */
  readonly said: string[];
  readonly trace: (text: string) => void;
  readonly holdings: Holdings;
  /** How often what happened, for the summary. */
  readonly count: (figure: string, by?: number) => void;
  readonly streamOf: (organization: string) => string;
  /** By organization as streams name it, and start: when a run was first asked for a slice of a backfill. */
  readonly slicesAskedFor: Map<string, EpochMs>;
}

/** How one invocation is to go. */
export interface Course {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly lifeMs: number;
  readonly stop?: Stop;
  /** The clock steps at this call. */
  readonly clockStep?: { readonly call: number; readonly toSkewMs: number };
}

export type Outcome =
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'stopped' };
