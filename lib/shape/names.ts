/** Names of fields: which every index takes, a log needs for itself, are new, or are cut short. */

import { DAY_MS } from '../platform/time.ts';
import { cutToBytes, plainText } from './values.ts';

/** An index keeps these for itself and refuses a log that has one of them at its top. */
const METADATA_NAMES: ReadonlySet<string> = new Set(
  [
    '_id _index _type _source _routing _version _seq_no _primary_term _field_names _ignored _ignored_source _doc_count',
    '_data_stream_timestamp _nested_path _tombstone __soft_deletes _recovery_source _root_doc_id _size _tier _tsid',
    '_ts_routing_hash _inference_fields _feature _meta _all _parent _uid _timestamp _ttl',
  ].flatMap((line) => line.split(' ')),
);

/** What counts as blank here or in an index, which takes some control characters for blanks too. */
const BLANK = /^[\s\p{Cc}]*$/u;

/**
 * Every dot becomes an underscore, since an index reads a dot as a path; a blank name becomes one
 * underscore; a name the index keeps for itself gets one more at its end; what is too long is cut.
 * @returns the name, and whether some of it was lost
 */
export function safeName(name: string, maxBytes: number): { readonly name: string; readonly cut: boolean } {
  const short = cutToBytes(name.toWellFormed().replace(/\./g, '_'), maxBytes);
  const cut = short.length < name.length || !name.isWellFormed();
  if (BLANK.test(short)) return { name: '_', cut };
  return { name: METADATA_NAMES.has(short) ? `${short}_` : short, cut };
}

/**
 * `name` where it is free, else `name_`, else `name_2`, `name_3`, …
 * @param tried how many of these were tried before, by name; kept by a caller that may have a
 * thousand clashes, which then cost a thousand steps
 */
export function freeName(
  name: string,
  isTaken: (name: string) => boolean,
  tried: Map<string, number> = new Map(),
): string {
  let n = tried.get(name) ?? 0;
  let free = name;
  do {
    free = n === 0 ? name : n === 1 ? `${name}_` : `${name}_${n}`;
    n++;
  } while (isTaken(free));
  tried.set(name, n);
  return free;
}

/** Where JumpCloud's own members go whose names the log needs for itself. */
export const RESERVED_PREFIX = 'jumpcloud_';
/** Follows a known field's name where its kind cannot hold the value. */
export const MOVED_SUFFIX = '_text';

/** What did not fit among a log's fields, as one JSON text. */
export const MORE_FIELDS = 'more_fields';
/** The paths of what is missing in a log, or was shortened. */
export const SHORTENED_FIELDS = 'shortened_fields';

/**
 * JumpCloud's own members of these names are kept as `jumpcloud_<name>` in shape `logzio`; no field
 * that a user adds has one. The objects of shape `ecs` are among them: as texts they would spoil a
 * day in which the shape is changed.
 */
export const RESERVED_NAMES: readonly string[] = [
  ...['@timestamp', 'type', 'tags', MORE_FIELDS, SHORTENED_FIELDS, 'event_id', 'client', 'data_stream', 'ecs', 'event'],
  ...['group', 'host', 'jumpcloud', 'observer', 'process', 'related', 'source', 'user', 'user_agent'],
];

/** Paths in `shortened_fields`, and UTF-16 units of each: the mark must stay short itself. */
export const MAX_MARKED_PATHS = 50;
const MAX_MARKED_PATH_UNITS = 200;

/** In place of a path, for an event whose bytes were no valid UTF-8. */
export const BROKEN_BYTES = '(bytes that are no UTF-8: each is \ufffd here)';

/** Collects paths, each once; no more and no longer than the log has room for. */
export class Marks {
  #paths: string[] = [];
  #more = 0;

  get isEmpty(): boolean {
    return this.#paths.length === 0;
  }

  add(path: string): void {
    const short =
      path.length > MAX_MARKED_PATH_UNITS ? `${path.slice(0, MAX_MARKED_PATH_UNITS).toWellFormed()}…` : path;
    if (this.#paths.includes(short)) return;
    if (this.#paths.length < MAX_MARKED_PATHS) this.#paths.push(short);
    else this.#more++;
  }

  /** Marks `to` where `from` is marked: for a value that stands at both, or moves. */
  copy(from: string, to: string): void {
    if (this.#paths.includes(from)) this.add(to);
  }

  /** Takes back the marks of a path that leaves the log, and of all below it. */
  leave(path: string): void {
    this.#paths = this.#paths.filter((marked) => marked !== path && !marked.startsWith(`${path}.`));
  }

  list(): string[] {
    // A name can look like a date, and the list must not become one of dates.
    const paths = this.#paths.map(plainText);
    return this.#more === 0 ? paths : [...paths, `and ${this.#more} more`];
  }
}

/** More is unusual: JumpCloud's events have a few dozen such names; an index has room for 1,000. */
const MANY_UNKNOWN_NAMES = 300;
/** More are not told apart. */
const MAX_REMEMBERED = 1000;
const EXAMPLES = 5;
const MAX_EXAMPLE_UNITS = 60;

/**
 * Lives as long as the process. It does not see what other processes met: after a cold start, in
 * another Lambda that runs beside this one, or in a backfill. The same name in two objects counts
 * once.
 */
export class UnknownNames {
  readonly #names = new Set<string>();
  #day = Number.NaN;
  #reported = MANY_UNKNOWN_NAMES;

  /** Forgets the names of an earlier day (UTC). */
  beginRun(nowMs: number): void {
    const day = Math.floor(nowMs / DAY_MS);
    if (day === this.#day) return;
    this.#names.clear();
    this.#day = day;
    this.#reported = MANY_UNKNOWN_NAMES;
  }

  /** @returns whether there are many, and more than when this was asked before */
  isToReport(): boolean {
    if (this.count <= this.#reported) return false;
    this.#reported = this.count;
    return true;
  }

  readonly add = (name: string): void => {
    if (this.#names.size < MAX_REMEMBERED) this.#names.add(name);
  };

  get count(): number {
    return this.#names.size;
  }

  /** The newest, for a log line. */
  get examples(): string[] {
    return [...this.#names].slice(-EXAMPLES).map((name) => name.slice(0, MAX_EXAMPLE_UNITS));
  }
}
