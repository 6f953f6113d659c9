/** Text of a file in the encodings that editors write; Windows PowerShell's `>` writes UTF-16. */

/** The bytes are text in no encoding that can be told. */
export class EncodingError extends Error {
  override readonly name = 'EncodingError';

  constructor() {
    super('is not text in UTF-8; save it as UTF-8');
  }
}

/**
 * @param bytes UTF-8 with or without a byte order mark, or UTF-16 with one
 * @returns the text without the mark
 * @throws EncodingError where zero bytes stand between the characters: to the next reader, a token
 * would be single letters
 */
export function textOfFile(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const marked =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  const text = new TextDecoder(marked).decode(bytes); // leaves the mark out
  if (text.includes('\0')) throw new EncodingError();
  return text;
}
