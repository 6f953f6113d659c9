/** What every command gets: for whom it works, with what, and for how long. */
import type { Deadline } from '../platform/deadline.ts';
import type { Runtime } from './runtime.ts';

export interface Context {
  readonly runtime: Runtime;
  /** Undefined where the key belongs to one organization and none is named. */
  readonly orgId: string | undefined;
  readonly deadline: Deadline;
  /** How long the command may take, the last save included. */
  readonly totalMs: number;
  /** How much of an answer its lists may fill. */
  readonly roomBytes: number;
}
