/** Texts for people: foreign words made safe to show, counts with their noun, links to the docs. */

/** `1 entry`, `2 entries` @param many absent: `one` with an s */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** What a command needs beside its key: without it, it is done for every organization. */
export function onlyFor(orgId: string | undefined): string {
  return orgId === undefined ? '' : `, "org_id": "${orgId}"`;
}

/** The reader of a message has no copy of the repository at hand. */
const DOCUMENTS = 'https://github.com/jumpcloud-logzio/jumpcloud-logzio/blob/main/docs';
export const INSPECTING_PROXY_SECTION = `${DOCUMENTS}/proxy.md#a-proxy-that-inspects-tls`;

/** @param name of an alarm, e.g. `stale` */
export function alarmSection(name: string): string {
  return `${DOCUMENTS}/alarms.md#alarm-${name}`;
}

/** Enough of an error's text to understand it. */
const LONGEST_TEXT = 300;
/** So many characters of a secret in a row are a part worth hiding. */
const LONG_PART = 10;
/** They would move a cursor, colour a terminal, or turn the direction of what follows. */
const INVISIBLE = /[\p{C}\p{M}\p{Z}]+/gu;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;
/** In place of what must not be shown: an invisible sign, which is nowhere else by then. */
const HIDDEN = '\0';

/**
 * Cleans first and hides then, so that a secret with a line break or a blank inside is found too.
 * @param secrets as we know them; they are also found as base64, hex, percent- and JSON-escapes,
 * and in parts
 * @returns at most 300 characters in one line
 */
export function showable(text: string, secrets: readonly string[]): string {
  const clean = text.normalize('NFKC').replaceAll(INVISIBLE, ' ').trim();
  return hide(clean, secrets).slice(0, LONGEST_TEXT);
}

/** @returns a request's id as a server gave it, unless it is none or holds a part of a secret */
export function requestIdOf(text: string | undefined, secrets: readonly string[]): string | undefined {
  return text !== undefined && /^[\w-]{1,64}$/.test(text) && hide(text, secrets) === text ? text : undefined;
}

/** Compares letters and digits alone: whatever stands between them cannot break a secret up. */
function hide(text: string, secrets: readonly string[]): string {
  const signs = [...text];
  const places = signs.flatMap((sign, place) => (LETTER_OR_DIGIT.test(sign) ? [place] : []));
  const plain = places.map((place) => signs[place]?.toLowerCase().slice(0, 1)).join('');
  for (const part of secrets.flatMap(partsOf))
    for (let at = plain.indexOf(part); at !== -1; at = plain.indexOf(part, at + 1))
      signs.fill(HIDDEN, places[at], (places[at + part.length - 1] ?? 0) + 1);
  return signs.join('').replaceAll(/\0+/g, '[removed]');
}

/**
 * A secret in parts, as it may be written. A percent-escape is its hex form once the signs are left
 * out. Base64 depends on how many bytes stand before: its first and last signs mix with others.
 */
function partsOf(secret: string): string[] {
  const inForm = (form: 'base64url' | 'hex', before = '') => Buffer.from(before + secret).toString(form);
  const escaped = [...secret].map((sign) => `u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
  const base64 = ['', 'a', 'ab'].map((before) => inForm('base64url', before).slice(2, -2));
  const forms = [secret, inForm('base64url'), inForm('hex'), encodeURIComponent(secret), escaped, ...base64];
  return forms.flatMap((form) => {
    const plain = form.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
    const last = Math.max(0, plain.length - LONG_PART);
    return Array.from({ length: last + 1 }, (_, from) => plain.slice(from, from + LONG_PART)).filter(Boolean);
  });
}
