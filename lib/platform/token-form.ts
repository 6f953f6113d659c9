/** What a token looks like, and what does not belong to it. */

/** What people copy along with a token. Every server refuses such a token. */
const COPIED_ALONG: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^<.*>$/, 'this is still the placeholder of an example'],
  [/^["'`\u2018-\u201f]|["'`\u2018-\u201f]$/, 'it is in quotes: leave them out'],
  [/^x-api-key\s*[:=]/i, 'it begins with "x-api-key:": leave that out'],
  [/^authorization\s*[:=]/i, 'it begins with "Authorization:": leave that out'],
  [/^(?:bearer|basic)\s/i, 'it begins with "Bearer" or "Basic": leave that out'],
  [/^[A-Z][A-Z0-9_]*_TOKEN=/, 'it begins with the name of a variable: leave that out'],
];

/** @returns what is not part of the token, in words that never show it, if anything */
export function copiedAlong(token: string): string | undefined {
  return COPIED_ALONG.find(([pattern]) => pattern.test(token))?.[1];
}
