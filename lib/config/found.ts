/** Saying what was found without ever saying a secret. */

/** Longer values are shown by their beginning. */
const MAX_SHOWN_CHARACTERS = 60;

/** Letters and digits: JumpCloud's keys have 40, Logz.io's tokens and UUIDs 32. */
const TOKEN_CHARACTERS = 20;
const UNBROKEN_TOKEN = /[A-Za-z0-9]{20,}/g;

/**
 * What secrets are hardly made of, whatever stands between: words such as `eu`, `startDate`,
 * `EXAMPLE` or `proxy1`, short numbers, `v1`.
 */
const PLAIN_PART = /^(\d{1,5}|v\d|([A-Z]?[a-z]{2,}([A-Z][a-z]+)*|[A-Z]{2,})\d{0,2})$/;
const INSTANT = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?/g;

const SCHEME = /^[a-z]+:\/\//i;
const WORD = /[^\s"'`,;()[\]{}]+/g;
const NOT_SHOWN = '(not shown: it may be a token)';

/**
 * Twenty letters and digits in a row, or in several parts of which one looks random, as in a UUID
 * or `kD8~3fQ.x_7Hq-2Lm:Zp9~wE4`.
 * Ids of organizations look alike and stay unseen with them.
 */
export function looksLikeToken(text: string): boolean {
  const parts = text.replace(INSTANT, ' ').match(/[A-Za-z0-9]+/g) ?? [];
  const characters = parts.reduce((sum, part) => sum + part.length, 0);
  return (
    characters >= TOKEN_CHARACTERS && !parts.every((part) => part.length < TOKEN_CHARACTERS && PLAIN_PART.test(part))
  );
}

/**
 * The last door before a text is shown: whatever looks like a token, and be it in parts, is left
 * out.
 */
export function withoutTokenLikes(text: string): string {
  return text.replace(UNBROKEN_TOKEN, NOT_SHOWN).replace(WORD, (word) => describeName(word));
}

/** For names of the user's own making. */
export function describeName(name: string): string {
  return looksLikeToken(name) ? NOT_SHOWN : name;
}

/** @returns a few words: no text that may be a token, no address's user, password or query */
export function describeFound(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'a mapping';
  if (typeof value !== 'string') return String(value);
  const shown = withoutAddressSecrets(value);
  // What only looks like an address may be a token with a ?, # or @ in it, of which a part would be
  // shown.
  if (looksLikeToken(SCHEME.test(value) ? shown : value) || hasControlCharacters(value))
    return `a text of ${value.length} characters, not shown because it may be a token`;
  return `"${shown.length > MAX_SHOWN_CHARACTERS ? `${shown.slice(0, MAX_SHOWN_CHARACTERS)}…` : shown}"`;
}

/** For keys whose value is a secret: its length is all that is said. */
export function describeSecret(value: unknown): string {
  return typeof value === 'string' ? `a text of ${value.length} characters` : `a ${typeof value}, not shown`;
}

/** Text in another encoding, for example, in which every token is in single letters. */
function hasControlCharacters(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  return /[\x00-\x08\x0e-\x1f\x7f]/.test(text);
}

/** An address may carry a token in its query, and any password before its host. */
function withoutAddressSecrets(text: string): string {
  const scheme = SCHEME.exec(text)?.[0] ?? '';
  const rest = text.slice(scheme.length);
  const [hasUser, hasQuery] = [(scheme === '' ? /:.*@/s : /@/).test(rest), /[?#]/.test(rest)];
  if (hasUser && hasQuery) return `${scheme}…`; // which of the two the @ belongs to is not certain
  return scheme + (hasUser ? rest.replace(/^.*@/s, '…@') : rest.replace(/[?#].*$/s, '?…'));
}
