/** What an invocation brings, what every command gets, and what every answer has. */
import type { Deadline } from '../platform/deadline.ts';
import type { Runtime } from './runtime.ts';

/** What Lambda's context must tell. */
export interface Invocation {
  getRemainingTimeInMillis(): number;
}

/** The part of an answer that every command has. */
export interface Result {
  readonly message: string;
  readonly warnings?: readonly string[];
  /** Numbers and lists, named with their units. */
  readonly [figure: string]: unknown;
}

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
