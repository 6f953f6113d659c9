/** One page: the bytes of a JSON array, split into its events without reading them. */
import { isUtf8 } from 'node:buffer';
import type { EpochMs } from '../platform/time.ts';
import { JumpCloudError } from './client.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const LESS_THAN = 0x3c;
const BLANKS = new Set([0x20, 0x09, 0x0a, 0x0d]);
/** UTF-8's byte order mark. JSON has none, but some gateways add one. */
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

export interface PageParts {
  readonly body: Buffer;
  /** What the answer's headers say of it, as far as they do. */
  readonly statedCount?: number | undefined;
  readonly statedLimit?: number | undefined;
  /** The page token, a JSON text: sent back byte for byte, and never kept beyond the pass. */
  readonly searchAfter?: string | undefined;
  /** JumpCloud's clock when it answered, and when it was asked. */
  readonly date?: EpochMs | undefined;
  readonly serverNow?: EpochMs | undefined;
  /** Set where `body` is only the first part of a larger answer to a question for one event. */
  readonly wholeBytes?: number | undefined;
}

/** One event as JumpCloud sent it. */
export interface RawEvent {
  /** Of a page's event: made of its bytes each time. */
  readonly text: string;
  /** Only where they are no valid UTF-8: the text then has U+FFFD in place of some of them. */
  readonly brokenBytes: Buffer | undefined;
  /** Set where `text` is only the event's first part: how large the whole is. */
  readonly wholeBytes?: number | undefined;
  /** As often as the text writes one, in all its objects; absent where nobody counted them. */
  readonly members?: number | undefined;
}

/** Of each event, in order. Numbers only: a page can have millions of tiny events. */
interface Places {
  /** Where the comma behind it is; of the last one, the closing bracket. */
  readonly ends: readonly number[];
  /** How often its text writes a member. */
  readonly members: readonly number[];
}

/** What the events of a page share. */
type Source = Pick<PageParts, 'body' | 'wholeBytes'> & { readonly isUtf8: boolean };

/** Small, and made into text when it is asked for: a page takes little more than its bytes. */
class PageEvent implements RawEvent {
  readonly brokenBytes: Buffer | undefined;
  readonly members: number | undefined;
  readonly #source: Source;
  readonly #start: number;
  readonly #end: number;

  constructor(source: Source, start: number, end: number, members: number | undefined) {
    this.#source = source;
    this.#start = start;
    this.#end = end;
    this.members = members;
    const bytes = source.isUtf8 ? undefined : source.body.subarray(start, end);
    this.brokenBytes = bytes && !isUtf8(bytes) ? bytes : undefined;
  }

  get text(): string {
    return this.#source.body.toString('utf8', this.#start, this.#end);
  }

  get wholeBytes(): number | undefined {
    return this.#source.wholeBytes;
  }
}

export class Page {
  readonly searchAfter: string | undefined;
  readonly date: EpochMs | undefined;
  readonly serverNow: EpochMs | undefined;
  /** Events on the page. */
  readonly count: number;
  /** As many events as the answer says a page may have, so that more may follow. */
  readonly isFull: boolean;
  /**
   * No page follows: there are fewer events than we asked for, and than the limit that the answer
   * states (a server may cap ours). Where it states none, only an empty page is the last.
   */
  readonly isLast: boolean;
  /** Headers that say whether and how to ask for a next page, and that the answer lacks. */
  readonly missingHeaders: readonly string[];
  readonly #parts: PageParts;
  readonly #places: Places;

  /**
   * @param asked the limit we asked for
   * @throws JumpCloudError (retryable) where the body is no whole array
   */
  constructor(parts: PageParts, asked: number) {
    const { body, statedCount, statedLimit, searchAfter, date, serverNow, wholeBytes } = parts;
    this.#parts = parts;
    this.#places = wholeBytes === undefined ? split(body) : { ends: [body.length], members: [] };
    this.searchAfter = searchAfter;
    this.date = date;
    this.serverNow = serverNow;
    this.count = this.#places.ends.length;
    const mostOnAPage = Math.min(statedLimit ?? asked, asked);
    // Where the headers contradict the page, one request more is better than an event less.
    const count = Math.max(this.count, statedCount ?? mostOnAPage);
    this.isFull = this.count > 0 && count >= mostOnAPage;
    this.isLast = this.count === 0 || (statedLimit !== undefined && !this.isFull);
    const stated = { 'X-Search_after': searchAfter, 'X-Result-Count': statedCount, 'X-Limit': statedLimit };
    this.missingHeaders = Object.entries(stated).flatMap(([header, value]) => (value === undefined ? header : []));
  }

  *events(): Generator<RawEvent> {
    const { body, wholeBytes } = this.#parts;
    const { ends, members } = this.#places;
    // Bytes that were cut off in the middle of a character are not broken.
    const source = { body, wholeBytes, isUtf8: wholeBytes !== undefined || isUtf8(body) };
    let before = startOf(body);
    for (const [nth, end] of ends.entries()) {
      yield new PageEvent(source, skipBlanks(body, before + 1), trimEnd(body, end), members[nth]);
      before = end;
    }
  }
}

/** The first event of an answer's body, if there is one. @throws JumpCloudError */
export function firstEvent(body: Buffer): RawEvent | undefined {
  const [first] = new Page({ body }, 1).events();
  return first;
}

/** Splits an array by its bytes, without reading what is in it. @throws JumpCloudError */
function split(body: Buffer): Places {
  const open = startOf(body);
  if (body[open] !== OPEN_BRACKET)
    throw malformed(
      `a JSON array was expected, found ${kindOf(body)}. Check jumpcloud_api.url, and whether a proxy in between changes bodies`,
    );
  const close = trimEnd(body, body.length) - 1;
  if (close === open || body[close] !== CLOSE_BRACKET) throw endsTooEarly(body);
  const ends: number[] = [];
  const members: number[] = [];
  let comma = skipBlanks(body, open + 1) === close ? close : open;
  while (comma !== close) {
    const start = skipBlanks(body, comma + 1);
    if (start === close || body[start] === COMMA) throw malformed(`event ${ends.length + 1} of the page is missing`);
    comma = endOfEvent(body, start, close, members);
    ends.push(comma);
  }
  return { ends, members };
}

/**
 * @param members gets how many members the event's text writes
 * @returns where the comma after the event is, or `close`
 */
function endOfEvent(body: Buffer, start: number, close: number, members: number[]): number {
  let depth = 0;
  let colons = 0;
  let index = start;
  for (; index < close; index++) {
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
        if (depth < 0) throw malformed(`a bracket too many in event ${members.length + 1} of the page`);
        break;
      case COLON:
        colons++;
        break;
      case COMMA:
        if (depth > 0) break;
        members.push(colons);
        return index;
    }
  }
  members.push(colons);
  // A text may have led beyond the bracket.
  if (depth !== 0 || index > close) throw endsTooEarly(body);
  return close;
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

/** What the first byte begins, never the bytes themselves: they may be somebody's data. */
function kindOf(body: Buffer): string {
  if (body.length === 0) return 'an empty body';
  const first = body[startOf(body)];
  if (first === LESS_THAN) return 'HTML or XML';
  return first === OPEN_BRACE ? 'a JSON object' : 'something else';
}
