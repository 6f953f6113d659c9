/** One page: the bytes of a JSON array, walked through event by event, without making an object of it. */
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
/** UTF-8's byte order mark: JSON has none, and a gateway that puts one before it means no harm. */
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** There is no further event. */
export const NO_MORE = -1;

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

export class Page {
  readonly body: Buffer;
  readonly searchAfter: SearchAfter | undefined;
  readonly serverNow: EpochMs | undefined;
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
    this.body = body;
    this.searchAfter = searchAfter;
    this.serverNow = serverNow;
    const open = startOf(body);
    if (body[open] !== OPEN_BRACKET) throw malformed(`a JSON array was expected, found ${preview(body)}`);
    this.#close = trimEnd(body, body.length) - 1;
    if (this.#close === open || body[this.#close] !== CLOSE_BRACKET) throw endsTooEarly(body);
    const first = skipBlanks(body, open + 1);
    if (body[first] === COMMA) throw malformed('the page begins with a comma');
    this.#first = first === this.#close ? NO_MORE : first;
    this.#fullCount = Math.min(statedLimit ?? 0, asked);
    this.#mayBeLast = this.#first === NO_MORE || (statedCount !== undefined && statedCount < this.#fullCount);
    const stated = { 'X-Search_after': searchAfter, 'X-Result-Count': statedCount, 'X-Limit': statedLimit };
    this.#missing = Object.entries(stated).flatMap(([header, value]) => (value === undefined ? header : []));
  }

  /** The headers that the answer lacks of those that tell whether a page follows, and how to ask for it. */
  get missingHeaders(): readonly string[] {
    return this.#missing;
  }

  /** Where the first event begins; NO_MORE on an empty page. */
  get first(): number {
    return this.#first;
  }

  /**
   * No page follows: there are fewer events than the limit that the answer states (a server may cap ours), and than we asked
   * for; without these headers only an empty page is known to be the last. Where they contradict the page, which shows
   * once it has been walked through, one request more is better than an event less.
   */
  get isLast(): boolean {
    return this.#mayBeLast && (this.#met === 0 || this.#met < this.#fullCount);
  }

  /** @returns the byte after the event that begins at `start`, whatever it holds */
  endOf(start: number): number {
    const { body } = this;
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

  /**
   * @param end the byte after an event
   * @returns where the next one begins, or NO_MORE
   * @throws JumpCloudError where the page turns out to be no whole array; the next run asks again
   */
  after(end: number): number {
    this.#met++;
    const at = skipBlanks(this.body, end);
    if (at === this.#close) return NO_MORE;
    if (this.body[at] !== COMMA) throw malformed(`no comma after event ${this.#met} of the page`);
    const next = skipBlanks(this.body, at + 1);
    if (next === this.#close || this.body[next] === COMMA)
      throw malformed(`no event after comma ${this.#met} of the page`);
    return next;
  }

  /** @yields where each event begins and ends */
  *events(): Generator<readonly [start: number, end: number]> {
    for (let start = this.#first; start !== NO_MORE; ) {
      const end = this.endOf(start);
      yield [start, end];
      start = this.after(end);
    }
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
  return skipBlanks(
    body,
    body.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0,
  );
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
