/** Texts cut to a number of bytes, and values that hold nothing. */
import type { JsonValue } from '../platform/json.ts';

const encoder = new TextEncoder();
let scratch = new Uint8Array(0);

/** The longest beginning of `text` of at most `maxBytes` in UTF-8, in whole characters. */
export function cutToBytes(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return text;
  if (scratch.length < maxBytes) scratch = new Uint8Array(maxBytes);
  const { read } = encoder.encodeInto(text, scratch.subarray(0, maxBytes));
  return read === text.length ? text : text.slice(0, read);
}

/** True for `null`, an empty text, and objects and lists that hold nothing else. */
export function isEmpty(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (typeof value !== 'object' || JSON.isRawJSON(value)) return false;
  if (Array.isArray(value)) return value.every(isEmpty);
  return Object.keys(value).every((name) => isEmpty(value[name]));
}
