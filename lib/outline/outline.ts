/**
 * One event as it lies in its page's bytes: which members it has, where each begins and ends, and of what kind it is, without an
 * object being made of it.
 */
import { MOST_NAMES } from './member-names.ts';

/** What a value is. */
export const NULL = 0;
export const TRUE = 1;
export const FALSE = 2;
/** A number without a fraction that a double holds. */
export const INTEGER = 3;
/** A number with a fraction, of at most 15 digits. */
export const DECIMAL = 4;
export const TEXT = 5;
/** A list that holds texts only, none of them empty. */
export const TEXTS = 6;
export const LIST = 7;
export const OBJECT = 8;

/** In place of an entry. */
export const NOWHERE = -1;

/** A double gives back every decimal number of so many digits. */
export const EXACT_DIGITS = 15;
export const MOST_MEMBERS = 500;
export const MOST_LEVELS = 12;
/** The event itself, and one item of a list on each level. */
export const MOST_ENTRIES = MOST_MEMBERS + 1 + MOST_LEVELS;
const MINUS = 0x2d;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/** Filled by a Scanner, again and again; entry 0 is the event, and each member's entry is followed by those in it. */
export class Outline {
  body: Buffer = Buffer.alloc(0);
  /** False where the event is written as tightly as JSON can be. */
  hasBlanks = false;
  readonly kinds = new Uint8Array(MOST_ENTRIES);
  /** Numbers of their names in MEMBER_NAMES; 0 for the event itself. */
  readonly names = new Int32Array(MOST_ENTRIES);
  /** All places in `body` that are noted: see `memberEdge`, `startEdge` and `endEdge`. */
  readonly edges = new Int32Array(3 * MOST_ENTRIES);
  /** Where the member begins, with its name's quote. */
  readonly members = this.edges.subarray(0, MOST_ENTRIES);
  /** Where its value begins and ends. */
  readonly starts = this.edges.subarray(MOST_ENTRIES, 2 * MOST_ENTRIES);
  readonly ends = this.edges.subarray(2 * MOST_ENTRIES);
  /** The entry that follows, those in this one skipped. */
  readonly nexts = new Int32Array(MOST_ENTRIES);
  /** 1 where the value may not be written as `JSON.stringify` would write it: with blanks, or with other escapes. */
  readonly loose = new Uint8Array(MOST_ENTRIES);
  /** 1 for null, an empty text, and lists and objects that hold nothing else. */
  readonly hollow = new Uint8Array(MOST_ENTRIES);
  /** By level and name: the object in which the name was met last. Objects are counted over all events. */
  readonly metIn = new Int32Array(MOST_LEVELS * MOST_NAMES);
  /** Which of them the event itself is. */
  event = 0;
  /** By name: the member of the event, if it has one. */
  readonly entries = new Int32Array(MOST_NAMES);

  /** How many entries there are. */
  get size(): number {
    return this.nexts[0] as number;
  }

  /** The byte after the event. */
  get end(): number {
    return this.ends[0] as number;
  }

  /** @returns the event's own member of that name; NOWHERE if it has none */
  find(name: number): number {
    return this.metIn[name] === this.event ? (this.entries[name] as number) : NOWHERE;
  }

  /** @returns the object's member of that name; NOWHERE if it has none */
  findIn(object: number, name: number): number {
    const end = this.nexts[object] as number;
    for (let member = object + 1; member < end; member = this.nexts[member] as number) {
      if (this.names[member] === name) return member;
    }
    return NOWHERE;
  }

  /** The object's members, as they follow each other. */
  membersOf(object: number): number[] {
    const members: number[] = [];
    const end = this.nexts[object] as number;
    for (let member = object + 1; member < end; member = this.nexts[member] as number) members.push(member);
    return members;
  }

  /** True where two values are written alike. */
  areAlike(one: number, other: number): boolean {
    const [start, length] = [this.starts[one] as number, (this.ends[one] as number) - (this.starts[one] as number)];
    const otherStart = this.starts[other] as number;
    if ((this.ends[other] as number) - otherStart !== length) return false;
    for (let at = 0; at < length; at++) if (this.body[start + at] !== this.body[otherStart + at]) return false;
    return true;
  }

  /** The value as it is written. */
  jsonOf(entry: number): string {
    return this.body.toString('utf8', this.starts[entry], this.ends[entry]);
  }

  /** A text without its quotes; undefined where the value is none, or has to be read to know what it says. */
  textOf(entry: number): string | undefined {
    if (this.kinds[entry] !== TEXT || this.loose[entry] === 1) return undefined;
    const start = (this.starts[entry] as number) + 1;
    const end = (this.ends[entry] as number) - 1;
    const text = this.body.toString('utf8', start, end);
    return text.includes('\\') ? undefined : text;
  }

  /** True where the value is the text that stands in `json`, with its quotes. */
  isText(entry: number, json: Uint8Array): boolean {
    const start = this.starts[entry] as number;
    if (this.kinds[entry] !== TEXT || (this.ends[entry] as number) - start !== json.length) return false;
    for (let at = 0; at < json.length; at++) if (this.body[start + at] !== json[at]) return false;
    return true;
  }

  /** True for a text that is nothing but an integer of at most 15 digits, as JavaScript writes it. */
  isIntegerText(entry: number): boolean {
    const start = (this.starts[entry] as number) + 1;
    const end = (this.ends[entry] as number) - 1;
    if (this.kinds[entry] !== TEXT || end - start > EXACT_DIGITS) return false;
    const first = this.body[start] === MINUS ? start + 1 : start;
    for (let at = first; at < end; at++) if (!isDigit(this.body[at])) return false;
    return first < end && (this.body[first] !== DIGIT_0 || end - start === 1);
  }
}

/** The numbers under which `edges` has an entry's places. */
export function memberEdge(entry: number): number {
  return entry;
}

export function startEdge(entry: number): number {
  return MOST_ENTRIES + entry;
}

export function endEdge(entry: number): number {
  return 2 * MOST_ENTRIES + entry;
}

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= DIGIT_0 && byte <= DIGIT_9;
}
