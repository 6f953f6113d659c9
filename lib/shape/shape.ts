/**
 * What every shape is: a pure function from one JumpCloud event to the one line that Logz.io
 * receives.
 */
import type { JsonObject } from '../platform/json.ts';
import { createEcsShape } from './ecs-shape.ts';
import { createLogzioShape } from './logzio-shape.ts';
import { outputFaults } from './output-fields.ts';

/** One event as JumpCloud sent it; `timestamp` is known to be readable. */
export interface SourceEvent {
  /** The event's own JSON text, exactly as received. */
  readonly text: string;
  /** The same, parsed by `parseEvent`. */
  readonly value: JsonObject;
  /**
   * Stable across re-reads: JumpCloud's id, or a hash of the canonical event and its occurrence
   * number where it sent none.
   */
  readonly eventId: string;
  /** Its bytes were no valid UTF-8: the text has U+FFFD in place of some of them. */
  readonly isBroken: boolean;
  /** As often as the text writes one, in all its objects; absent where nobody counted them. */
  readonly membersInText?: number | undefined;
}

export interface ShapedLog {
  /** One valid Logz.io log as JSON text, without a line break. */
  readonly line: string;
  /** Paths in the log that had to be cut to Logz.io's limits; empty for almost every event. */
  readonly shortened: readonly string[];
}

/**
 * Makes one log of one event.
 * @throws where the event cannot become a log without losing something unseen: it then belongs into
 * quarantine
 */
export type Shape = (event: SourceEvent) => ShapedLog;

export interface ShapeOptions {
  readonly shape: 'logzio' | 'ecs';
  /** The value of the log's `type` field, e.g. `jumpcloud`. */
  readonly type: string;
  /** The stream's organization, added as `organization` where the event has none. */
  readonly organization?: string;
  /** Added to every log; never overwrite what JumpCloud sent. */
  readonly fields: JsonObject;
  readonly tags: readonly string[];
  readonly preserveOriginalEvent: boolean;
  readonly preserveDuplicateCustomFields: boolean;
  /** Called with every name of an event's field that no table knows. */
  readonly onUnknownName?: ((name: string) => void) | undefined;
}

/**
 * Makes the shape that `options` ask for: a pure function from one event to one line.
 * @throws RangeError naming every fault of `fields` and `tags`
 */
export function createShape(options: ShapeOptions): Shape {
  const faults = outputFaults(options);
  if (faults.length > 0) throw new RangeError(faults.join('\n'));
  return options.shape === 'ecs' ? createEcsShape(options) : createLogzioShape(options);
}
