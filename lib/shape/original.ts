/**
 * How quarantine keeps an event: its text, or its bytes in base64 where they are no text; with a
 * mark where fields were dropped or hashed.
 */

const BASE64 = 'base64:';
const REDACTED = 'redacted:';
const REDACTED_BROKEN = 'redacted, not UTF-8:';

/** An event as it was received; `brokenBytes` only where they are no valid UTF-8. */
export interface Received {
  readonly text: string;
  readonly brokenBytes: Buffer | undefined;
}

/** An event as it comes out of quarantine. */
export interface Kept {
  readonly text: string;
  /** Its bytes were no valid UTF-8: the text has U+FFFD in place of some of them. */
  readonly isBroken: boolean;
  readonly isRedacted: boolean;
}

export function toOriginal({ text, brokenBytes }: Received): string {
  return brokenBytes === undefined ? text : BASE64 + brokenBytes.toString('base64');
}

/** Broken bytes stay out: they hold what was to be dropped. */
export function toRedactedOriginal(text: string, isBroken: boolean): string {
  return (isBroken ? REDACTED_BROKEN : REDACTED) + text;
}

export function fromOriginal(original: string): Kept {
  for (const prefix of [REDACTED, REDACTED_BROKEN]) {
    if (!original.startsWith(prefix)) continue;
    return { text: original.slice(prefix.length), isBroken: prefix === REDACTED_BROKEN, isRedacted: true };
  }
  if (!original.startsWith(BASE64)) return { text: original, isBroken: false, isRedacted: false };
  const text = Buffer.from(original.slice(BASE64.length), 'base64').toString();
  return { text, isBroken: true, isRedacted: false };
}
