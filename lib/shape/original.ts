/** How quarantine keeps an event: its text, or its bytes in base64 where they are no text. */

const BASE64 = 'base64:';

/** An event as it was received; `brokenBytes` only where they are no valid UTF-8. */
export interface Received {
  readonly text: string;
  readonly brokenBytes: Buffer | undefined;
}

export function toOriginal({ text, brokenBytes }: Received): string {
  return brokenBytes === undefined ? text : BASE64 + brokenBytes.toString('base64');
}

export function fromOriginal(original: string): Received {
  if (!original.startsWith(BASE64)) return { text: original, brokenBytes: undefined };
  const brokenBytes = Buffer.from(original.slice(BASE64.length), 'base64');
  return { text: brokenBytes.toString(), brokenBytes };
}
