/** A 128-bit hash of a short text: MurmurHash3 (x86, 128 bits), over the text's UTF-16 units. */

const BLOCK_UNITS = 8;
const BLOCK_WORDS = BLOCK_UNITS / 2;
const [C1, C2, C3, C4] = [0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93] as const;
const LINE_FEED = 0x0a;
const BACKSLASH = 0x5c;
const FIRST_BEYOND_ASCII = 0x80;

/** The text that is being hashed, and the same as words: the processors that Node runs on have the lower half first. */
let units = new Uint16Array(0);
let words = new Int32Array(0);

/**
 * For texts that nobody chooses in order to make two of them collide: it spreads them as evenly as a cryptographic hash
 * does, at a tenth of its price, but does not withstand an adversary.
 *
 * @returns 16 bytes, one in each character
 */
export function shortHash(text: string): string {
  reserve(text.length);
  for (let at = 0; at < text.length; at++) units[at] = text.charCodeAt(at);
  return hashUnits(text.length);
}

/**
 * The hash of two texts with a line feed between them, without strings being made of them.
 * @returns undefined where one of them is not plain ASCII, or has a backslash: in JSON it may then be another text
 */
export function shortHashOfTwo(
  bytes: Uint8Array,
  firstFrom: number,
  firstTo: number,
  from: number,
  to: number,
): string | undefined {
  const middle = firstTo - firstFrom;
  const length = middle + 1 + to - from;
  reserve(length);
  if (!takePlain(bytes, firstFrom, firstTo, 0) || !takePlain(bytes, from, to, middle + 1)) return undefined;
  units[middle] = LINE_FEED;
  return hashUnits(length);
}

function takePlain(bytes: Uint8Array, from: number, to: number, begin: number): boolean {
  let at = begin;
  for (let index = from; index < to; index++) {
    const byte = bytes[index] as number;
    if (byte >= FIRST_BEYOND_ASCII || byte === BACKSLASH) return false;
    units[at++] = byte;
  }
  return true;
}

function reserve(length: number): void {
  if (length + BLOCK_UNITS <= units.length) return;
  units = new Uint16Array(BLOCK_UNITS * Math.ceil((2 * length) / BLOCK_UNITS + 1));
  words = new Int32Array(units.buffer);
}

function hashUnits(length: number): string {
  // The last block is filled up with zeros; the length, mixed in below, tells a text from one that ends in zeros.
  const end = Math.ceil(length / BLOCK_UNITS) * BLOCK_UNITS;
  units.fill(0, length, end);
  let h1 = 0;
  let h2 = 0;
  let h3 = 0;
  let h4 = 0;
  for (let at = 0; 2 * at < end; at += BLOCK_WORDS) {
    h1 ^= Math.imul(rotate(Math.imul(words[at] as number, C1), 15), C2);
    h1 = (Math.imul((rotate(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0;
    h2 ^= Math.imul(rotate(Math.imul(words[at + 1] as number, C2), 16), C3);
    h2 = (Math.imul((rotate(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0;
    h3 ^= Math.imul(rotate(Math.imul(words[at + 2] as number, C3), 17), C4);
    h3 = (Math.imul((rotate(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0;
    h4 ^= Math.imul(rotate(Math.imul(words[at + 3] as number, C4), 18), C1);
    h4 = (Math.imul((rotate(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0;
  }
  h1 ^= length;
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = scatter((h2 + h1) | 0);
  h3 = scatter((h3 + h1) | 0);
  h4 = scatter((h4 + h1) | 0);
  h1 = scatter(h1);
  h1 = (h1 + h2 + h3 + h4) | 0;
  return textOf(h1, (h2 + h1) | 0, (h3 + h1) | 0, (h4 + h1) | 0);
}

/** Four words as 16 characters, a byte each, the lowest first. */
function textOf(a: number, b: number, c: number, d: number): string {
  return String.fromCharCode(
    a & 255,
    (a >>> 8) & 255,
    (a >>> 16) & 255,
    a >>> 24,
    b & 255,
    (b >>> 8) & 255,
    (b >>> 16) & 255,
    b >>> 24,
    c & 255,
    (c >>> 8) & 255,
    (c >>> 16) & 255,
    c >>> 24,
    d & 255,
    (d >>> 8) & 255,
    (d >>> 16) & 255,
    d >>> 24,
  );
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** MurmurHash3's finalizer: every bit of the word reaches every other. */
function scatter(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
