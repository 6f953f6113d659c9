/** One log as one line within Logz.io's limits, and what it says is missing in it. */
import type { JsonObject } from '../platform/json.ts';
import { type Allowance, type Conform, WHOLE } from './conform.ts';
import { SHORTENED_FIELDS } from './names.ts';
import { countMembers, membersOf, withLongNumbers } from './parse-event.ts';
import type { ShapedLog, SourceEvent } from './shape.ts';
import { MAX_FIELDS, MAX_LINE_BYTES } from './values.ts';

/** So few never make `MAX_FIELDS`: the log's own and its copies in ECS are fewer than 300. */
const SURELY_FEW_MEMBERS = MAX_FIELDS - 300;

/** `more_fields` and `shortened_fields`, which a log that is too large gets. */
const FIELDS_OF_A_LARGE_LOG = 2;

/** Characters that JSON leaves as they are, but that some readers take for a line's end. */
const SEPARATORS = /[\u0085\u2028\u2029]/g;

/** JSON text without anything that could be taken for a line break. */
export function oneLine(json: string): string {
  if (!json.includes('\u0085') && !json.includes('\u2028') && !json.includes('\u2029')) return json;
  // These stand in texts and names only, where JSON allows the escaped form.
  return json.replace(SEPARATORS, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export function isShortLine(line: string): boolean {
  return line.length * 3 <= MAX_LINE_BYTES || Buffer.byteLength(line) <= MAX_LINE_BYTES;
}

/** An event whose fields have their kinds. */
export interface Conformed {
  readonly conform: Conform;
  readonly eventId: string;
  /** The event's value itself where nothing in it had to change. */
  readonly fields: JsonObject;
}

/** The steps of a shape from an event to its log. */
export interface Steps {
  conform(event: SourceEvent, value: JsonObject, allowance: Allowance): Conformed;
  /** The line of an event of few members, where the event's own text can be in it. */
  copy?(event: SourceEvent, conformed: Conformed): string | undefined;
  compose(event: SourceEvent, conformed: Conformed): JsonObject;
}

/**
 * The log with as much of the event as there is room for: with too many fields, those the table
 * does not know go to `more_fields`; while the line is too long, the longest a text or a name may
 * be is halved.
 * @throws RangeError for an event that is nested too deeply or has the same field twice
 */
export function toLog(event: SourceEvent, steps: Steps): ShapedLog {
  const members = membersOf(event);
  let conformed = steps.conform(event, event.value, WHOLE);
  const copied = members <= SURELY_FEW_MEMBERS ? steps.copy?.(event, conformed) : undefined;
  if (copied !== undefined) return { line: copied, shortened: [] };
  const value = withLongNumbers(event.value, event.text);
  if (value !== event.value) conformed = steps.conform(event, value, WHOLE);
  for (let allowance = WHOLE; ; conformed = steps.conform(event, value, allowance)) {
    const log = steps.compose(event, conformed);
    const { marks, unknownFields } = conformed.conform;
    const fields = members <= SURELY_FEW_MEMBERS ? members : countMembers(log);
    if (fields > MAX_FIELDS) {
      const spare = MAX_FIELDS - FIELDS_OF_A_LARGE_LOG - (fields - unknownFields);
      allowance = { ...allowance, unknownFields: Math.max(0, spare) };
      continue;
    }
    const shortened = marks.list();
    if (shortened.length > 0) log[SHORTENED_FIELDS] = shortened;
    const line = oneLine(JSON.stringify(log));
    if (isShortLine(line)) return { line, shortened };
    // Ends at the latest with a few bytes each: a thousand fields then take a tenth of a line.
    const { textBytes, nameBytes } = allowance;
    allowance = { ...allowance, textBytes: Math.floor(textBytes / 2), nameBytes: Math.floor(nameBytes / 2) };
  }
}
