/** One log as one line within Logz.io's limits, and what it says is missing in it. */
import type { JsonObject } from '../platform/json.ts';
import type { Allowance } from './conform.ts';
import {
  MAX_FIELDS,
  MAX_LINE_BYTES,
  MAX_NAME_BYTES,
  MAX_TEXT_BYTES,
  MAX_UNKNOWN_FIELDS,
  SURELY_FEW_MEMBERS,
  SURELY_SHORT_LINE_UNITS,
} from './limits.ts';
import { SHORTENED_FIELDS } from './names.ts';
import { countMembers } from './parse-event.ts';
import type { ShapedLog } from './shape.ts';
import { plainText } from './values.ts';

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
  return line.length <= SURELY_SHORT_LINE_UNITS || Buffer.byteLength(line) <= MAX_LINE_BYTES;
}

export interface Draft {
  readonly log: JsonObject;
  /** Fields of the log that the table does not know. */
  readonly unknownFields: number;
  readonly marks: Marks;
}

/**
 * Builds the log with as much of the event as there is room for: with too many fields, those the
 * table does not know go to `more_fields`; while the line is too long, the longest a text or a name
 * may be is halved.
 * @param members of the event, those of everything in it included
 */
export function fitToLine(members: number, build: (allowance: Allowance) => Draft): ShapedLog {
  let allowance: Allowance = {
    textBytes: MAX_TEXT_BYTES,
    nameBytes: MAX_NAME_BYTES,
    unknownFields: MAX_UNKNOWN_FIELDS,
  };
  for (;;) {
    const { log, unknownFields, marks } = build(allowance);
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
    allowance = {
      ...allowance,
      textBytes: Math.floor(allowance.textBytes / 2),
      nameBytes: Math.floor(allowance.nameBytes / 2),
    };
  }
}

/** Paths in `shortened_fields`, and UTF-16 units of each: the mark must stay short itself. */
export const MAX_MARKED_PATHS = 50;
const MAX_MARKED_PATH_UNITS = 200;

/** In place of a path, for an event whose bytes were no valid UTF-8. */
export const BROKEN_BYTES = '(bytes that are no UTF-8: each is \ufffd here)';

/** Collects paths, each once; no more and no longer than the log has room for. */
export class Marks {
  readonly #paths = new Set<string>();
  #more = 0;

  get isEmpty(): boolean {
    return this.#paths.size === 0;
  }

  add(path: string): void {
    const short =
      path.length > MAX_MARKED_PATH_UNITS ? `${path.slice(0, MAX_MARKED_PATH_UNITS).toWellFormed()}…` : path;
    if (this.#paths.has(short)) return;
    if (this.#paths.size < MAX_MARKED_PATHS) this.#paths.add(short);
    else this.#more++;
  }

  /** Marks `to` where `from` is marked: for a value that stands at both, or moves. */
  copy(from: string, to: string): void {
    if (this.#paths.has(from)) this.add(to);
  }

  /** Takes back the marks of a path that leaves the log, and of all below it. */
  leave(path: string): void {
    for (const marked of this.#paths) if (marked === path || marked.startsWith(`${path}.`)) this.#paths.delete(marked);
  }

  list(): string[] {
    // A name can look like a date, and the list must not become one of dates.
    const paths = [...this.#paths].map(plainText);
    return this.#more === 0 ? paths : [...paths, `and ${this.#more} more`];
  }
}
