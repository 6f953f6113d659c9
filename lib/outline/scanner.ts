/**
 * Finds an event's outline in its page's bytes.
 *
 * Only regular events have one. That it exists proves what `JSON.parse` would otherwise have to: the bytes are one valid
 * JSON object in valid UTF-8; no object in it names a member twice; and every number is the one its text says.
 */
import { isUtf8 } from 'node:buffer';
import { MEMBER_NAMES, MOST_NAMES, mix } from './member-names.ts';
import {
  DECIMAL,
  EXACT_DIGITS,
  FALSE,
  INTEGER,
  isDigit,
  LIST,
  MOST_LEVELS,
  MOST_MEMBERS,
  NULL,
  OBJECT,
  Outline,
  TEXT,
  TEXTS,
  TRUE,
} from './outline.ts';

/** Larger events are rare, and what one of their texts may be long, theirs never is. */
export const LARGEST_OUTLINED_BYTES = 10_000;
/** Below 0.000001 JavaScript writes a number with an exponent. */
const MOST_LEADING_ZEROS = 5;

const TAB = 0x09;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const DIGIT_0 = 0x30;
const COLON = 0x3a;
const UPPER_E = 0x45;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const LOWER_E = 0x65;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Bytes inside of a text: those that need a second look are not 0. */
const INSIDE_TEXT = new Uint8Array(256);
INSIDE_TEXT.fill(1, 0, SPACE);
for (const byte of [QUOTE, BACKSLASH, 0xc2, 0xe2]) INSIDE_TEXT[byte] = 1;
/** Bytes inside of a name: those that end it, or that keep it from having a number, are not 0. */
const INSIDE_NAME = INSIDE_TEXT.slice().fill(1, 0x7f);
/** What follows a backslash where JSON has no other way to write the character. */
const SHORT_ESCAPES = new Uint8Array(256);
for (const character of '"\\bfnrt') SHORT_ESCAPES[character.charCodeAt(0)] = 1;
const HEX_DIGITS = /^[0-9a-fA-F]{4}$/;
const WORDS = { true: Buffer.from('true'), false: Buffer.from('false'), null: Buffer.from('null') };

/** Made once, for one event after the other. */
export class Scanner {
  readonly outline = new Outline();
  readonly #kinds = this.outline.kinds;
  readonly #names = this.outline.names;
  readonly #members = this.outline.members;
  readonly #starts = this.outline.starts;
  readonly #ends = this.outline.ends;
  readonly #nexts = this.outline.nexts;
  readonly #loose = this.outline.loose;
  readonly #hollow = this.outline.hollow;
  readonly #metIn = this.outline.metIn;
  readonly #entries = this.outline.entries;
  #body: Buffer = this.outline.body;
  #isUtf8 = false;
  #size = 0;
  #membersLeft = 0;
  /** The byte up to which the event may reach. */
  #limit = 0;
  /** Count what was found; a value that has not moved the count has none of it. */
  #looseness = 0;
  #blanks = 0;
  #substance = 0;
  #objects = 0;

