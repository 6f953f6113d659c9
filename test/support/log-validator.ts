/**
 * What Logz.io does to a line, by its documentation alone: shares no code with the shapes,
 * so that a mistake there is not repeated here.
 */

type Found = 'text' | 'date' | 'boolean' | 'integer' | 'decimal' | 'object';

/** The types each path has had so far: the mapping of one day, which only grows. */
export type Mapping = Map<string, Found>;

const KEPT_BY_THE_INDEX =
  /^_(?:id|index|type|source|routing|version|seq_no|primary_term|field_names|ignored|doc_count|nested_path|data_stream_timestamp|tombstone|_soft_deletes|tier)$/;
/** What the index's date detection takes for a date in a field that it sees for the first time. */
const DETECTED_DATE =
  /^(?:-?\d{4}|[+-]\d{5,10})(?:-\d\d(?:-\d\d)?(?:T(?:\d\d.*)?)?|T(?:\d\d.*)?)$|^(?:\d{4}|\+\d{5,})\/\d\d\/\d\d(?: \d\d:\d\d:\d\d)?$/s;
/** Blank to the index, which is written in Java. */
const BLANK = /^[\s\p{Cc}]*$/u;
const DATE = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/**
 * @returns what is wrong with the line, empty where Logz.io would take and index it; `mapping` is
 * extended.
 */
export function faultsOf(line: string, mapping: Mapping = new Map()): string[] {
  const faults: string[] = [];
  const bytes = Buffer.from(line, 'utf8');
  if (bytes.length > 500_000) faults.push(`line of ${bytes.length} bytes`);
  if (bytes.toString('utf8') !== line) faults.push('line is no valid UTF-8');
  if (/[\n\r\v\f\u0085\u2028\u2029]/.test(line)) faults.push('line holds a line break');
  let log: unknown;
  try {
    // Numbers stay as written: whether they fit is a question of their digits.
    log = (
      JSON.parse as (text: string, reviver: (n: string, v: unknown, c: { source?: string }) => unknown) => unknown
    )(line, (_name, value, { source }) => (typeof value === 'number' ? { [NUMBER]: source } : value));
  } catch (error) {
    return [...faults, `line is no JSON: ${error}`];
  }
  if (typeof log !== 'object' || log === null || Array.isArray(log)) return [...faults, 'line is no object'];
  let fields = 0;

  const visit = (object: object, path: string, level: number) => {
    if (level > 10) faults.push(`${path} is at level ${level}`);
    for (const [name, value] of Object.entries(object)) {
      fields++;
      const at = `${path}${name}`;
      if (BLANK.test(name)) faults.push(`blank name in ${path}`);
      if (name.includes('.')) faults.push(`dot in a name: ${at}`);
      if (KEPT_BY_THE_INDEX.test(name)) faults.push(`${at} is a name of the index's own`);
      checkText(name, `name ${at}`);
      if (Array.isArray(value)) {
        for (const item of value)
          if (typeof item !== 'string' && item !== null) faults.push(`${at} lists more than texts`);
        for (const item of value) if (typeof item === 'string') checkText(item, at);
        for (const item of value) if (typeof item === 'string') remember(at, kindOfText(item));
      } else if (value !== null) checkValue(value, at, level);
    }
  };
  const checkValue = (value: unknown, at: string, level: number) => {
    if (typeof value === 'string') {
      checkText(value, at);
      remember(at, kindOfText(value));
    } else if (typeof value === 'boolean') remember(at, 'boolean');
    else if (typeof value === 'object' && value !== null && NUMBER in value) checkNumber(String(value[NUMBER]), at);
    else if (typeof value === 'object' && value !== null) {
      remember(at, 'object');
      visit(value, `${at}.`, level + 1);
    }
  };
  const checkNumber = (source: string, at: string) => {
    if (/^-?\d+$/.test(source)) {
      if (BigInt.asIntN(64, BigInt(source)) !== BigInt(source)) faults.push(`${at} is beyond 64 bits: ${source}`);
      remember(at, 'integer');
    } else {
      if (!Number.isFinite(Math.fround(Number(source)))) faults.push(`${at} is no finite number: ${source}`);
      remember(at, 'decimal');
    }
  };
  const checkText = (text: string, at: string) => {
    if (!text.isWellFormed()) faults.push(`${at.slice(0, 99)} holds half a surrogate pair`);
    if (text.length > 32_700) faults.push(`${at.slice(0, 99)} has ${text.length} characters`);
    if (Buffer.byteLength(text) > 32_766) faults.push(`${at.slice(0, 99)} takes ${Buffer.byteLength(text)} bytes`);
  };
  const remember = (at: string, found: Found) => {
    const known = mapping.get(at);
    if (known === undefined) mapping.set(at, found);
    else if (known !== found) faults.push(`${at} is ${found}, was ${known} before`);
  };

  visit(log, '', 1);
  if (fields > 1000) faults.push(`${fields} fields`);
  const timestamp = '@timestamp' in log ? log['@timestamp'] : undefined;
  if (typeof timestamp !== 'string' || !isDate(timestamp)) faults.push(`@timestamp is no date: ${String(timestamp)}`);
  for (const name of ['timestamp', 'system_timestamp'] as const) {
    const value = (log as Record<string, unknown>)[name];
    if (typeof value === 'string' && !isDate(value))
      faults.push(`${name} is a date in other logs, here it is ${value}`);
  }
  return faults;
}

function kindOfText(text: string): Found {
  return text.length <= 100 && DETECTED_DATE.test(text) ? 'date' : 'text';
}

const NUMBER = Symbol('number');

function isDate(text: string): boolean {
  const match = DATE.exec(text);
  if (!match) return false;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
}
