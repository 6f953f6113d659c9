/** Writes one log's line as bytes: pieces of the event as they are, and what is new between them. */

const FIRST_BYTES = 32 * 1024;
/** Shorter pieces are copied faster byte by byte than by a call into the runtime. */
const SHORT_BYTES = 48;
/** No UTF-16 unit takes more. */
const LARGEST_UNIT_BYTES = 3;
const [QUOTE, BACKSLASH, FIRST_HIGH] = [0x22, 0x5c, 0x80] as const;

export class LineWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;
  #source: Buffer = this.#bytes;
  /** What is to be copied next: neighbours are copied at once. */
  #from = 0;
  #to = 0;

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
    const bytes = this.#bytes;
    const begin = this.#length;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit >= FIRST_HIGH || at > SHORT_BYTES) {
        this.#length = begin + bytes.write(text, begin);
        return;
      }
      bytes[begin + at] = unit;
    }
    this.#length = begin + text.length;
  }

  /** The source's bytes as they stand inside of a JSON text; there must be no control characters among them. */
  escaped(from: number, to: number): void {
    this.#flush();
    this.#reserve(2 * (to - from));
    const [source, bytes] = [this.#source, this.#bytes];
    let length = this.#length;
    for (let at = from; at < to; at++) {
      const byte = source[at] as number;
      if (byte === QUOTE || byte === BACKSLASH) bytes[length++] = BACKSLASH;
      bytes[length++] = byte;
    }
    this.#length = length;
  }

  /** @returns the line; it is valid until the next one begins */
  end(): Buffer {
    this.#flush();
    return this.#bytes.subarray(0, this.#length);
  }

  #flush(): void {
    const [source, from, to] = [this.#source, this.#from, this.#to];
    if (from === to) return;
    this.#reserve(to - from);
    if (to - from > SHORT_BYTES) {
      source.copy(this.#bytes, this.#length, from, to);
      this.#length += to - from;
    } else {
      const bytes = this.#bytes;
      let length = this.#length;
      for (let at = from; at < to; at++) bytes[length++] = source[at] as number;
      this.#length = length;
    }
    this.#from = to;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.#length + bytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
