/** Names that every index takes: which are, and what becomes of the others. */
import { MAX_NAME_BYTES } from './limits.ts';
import { cutToBytes } from './text.ts';

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

/** True where `safeName` would leave the name as it is. */
export function isSafeName(name: string): boolean {
  return (
    !name.includes('.') &&
    name.length * 3 <= MAX_NAME_BYTES &&
    !BLANK.test(name) &&
    !(name.charCodeAt(0) === 95 && METADATA_NAMES.has(name)) &&
    name.isWellFormed()
  );
}

/**
 * Every dot becomes an underscore, since an index reads a dot as a path; a blank name becomes one
 * underscore; a name the index keeps for itself gets one more at its end; what is too long is cut.
 * @returns the name, and whether some of it was lost
 */
export function safeName(name: string, maxBytes: number): { readonly name: string; readonly cut: boolean } {
  const undotted = name.toWellFormed().replaceAll('.', '_');
  const short = cutToBytes(undotted, maxBytes);
  const cut = short.length < undotted.length || !name.isWellFormed();
  if (BLANK.test(short)) return { name: '_', cut };
  return { name: METADATA_NAMES.has(short) ? `${short}_` : short, cut };
}

/**
 * `name` where it is free, else `name_`, else `name_2`, `name_3`, …
 * @param tried how many of these were tried before, by name; kept by the caller, so that a thousand
 * clashes cost a thousand steps
 */
export function freeName(name: string, isTaken: (name: string) => boolean, tried: Map<string, number>): string {
  let n = tried.get(name) ?? 0;
  let free = name;
  do {
    free = n === 0 ? name : n === 1 ? `${name}_` : `${name}_${n}`;
    n++;
  } while (isTaken(free));
  tried.set(name, n);
  return free;
}
