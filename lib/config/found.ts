/** Saying what was found without ever saying a secret. */

/** Longer values are shown by their beginning. */
const MAX_SHOWN_CHARACTERS = 60;

/**
 * Twenty letters and digits in a row: JumpCloud's keys have 40, Logz.io's tokens 32, and a person may have put either under any
 * key. Ids of organizations look alike and stay unseen with them.
 */
const TOKEN_LIKE = /[A-Za-z0-9]{20,}/g;

export function looksLikeToken(text: string): boolean {
  return text.search(TOKEN_LIKE) >= 0;
}

/** The last door before a text is shown: whatever looks like a token is left out. */
export function withoutTokenLikes(text: string): string {
  return text.replace(TOKEN_LIKE, '(not shown: it may be a token)');
}

/** @returns the value in a few words: never a text that may be a token, never an address's user, password or query. */
export function describeFound(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'a mapping';
  if (typeof value !== 'string') return String(value);
  const shown = withoutAddressSecrets(value);
  if (looksLikeToken(shown)) return `a text of ${value.length} characters, not shown because it may be a token`;
  return `"${shown.length > MAX_SHOWN_CHARACTERS ? `${shown.slice(0, MAX_SHOWN_CHARACTERS)}…` : shown}"`;
}

/** For keys whose value is a secret: its length is all that is said. */
export function describeSecret(value: unknown): string {
  return typeof value === 'string' ? `a text of ${value.length} characters` : `a ${typeof value}, not shown`;
}

/** An address may carry a token in its query and a password before its host. */
function withoutAddressSecrets(text: string): string {
  return text
    .replace(/[?#].*$/s, '?…')
    .replace(/:\/\/[^/]*@/, '://…@')
    .replace(/^[^/@]*:[^/@]*@/, '…@');
}
