/**
 * Whether a log that the listener took would be spoilt at indexing: an independent reading of
 * Logz.io's rules.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/platform/json.ts';

/** Logz.io's limits of a valid log. */
const MAX_LOG_CHARACTERS = 500_000;
const MAX_FIELD_CHARACTERS = 32_700;
const MAX_LEVELS = 10;
const MAX_FIELDS = 1000;
const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);

/** What a field is to the index; the first log of a day decides. */
type Kind = 'object' | 'objects' | 'text' | 'date' | 'number' | 'boolean';

/** What date detection takes for a date in a field that is new that day. */
const DETECTED_DATE =
  /^(?:-?\d{4}|[+-]\d{5,10})(?:-\d\d(?:-\d\d)?(?:T(?:\d\d.*)?)?|T(?:\d\d.*)?)$|^(?:\d{4}|\+\d{5,})\/\d\d\/\d\d(?: \d\d:\d\d:\d\d)?$/s;
/** The index keeps these for itself. */
const OWN_NAMES =
  /^_(?:id|index|type|source|routing|version|seq_no|primary_term|field_names|ignored|doc_count|nested_path|data_stream_timestamp|tombstone|_soft_deletes|tier)$/;
/** Blank to the index, which is written in Java. */
const BLANK = /^[\s\p{Cc}]*$/u;
/** Names that an index of a day takes by default. */
const MAX_NAMES = 1000;

export interface Verdict {
  readonly as: 'logzio-invalid-log' | 'logzio-index-failure';
  readonly reason: string;
}

export interface MappingJudge {
  /**
   * `undefined` for a log that is indexed as it should be. `day` names the index: mappings are
   * reset daily.
   */
  judge(line: string, log: JsonObject, day: string): Verdict | undefined;
}

export function createMappingJudge(): MappingJudge {
  const mappings = new Map<string, Map<string, Kind>>();

  return {
    judge(line, log, day) {
      const invalid = invalidity(line, log);
      if (invalid !== undefined) return { as: 'logzio-invalid-log', reason: invalid };
      const mapping = mappings.get(day) ?? new Map<string, Kind>();
      mappings.set(day, mapping);
      const kinds = new Map<string, Kind>();
      const failure = numberFailure(line) ?? collectKinds(log, '', kinds, mapping);
      if (failure !== undefined) return { as: 'logzio-index-failure', reason: failure };
      const added = [...kinds.keys()].filter((path) => !mapping.has(path)).length;
      if (mapping.size + added > MAX_NAMES) {
        return {
          as: 'logzio-index-failure',
          reason: `the index has ${mapping.size} names, this log brings ${added} more`,
        };
      }
      for (const [path, kind] of kinds) mapping.set(path, kind);
      return undefined;
    },
  };
}

function invalidity(line: string, log: JsonObject): string | undefined {
  if (line.length > MAX_LOG_CHARACTERS) return `${line.length} characters`;
  if (!isTime(log['@timestamp'])) return 'no readable @timestamp';
  let fields = 0;
  function walk(value: JsonValue, path: string, level: number): string | undefined {
    if (typeof value === 'string' && value.length > MAX_FIELD_CHARACTERS) {
      return `${path}: a value of ${value.length} characters`;
    }
    if (typeof value !== 'object' || value === null) return undefined;
    if (level > MAX_LEVELS) return `${path}: level ${level}`;
    if (Array.isArray(value) && value.some(isJsonObject)) {
      // kept as one field, so its text counts as one value
      const characters = JSON.stringify(value).length;
      if (characters > MAX_FIELD_CHARACTERS) return `${path}: an array of objects of ${characters} characters`;
    }
    for (const [name, child] of Object.entries(value)) {
      if (!Array.isArray(value)) {
        fields += 1;
        if (fields > MAX_FIELDS) return `over ${MAX_FIELDS} fields`;
        if (name.length > MAX_FIELD_CHARACTERS) return `${path}: a name of ${name.length} characters`;
        if (name.split('.').includes('')) return `${path}: the name ${JSON.stringify(name.slice(0, 80))}`;
      }
      // whether an array is a level of its own is undocumented: the strict reading counts it
      const fault = walk(child, path === '' ? name : `${path}.${name}`.slice(0, 200), level + 1);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  return walk(log, '', 1);
}

/** ISO 8601, UNIX seconds or UNIX milliseconds. */
function isTime(value: JsonValue | undefined): boolean {
  if (typeof value === 'number') return Number.isFinite(value) && value > 0;
  if (typeof value !== 'string') return false;
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(value) && !Number.isNaN(Date.parse(value));
}

/** Adds the kind of every path to `kinds`; returns why the log cannot be indexed, if it cannot. */
function collectKinds(
  value: JsonValue,
  path: string,
  kinds: Map<string, Kind>,
  mapping: ReadonlyMap<string, Kind>,
): string | undefined {
  if (value === null || path === '@timestamp') return undefined;
  if (Array.isArray(value)) {
    const flat = flatten(value);
    const hasObjects = flat.some(isJsonObject);
    if (hasObjects)
      return flat.every(isJsonObject) ? note(path, 'objects') : `${path}: objects beside scalars in one array`;
    return firstFault(flat, (one) => collectKinds(one, path, kinds, mapping));
  }
  if (!isJsonObject(value)) return note(path, kindOf(value));
  if (path !== '') {
    const clash = note(path, 'object');
    if (clash !== undefined) return clash;
  }
  return firstFault(Object.entries(value), ([name, child]) => {
    if (BLANK.test(name)) return `${path}: a blank name`;
    if (path === '' && OWN_NAMES.test(name)) return `${name} is a name of the index's own`;
    const whole = path === '' ? name : `${path}.${name}`;
    // a dotted name is a path: everything above its last part is an object
    const clash = firstFault(ancestors(whole), (above) => note(above, 'object'));
    return clash ?? collectKinds(child, whole, kinds, mapping);
  });

  function note(at: string, kind: Kind): string | undefined {
    const known = kinds.get(at) ?? mapping.get(at);
    if (known !== undefined && known !== kind) return `${at}: ${kind}, but it was ${known} before`;
    kinds.set(at, kind);
    return undefined;
  }
}

/** Lists within lists are one list of values to an index. */
function flatten(values: readonly JsonValue[]): JsonValue[] {
  return values.flatMap((value) => (Array.isArray(value) ? flatten(value) : [value]));
}

function kindOf(value: string | number | boolean): Kind {
  if (typeof value === 'string') return value.length <= 100 && DETECTED_DATE.test(value) ? 'date' : 'text';
  return typeof value === 'number' ? 'number' : 'boolean';
}

function ancestors(path: string): string[] {
  const parts = path.split('.');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('.'));
}

/** Looks at the digits themselves: parsing has rounded them. */
function numberFailure(line: string): string | undefined {
  // an ordinary log has neither many digits nor a large exponent
  if (!/\d{19}|\d[eE][+-]?\d{3}/.test(line)) return undefined;
  // strings are skipped whole, so that digits inside them are not taken for numbers
  for (const match of line.matchAll(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g)) {
    const text = match[0];
    if (text.startsWith('"')) continue;
    if (!Number.isFinite(Number(text))) return `a number that is not finite: ${text.slice(0, 40)}`;
    if (!/^-?\d{19,}$/.test(text)) continue;
    const integer = BigInt(text);
    if (integer > MAX_INT64 || integer < MIN_INT64) return `an integer beyond signed 64 bits: ${text.slice(0, 40)}`;
  }
  return undefined;
}

function firstFault<T>(items: Iterable<T>, check: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const fault = check(item);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
