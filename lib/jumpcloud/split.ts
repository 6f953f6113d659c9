/** Cuts a page's bytes into its events' bytes, without making an object of the page. */

/** The body is no whole JSON array: an error page, or an answer that was cut short. */
export class MalformedPageError extends Error {
  override readonly name = 'MalformedPageError';
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const BLANKS = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * Finds the elements of a JSON array.
 *
 * Only the array's own structure is checked; whether an element is valid JSON shows when it is parsed.
 *
 * @param body UTF-8
 * @returns offsets in pairs: the first byte of an element, and the byte after its last
 * @throws MalformedPageError
 */
export function splitArray(body: Uint8Array): number[] {
  const offsets: number[] = [];
  let index = skipBlanks(body, 0);
  if (body[index] !== OPEN_BRACKET) throw new MalformedPageError(`a JSON array was expected, found ${preview(body)}`);
  let start = skipBlanks(body, ++index);
  let depth = 1;
  for (; index < body.length; index++) {
    const byte = body[index] as number;
    switch (byte) {
      case QUOTE:
        index = closingQuote(body, index);
        break;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        depth++;
        break;
      case CLOSE_BRACE:
        depth--;
        break;
      case CLOSE_BRACKET:
        if (--depth > 0) break;
        if (start < index) offsets.push(start, trimEnd(body, index));
        if (skipBlanks(body, index + 1) < body.length)
          throw new MalformedPageError('there is more after the JSON array');
        return offsets;
      case COMMA:
        if (depth > 1) break;
        offsets.push(start, trimEnd(body, index));
        start = skipBlanks(body, index + 1);
        break;
    }
  }
  throw new MalformedPageError(`the JSON array ends too early, after ${body.length} bytes`);
}

function closingQuote(body: Uint8Array, open: number): number {
  let index = open + 1;
  for (; index < body.length; index++) {
    const byte = body[index];
    if (byte === QUOTE) break;
    if (byte === BACKSLASH) index++;
  }
  return index;
}

function skipBlanks(body: Uint8Array, from: number): number {
  let index = from;
  while (BLANKS.has(body[index] ?? 0)) index++;
  return index;
}

function trimEnd(body: Uint8Array, end: number): number {
  let index = end;
  while (BLANKS.has(body[index - 1] ?? 0)) index--;
  return index;
}

/** The kind of the first bytes, never the bytes themselves: they may be somebody's data. */
function preview(body: Uint8Array): string {
  if (body.length === 0) return 'an empty body';
  const first = body[skipBlanks(body, 0)];
  if (first === 0x3c) return 'HTML or XML';
  return first === OPEN_BRACE ? 'a JSON object' : 'something else';
}
