/** What is wrong with a configuration, all of it at once, without ever saying a secret. */
import leven from 'leven';

export interface Fault {
  /** The key, e.g. `jumpcloud_api.settings.limit`, or the variable the value came from. */
  readonly path: string;
  /** What stands there, without any secret; absent where the key itself is the fault. */
  readonly found?: string | undefined;
  /** What should stand there, or what to do. */
  readonly expected: string;
}

/**
 * The configuration cannot be used; `faults` holds every reason, and no token. It keeps no cause:
 * the errors below it quote what they could not read.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    const shown = faults.map(({ path, found, expected }) => ({
      path: hideTokens(path),
      found: found && hideTokens(found),
      expected: hideTokens(expected),
    }));
    const lines = shown.map(
      ({ path, found, expected }) => `  ${path}: ${found ? `found ${found}; expected ${expected}` : expected}`,
    );
    const count = lines.length === 1 ? 'one fault' : `${lines.length} faults`;
    super([`The configuration has ${count}:`, ...lines].join('\n'));
    this.faults = shown;
  }
}

/** Longer values are shown by their beginning. */
const MAX_SHOWN_CHARACTERS = 60;
/** Letters and digits: JumpCloud's keys have 40, Logz.io's tokens and UUIDs 32. */
const TOKEN_CHARACTERS = 20;

/**
 * What secrets are hardly made of, whatever stands between: words such as `eu`, `startDate`,
 * `EXAMPLE` or `proxy1`, short numbers, `v1`.
 */
const PLAIN_PART = /^(\d{1,5}|v\d|([A-Z]?[a-z]{2,}([A-Z][a-z]+)*|[A-Z]{2,})\d{0,2})$/;
const INSTANT = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?/g;
/** An address may carry a token in its query, and any text a password before an @. */
const MAY_HOLD_SECRET = /[?#]|:.*@/s;
const WORD = /[^\s"'`,;()[\]{}]+/g;

/**
 * Twenty letters and digits in a row, or in several parts of which one looks random, as in a UUID
 * or `kD8~3fQ.x_7Hq-2Lm:Zp9~wE4`.
 * Ids of organizations look alike and stay unseen with them.
 */
export function looksLikeToken(text: string): boolean {
  const parts = text.replace(INSTANT, ' ').match(/[A-Za-z0-9]+/g) ?? [];
  const isPlain = parts.every((part) => part.length < TOKEN_CHARACTERS && PLAIN_PART.test(part));
  return parts.join('').length >= TOKEN_CHARACTERS && !isPlain;
}

/** The last door before a text is shown. */
export function hideTokens(text: string): string {
  return text.replace(WORD, describeName);
}

/** For names of the user's own making. */
export function describeName(name: string): string {
  return looksLikeToken(name) ? '(not shown: it may be a token)' : name;
}

/** @returns a few words: no text that may be or hold a token or a password */
export function describeFound(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object')
    return `a mapping with ${Object.keys(value).map(describeName).join(', ') || 'no keys'}`;
  if (typeof value !== 'string') return String(value);
  if (MAY_HOLD_SECRET.test(value) || looksLikeToken(value))
    return `a text of ${value.length} characters, not shown because it may hold a secret`;
  return `"${value.length > MAX_SHOWN_CHARACTERS ? `${value.slice(0, MAX_SHOWN_CHARACTERS)}…` : value}"`;
}

/** For keys whose value is a secret: its length is all that is said. */
export function describeSecret(value: unknown): string {
  return typeof value === 'string' ? `a text of ${value.length} characters` : 'not text, and not shown';
}

/** @returns the known word with the fewest edits, if so few are a slip of the fingers */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  // Two letters swapped are two edits.
  const mostEdits = word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3));
  // `startDate`, `start-date` and `Start_Date` are all `start_date`.
  const normalized = (name: string) => name.replace(/[-_]/g, '').toLowerCase();
  const edits = (candidate: string) => leven(normalized(word), normalized(candidate));
  const [best] = [...candidates].sort((one, other) => edits(one) - edits(other));
  return best !== undefined && edits(best) <= mostEdits ? best : undefined;
}
