/** Values as text: whole JSON texts, and texts cut to a number of bytes. */
import { isJsonObject, type JsonValue } from '../platform/json.ts';

/** Deeper than this a value is not written as JSON text when it is too deep to be written whole; see `jsonText`. */
const MAX_WRITTEN_LEVELS = 200;

const encoder = new TextEncoder();
let scratch = new Uint8Array(0);

/** The longest beginning of `text` that takes at most `maxBytes` in UTF-8; a character is never cut in two. */
export function cutToBytes(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return text;
  if (scratch.length < maxBytes) scratch = new Uint8Array(maxBytes);
  const { read } = encoder.encodeInto(text, scratch.subarray(0, maxBytes));
  return read === text.length ? text : text.slice(0, read);
}

/**
 * A number, boolean, object or list as its JSON text, numbers with all the digits they have (see numbers.ts).
 * @returns the text, and whether the value was nested too deeply to be written whole: its deepest parts are then `"…"`.
 */
export function jsonText(value: JsonValue): { readonly text: string; readonly cut: boolean } {
  try {
    return { text: JSON.stringify(value), cut: false };
  } catch (error) {
    // The only thing JSON can fail on here is its depth: the stack is then used up.
    if (!(error instanceof RangeError)) throw error;
    return { text: JSON.stringify(pruned(value, MAX_WRITTEN_LEVELS)), cut: true };
  }
}

function pruned(value: JsonValue, levels: number): JsonValue {
  if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return value;
  if (levels === 0) return '…';
  if (Array.isArray(value)) return value.map((item) => pruned(item, levels - 1));
  // Object.fromEntries makes own properties only, also of a member named __proto__.
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, pruned(member, levels - 1)]));
}

/** True for `null`, an empty text, and objects and lists that hold nothing else. */
export function isEmpty(value: JsonValue | undefined, levels = MAX_WRITTEN_LEVELS): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (typeof value !== 'object' || levels === 0) return false;
  if (Array.isArray(value)) return value.every((item) => isEmpty(item, levels - 1));
  return (
    isJsonObject(value) &&
    !JSON.isRawJSON(value) &&
    Object.keys(value).every((name) => isEmpty(value[name], levels - 1))
  );
}