  /**
   * @param body a page's bytes: a JSON array of events
   * @param start where one of them begins
   * @returns false where the event is not regular, and has no outline
   */
  read(body: Buffer, start: number): boolean {
    if (body !== this.#body) {
      this.#body = body;
      this.outline.body = body;
      this.#isUtf8 = isUtf8(body);
    }
    if (!this.#isUtf8 || body[start] !== OPEN_BRACE) return false;
    if (this.#objects > 2 ** 30) {
      this.#objects = 0;
      this.#metIn.fill(0);
    }
    this.#membersLeft = MOST_MEMBERS;
    this.#limit = start + LARGEST_OUTLINED_BYTES;
    this.#size = 1;
    this.outline.event = this.#objects + 1;
    this.#blanks = 0;
    const end = this.#value(start, 0, 0);
    if (end === -1 || end > this.#limit) return false;
    this.outline.hasBlanks = this.#blanks > 0;
    const after = body[this.#skipBlanks(end)];
    return after === COMMA || after === CLOSE_BRACKET;
  }

  /** Reads the value that begins at `at` into an entry. @returns the place after it; -1 where it is not regular */
  #value(at: number, entry: number, level: number): number {
    const body = this.#body;
    const byte = body[at] as number;
    let end: number;
    this.#starts[entry] = at;
    if (byte === QUOTE) {
      const looseness = this.#looseness;
      end = this.#textEnd(at);
      this.#kinds[entry] = TEXT;
      this.#loose[entry] = this.#looseness === looseness ? 0 : 1;
      this.#hollow[entry] = end === at + 2 ? 1 : 0;
      if (end > at + 2) this.#substance++;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      const looseness = this.#looseness;
      const substance = this.#substance;
      if (level === MOST_LEVELS) return -1;
      this.#kinds[entry] = OBJECT;
      end = byte === OPEN_BRACE ? this.#object(at, level) : this.#list(at, entry, level + 1);
      this.#loose[entry] = this.#looseness === looseness ? 0 : 1;
      this.#hollow[entry] = this.#substance === substance ? 1 : 0;
    } else {
      end = this.#bare(at, byte, entry);
      this.#loose[entry] = 0;
      this.#hollow[entry] = this.#kinds[entry] === NULL ? 1 : 0;
      if (this.#kinds[entry] !== NULL) this.#substance++;
    }
    this.#ends[entry] = end;
    this.#nexts[entry] = this.#size;
    return end;
  }

  #object(open: number, level: number): number {
    const body = this.#body;
    if (level === MOST_LEVELS) return -1;
    const object = ++this.#objects;
    let at = open + 1;
    // Blanks are rare: here and below, no call without one.
    if ((body[at] as number) <= SPACE) at = this.#skipBlanks(at);
    if (body[at] === CLOSE_BRACE) return at + 1;
    for (;;) {
      const member = at;
      if (body[at] !== QUOTE) return -1;
      let hash = 0;
      let byte = body[++at] as number;
      for (; INSIDE_NAME[byte] === 0; byte = body[++at] as number) hash = mix(hash, byte);
      if (byte !== QUOTE) return -1;
      const name = MEMBER_NAMES.numberOf(body, member + 1, at, hash);
      if (name === -1 || this.#membersLeft-- === 0) return -1;
      // JavaScript writes names that are numbers before all others.
      if (isDigit(body[member + 1])) this.#looseness++;
      const met = level * MOST_NAMES + name;
      if (this.#metIn[met] === object) return -1;
      this.#metIn[met] = object;
      if ((body[++at] as number) <= SPACE) at = this.#skipBlanks(at);
      if (body[at] !== COLON) return -1;
      if ((body[++at] as number) <= SPACE) at = this.#skipBlanks(at);
      const entry = this.#size++;
      this.#names[entry] = name;
      this.#members[entry] = member;
      if (level === 0) this.#entries[name] = entry;
      const end = body[at] === QUOTE ? this.#plainText(at, entry) : -1;
      at = end === -1 ? this.#value(at, entry, level + 1) : end;
      if (at === -1 || at > this.#limit) return -1;
      if ((body[at] as number) <= SPACE) at = this.#skipBlanks(at);
      byte = body[at] as number;
      if (byte === CLOSE_BRACE) return at + 1;
      if (byte !== COMMA) return -1;
      if ((body[++at] as number) <= SPACE) at = this.#skipBlanks(at);
    }
  }

  /** What `#value` does, for what most values are. @returns -1 where something in the text needs a second look */
  #plainText(open: number, entry: number): number {
    const body = this.#body;
    let at = open + 1;
    while (INSIDE_TEXT[body[at] as number] === 0) at++;
    if (body[at] !== QUOTE) return -1;
    const isEmpty = at === open + 1;
    if (!isEmpty) this.#substance++;
    this.#kinds[entry] = TEXT;
    this.#starts[entry] = open;
    this.#ends[entry] = at + 1;
    this.#nexts[entry] = this.#size;
    this.#loose[entry] = 0;
    this.#hollow[entry] = isEmpty ? 1 : 0;
    return at + 1;
  }

  /** What is in a list has no entries: no shape looks into one. */
  #list(open: number, list: number, level: number): number {
    const body = this.#body;
    const item = this.#size;
    let isTexts = true;
    this.#kinds[list] = LIST;
    let at = this.#skipBlanks(open + 1);
    if (body[at] === CLOSE_BRACKET) return at + 1;
    for (;;) {
      this.#size = item + 1;
      at = this.#value(at, item, level);
      this.#size = item;
      if (at === -1 || at > this.#limit) return -1;
      isTexts &&= this.#kinds[item] === TEXT && this.#hollow[item] === 0;
      at = this.#skipBlanks(at);
      if (body[at] === CLOSE_BRACKET) break;
      if (body[at] !== COMMA) return -1;
      at = this.#skipBlanks(at + 1);
    }
    if (isTexts) this.#kinds[list] = TEXTS;
    return at + 1;
  }

  #skipBlanks(from: number): number {
    const body = this.#body;
    let at = from;
    for (let byte = body[at] as number; byte <= SPACE; byte = body[++at] as number) {
      if (byte !== SPACE && byte !== LINE_FEED && byte !== TAB && byte !== RETURN) break;
    }
    if (at !== from) {
      this.#looseness++;
      this.#blanks++;
    }
    return at;
  }

  #textEnd(open: number): number {
    const body = this.#body;
    let at = open + 1;
    for (;;) {
      while (INSIDE_TEXT[body[at] as number] === 0) at++;
      const byte = body[at] as number;
      if (byte === QUOTE) return at + 1;
      if (byte === BACKSLASH) {
        if (SHORT_ESCAPES[body[at + 1] as number] === 1) {
          at += 2;
          continue;
        }
        this.#looseness++;
        if (body[at + 1] === 0x75) {
          if (!HEX_DIGITS.test(body.toString('latin1', at + 2, at + 6))) return -1;
          at += 6;
        } else if (body[at + 1] === 0x2f) at += 2;
        else return -1;
      } else if (byte === 0xc2 || byte === 0xe2) {
        // U+0085, U+2028, U+2029: some readers take them for the end of a line.
        const isSeparator =
          byte === 0xc2 ? body[at + 1] === 0x85 : body[at + 1] === 0x80 && ((body[at + 2] as number) | 1) === 0xa9;
        if (isSeparator) this.#looseness++;
        at++;
      } else return -1;
    }
  }

  /** A number, true, false or null. */
  #bare(at: number, byte: number, entry: number): number {
    if (byte === 0x74) return this.#word(WORDS.true, TRUE, at, entry);
    if (byte === 0x66) return this.#word(WORDS.false, FALSE, at, entry);
    if (byte === 0x6e) return this.#word(WORDS.null, NULL, at, entry);
    return this.#number(at, entry);
  }

  #word(word: Buffer, kind: number, at: number, entry: number): number {
    this.#kinds[entry] = kind;
    for (let n = 1; n < word.length; n++) if (this.#body[at + n] !== word[n]) return -1;
    return at + word.length;
  }

  /** Takes a number only as JavaScript itself would write it. */
  #number(start: number, entry: number): number {
    const body = this.#body;
    const first = body[start] === MINUS ? start + 1 : start;
    let at = first;
    while (isDigit(body[at])) at++;
    const isZero = body[first] === DIGIT_0;
    if (at === first || (isZero && at > first + 1)) return -1;
    this.#kinds[entry] = INTEGER;
    if (body[at] === POINT) {
      const point = at++;
      while (isDigit(body[at])) at++;
      if (body[at - 1] === DIGIT_0 || at === point + 1) return -1;
      let zeros = 0;
      while (body[point + 1 + zeros] === DIGIT_0) zeros++;
      if (isZero && zeros > MOST_LEADING_ZEROS) return -1;
      this.#kinds[entry] = DECIMAL;
    } else if (isZero && first > start) return -1;
    if (body[at] === LOWER_E || body[at] === UPPER_E) return -1;
    // The point counted as a digit.
    if (at - first <= EXACT_DIGITS) return at;
    // A double holds some integers of one digit more.
    const isExact = this.#kinds[entry] === INTEGER && Number.isSafeInteger(Number(body.toString('latin1', start, at)));
    return isExact ? at : -1;
  }
}
