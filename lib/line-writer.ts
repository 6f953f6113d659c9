/** Collects one log's line as bytes. */

const FIRST_BYTES = 32 * 1024;
/** Shorter pieces are copied faster byte by byte than by a call into the runtime. */
const SHORT_BYTES = 48;
/** No UTF-16 unit takes more. */
const LARGEST_UNIT_BYTES = 3;
const [QUOTE, BACKSLASH] = [0x22, 0x5c] as const;

/** A line in UTF-8: the first `length` of these bytes, until the next line is written. */
export interface LineBytes {
  readonly bytes: Buffer;
  readonly length: number;
}

export class LineWriter implements LineBytes {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;

  get bytes(): Buffer {
    return this.#bytes;
  }

  get length(): number {
    return this.#length;
  }

  /** Begins a new line. */
  begin(): void {
    this.#length = 0;
  }

  copy(source: Buffer, from: number, to: number): void {
    this.#reserve(to - from);
    const bytes = this.#bytes;
    let length = this.#length;
    if (to - from > SHORT_BYTES) source.copy(bytes, length, from, to);
    else for (let at = from; at < to; at++) bytes[length++] = source[at] as number;
    this.#length += to - from;
  }

  text(text: string): void {
    this.#reserve(text.length * LARGEST_UNIT_BYTES);
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** The source's bytes as they stand inside of a JSON text; there must be no control characters among them. */
  escaped(source: Buffer, from: number, to: number): void {
    this.#reserve(2 * (to - from));
    const bytes = this.#bytes;
    let length = this.#length;
    for (let at = from; at < to; at++) {
      const byte = source[at] as number;
      if (byte === QUOTE || byte === BACKSLASH) bytes[length++] = BACKSLASH;
      bytes[length++] = byte;
    }
    this.#length = length;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.#length + bytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
