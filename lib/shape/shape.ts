/** What every shape is: a pure function from one JumpCloud event to the one line that Logz.io receives. */
import type { JsonObject } from '../json.ts';

/** One event as JumpCloud sent it; `timestamp` is known to be readable. */
export interface SourceEvent {
  /** The event's own JSON text, exactly as received. */
  readonly text: string;
  /** The same, parsed by `parseEvent`. */
  readonly value: JsonObject;
  /** Stable across re-reads: JumpCloud's id, or a hash of the canonical event and its occurrence number where it sent none. */
  readonly eventId: string;
  /** Known: no number in the text has 16 characters or an exponent, so that each is what its text says. */
  readonly numbersAreUsual?: boolean;
}

export interface ShapedLog {
  /** One valid Logz.io log as JSON text, without a line break. */
  readonly line: string;
  /** Paths (in the log) that had to be cut to fit Logz.io's limits; empty for almost every event. */
  readonly shortened: readonly string[];
}

export type Shape = (event: SourceEvent) => ShapedLog;

export interface ShapeOptions {
  readonly shape: 'logzio' | 'ecs';
  /** The value of the log's `type` field, e.g. `jumpcloud`. */
  readonly type: string;
  /** The stream's organization id, added as `organization` where the event does not carry its own. */
  readonly organization?: string;
  /** Added to every log; never overwrite what JumpCloud sent. */
  readonly fields: JsonObject;
  readonly tags: readonly string[];
  readonly preserveOriginalEvent: boolean;
  readonly preserveDuplicateCustomFields: boolean;
}
