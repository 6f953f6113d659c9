/** What every shape is: a pure function from one JumpCloud event to the one line that Logz.io receives. */

import type { LineBytes } from '../line-writer.ts';
import type { Outline } from '../outline/outline.ts';
import type { JsonObject } from '../platform/json.ts';

/** One event as JumpCloud sent it; `timestamp` is known to be readable. */
export interface SourceEvent {
  /** The event's own JSON text, exactly as received. */
  readonly text: string;
  /** The same, parsed by `parseEvent`. */
  readonly value: JsonObject;
  /** Stable across re-reads: JumpCloud's id, or a hash of the canonical event and its occurrence number where it sent none. */
  readonly eventId: string;
}

export interface ShapedLog {
  /** One valid Logz.io log as JSON text, without a line break. */
  readonly line: string;
  /** Paths (in the log) that had to be cut to fit Logz.io's limits; empty for almost every event. */
  readonly shortened: readonly string[];
}

/** The two ways to a log. Where both lead there, the log is the same, byte for byte. */
export interface Shape {
  /** The thorough way: for every event. */
  readonly toLog: (event: SourceEvent) => ShapedLog;
  readonly copyLine: CopyLine;
}

/**
 * The quick way, from bytes to bytes, for events in which little or nothing has to change.
 *
 * @param outline the event
 * @param contentId the event's id where JumpCloud gave it none
 * @returns the log's line, whole and within Logz.io's limits, valid until the next call; undefined where the event has to go
 *   the thorough way
 */
export type CopyLine = (outline: Outline, contentId: string | undefined) => LineBytes | undefined;

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
