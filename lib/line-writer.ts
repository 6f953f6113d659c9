/** Writes one log's line as bytes: pieces of the event as they are, and what is new between them. */

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
  #source: Buffer = this.#bytes;
  /** What is to be copied next: neighbours are copied at once. */
  #from = 0;
  #to = 0;

  get bytes(): Buffer {
    return this.#bytes;
  }

  get length(): number {
    return this.#length;
  }

  /** Begins a new line. @param source what `copy` copies from */
  begin(source: Buffer): void {
    this.#source = source;
    this.#length = 0;
    this.#from = 0;
    this.#to = 0;
  }

  copy(from: number, to: number): void {
    if (from !== this.#to) {
      this.#flush();
      this.#from = from;
    }
    this.#to = to;
  }

  /** One ASCII character. */
  byte(byte: number): void {
    // The same character may be next in the source.
    if (this.#source[this.#to] === byte && this.#to > this.#from) {
      this.#to++;
      return;
    }
    this.#flush();
    this.#reserve(1);
    this.#bytes[this.#length++] = byte;
  }

  text(text: string): void {
    this.#flush();
    this.#reserve(text.length * LARGEST_UNIT_BYTES);
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** What is the same in many lines. */
  piece(piece: Buffer): void {
    this.#flush();
    this.#reserve(piece.length);
    this.#append(piece, 0, piece.length);
  }

  /** The source's bytes as they stand inside of a JSON text; there must be no control characters among them. */
  escaped(from: number, to: number): void {
    this.#flush();
    this.#reserve(2 * (to - from));
    const source = this.#source;
    const bytes = this.#bytes;
    let length = this.#length;
    for (let at = from; at < to; at++) {
      const byte = source[at] as number;
      if (byte === QUOTE || byte === BACKSLASH) bytes[length++] = BACKSLASH;
      bytes[length++] = byte;
    }
    this.#length = length;
  }

  end(): LineBytes {
    this.#flush();
    return this;
  }

  #flush(): void {
    const from = this.#from;
    const to = this.#to;
    if (from === to) return;
    this.#reserve(to - from);
    this.#append(this.#source, from, to);
    this.#from = to;
  }

  #append(source: Buffer, from: number, to: number): void {
    const bytes = this.#bytes;
    let length = this.#length;
    if (to - from > SHORT_BYTES) source.copy(bytes, length, from, to);
    else for (let at = from; at < to; at++) bytes[length++] = source[at] as number;
    this.#length += to - from;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.#length + bytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
