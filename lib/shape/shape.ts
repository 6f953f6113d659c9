/**
 * What every shape is: a pure function from one JumpCloud event to the one line that Logz.io
 * receives; and what its options may be.
 */
import { isJsonObject, type JsonObject } from '../platform/json.ts';
import { createEcsShape } from './ecs-shape.ts';
import { createLogzioShape } from './logzio-shape.ts';
import { RESERVED_NAMES, safeName } from './names.ts';
import { looksLikeDate, MAX_NAME_BYTES } from './values.ts';

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

/** Bytes of all added fields and tags together, so that an event always has room beside them. */
const MAX_ADDED_BYTES = 20_000;
/** Members of all added fields together. */
const MAX_ADDED_FIELDS = 100;
/** Logz.io takes ten levels; five leave nobody wanting. */
const MAX_ADDED_LEVELS = 5;
const MAX_ADDED_NAME_UNITS = 200;

/** What is wrong with `output.fields` and `output.tags`, a sentence each, if anything. */
export function outputFaults({ fields, tags }: Pick<ShapeOptions, 'fields' | 'tags'>): string[] {
  const faults = Object.keys(fields)
    .filter((name) => RESERVED_NAMES.includes(name))
    .map((name) => `output.fields.${name}: the log needs this name for itself; choose another`);
  for (const tag of tags) {
    if (looksLikeDate(tag))
      faults.push(`output.tags: "${tag}" looks like a date, so an index would treat all tags as dates`);
  }
  const count = checkObject(fields, 'output.fields', 1, faults);
  if (count > MAX_ADDED_FIELDS) {
    faults.push(`output.fields: has ${count} fields; at most ${MAX_ADDED_FIELDS} are possible`);
  }
  const bytes = Buffer.byteLength(JSON.stringify([fields, tags]));
  if (bytes > MAX_ADDED_BYTES) {
    faults.push(
      `output.fields and output.tags: take ${bytes} bytes of every log; at most ${MAX_ADDED_BYTES} are possible`,
    );
  }
  return faults;
}

function checkObject(object: JsonObject, path: string, level: number, faults: string[]): number {
  let count = 0;
  for (const [name, value] of Object.entries(object)) {
    const at = `${path}.${name}`;
    count++;
    if (safeName(name, MAX_NAME_BYTES).name !== name || name.length > MAX_ADDED_NAME_UNITS) {
      faults.push(
        `${at}: this name cannot be used. A name has no dot, is not blank, and has at most ${MAX_ADDED_NAME_UNITS} characters. Names that the index reserves, such as _id, are not possible`,
      );
    }
    if (!isJsonObject(value)) continue;
    if (level === MAX_ADDED_LEVELS) faults.push(`${at}: is nested more than ${MAX_ADDED_LEVELS} levels deep`);
    else count += checkObject(value, at, level + 1, faults);
  }
  return count;
}
