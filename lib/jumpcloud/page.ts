/** One page: the bytes of a JSON array, split into the texts of its events without reading them. */
import { isUtf8 } from 'node:buffer';
import type { EpochMs } from '../platform/clock.ts';
import { JumpCloudError } from './errors.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const LESS_THAN = 0x3c;
const BLANKS = new Set([0x20, 0x09, 0x0a, 0x0d]);
/** UTF-8's byte order mark. JSON has none, but some gateways add one. */
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** JumpCloud's page token, a JSON text: sent back byte for byte, and never kept beyond the pass. */
export type SearchAfter = string;

export interface PageParts {
  readonly body: Buffer;
  /** What the answer's headers say of it, as far as they do. */
  readonly statedCount: number | undefined;
  readonly statedLimit: number | undefined;
  readonly searchAfter: SearchAfter | undefined;
  readonly serverNow: EpochMs | undefined;
}

/** One event as JumpCloud sent it. */
export interface RawEvent {
  readonly text: string;
  /** Only where they are no valid UTF-8: the text then has U+FFFD in place of some of them. */
  readonly brokenBytes: Buffer | undefined;
}

export class Page {
  readonly searchAfter: SearchAfter | undefined;
  readonly serverNow: EpochMs | undefined;
  readonly #body: Buffer;
  readonly #first: number;
  /** Where the array's closing bracket is. */
  readonly #close: number;
  /** A page of so many events is not the last one. */
  readonly #fullCount: number;
  readonly #mayBeLast: boolean;
  readonly #missing: readonly string[];
  #met = 0;

  /**
   * @param asked the limit we asked for
   * @throws JumpCloudError (retryable) where the body is no array, or was cut short
   */
  constructor({ body, statedCount, statedLimit, searchAfter, serverNow }: PageParts, asked: number) {
    this.#body = body;
    this.searchAfter = searchAfter;
    this.serverNow = serverNow;
    const open = startOf(body);
    if (body[open] !== OPEN_BRACKET) throw malformed(`a JSON array was expected, found ${preview(body)}`);
    this.#close = trimEnd(body, body.length) - 1;
    if (this.#close === open || body[this.#close] !== CLOSE_BRACKET) throw endsTooEarly(body);
    this.#first = skipBlanks(body, open + 1);
    if (body[this.#first] === COMMA) throw malformed('the page begins with a comma');
    this.#fullCount = Math.min(statedLimit ?? 0, asked);
    this.#mayBeLast = this.isEmpty || (statedCount !== undefined && statedCount < this.#fullCount);
    const stated = { 'X-Search_after': searchAfter, 'X-Result-Count': statedCount, 'X-Limit': statedLimit };
    this.#missing = Object.entries(stated).flatMap(([header, value]) => (value === undefined ? header : []));
  }

  get isEmpty(): boolean {
    return this.#first === this.#close;
  }

  /** The headers that the answer lacks of those that say whether a page follows, and how to ask for it. */
  get missingHeaders(): readonly string[] {
    return this.#missing;
  }

  /**
   * No page follows: there are fewer events than the limit that the answer states (a server may cap ours), and
   * than we asked for; without these headers only an empty page is known to be the last. Where they contradict
   * the page, which shows once it has been walked, one request more is better than an event less.
   */
  get isLast(): boolean {
    return this.#mayBeLast && (this.#met === 0 || this.#met < this.#fullCount);
  }

  /**
   * The page is checked while it is walked: the events before a fault are whole.
   * @throws JumpCloudError (retryable) where the page turns out to be no whole array
   */
  *events(): Generator<RawEvent> {
    const body = this.#body;
    const isValid = isUtf8(body);
    this.#met = 0;
    for (let start = this.#first; start !== this.#close; ) {
      const end = this.#endOf(start);
      const text = body.toString('utf8', start, end);
      const brokenBytes = isValid || isUtf8(body.subarray(start, end)) ? undefined : body.subarray(start, end);
      this.#met++;
      const next = this.#after(end);
      yield { text, brokenBytes };
      start = next;
    }
  }

  /** @returns the byte after the event that begins at `start`, whatever it holds */
  #endOf(start: number): number {
    const body = this.#body;
    let depth = 0;
    let index = start;
    for (; index < this.#close; index++) {
      switch (body[index]) {
        case QUOTE:
          index = closingQuote(body, index);
          break;
        case OPEN_BRACE:
        case OPEN_BRACKET:
          depth++;
          break;
        case CLOSE_BRACE:
        case CLOSE_BRACKET:
          depth--;
          break;
        case COMMA:
          if (depth === 0) return trimEnd(body, index);
      }
    }
    // A text may have led beyond the bracket.
    if (depth !== 0 || index > this.#close) throw endsTooEarly(body);
    return trimEnd(body, this.#close);
  }

  /** @returns where the event after `end` begins; where the array closes if there is none */
  #after(end: number): number {
    const body = this.#body;
    const at = skipBlanks(body, end);
    if (at === this.#close) return at;
    if (body[at] !== COMMA) throw malformed(`no comma after event ${this.#met} of the page`);
    const next = skipBlanks(body, at + 1);
    if (next === this.#close || body[next] === COMMA) throw malformed(`no event after comma ${this.#met} of the page`);
    return next;
  }
}

function malformed(what: string): JumpCloudError {
  return new JumpCloudError(`JumpCloud POST /events: ${what}`, { retryable: true });
}

function endsTooEarly(body: Buffer): JumpCloudError {
  return malformed(`the JSON array ends too early, after ${body.length} bytes`);
}

function closingQuote(body: Buffer, open: number): number {
  let index = open + 1;
  for (; index < body.length; index++) {
    const byte = body[index];
    if (byte === QUOTE) break;
    if (byte === BACKSLASH) index++;
  }
  return index;
}

function startOf(body: Buffer): number {
  const hasMark = body.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  return skipBlanks(body, hasMark ? BYTE_ORDER_MARK.length : 0);
}

function skipBlanks(body: Buffer, from: number): number {
  let index = from;
  while (BLANKS.has(body[index] ?? 0)) index++;
  return index;
}

function trimEnd(body: Buffer, end: number): number {
  let index = end;
  while (BLANKS.has(body[index - 1] ?? 0)) index--;
  return index;
}

/** The kind of the first bytes, never the bytes themselves: they may be somebody's data. */
function preview(body: Buffer): string {
  if (body.length === 0) return 'an empty body';
  const first = body[startOf(body)];
  if (first === LESS_THAN) return 'HTML or XML';
  return first === OPEN_BRACE ? 'a JSON object' : 'something else';
}
