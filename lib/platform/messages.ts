/** Texts for people: foreign words made safe to show, counts with their noun, links to the docs. */

/** `1 entry`, `2 entries` @param many absent: `one` with an s */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
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
  const characters = [...text];
  const places = characters.flatMap((character, place) => (LETTER_OR_DIGIT.test(character) ? [place] : []));
  const plain = places.map((place) => (characters[place] as string).toLowerCase().slice(0, 1)).join('');
  const hidden = new Set<number>();
  for (const part of secrets.flatMap(formsOf).flatMap(partsOf)) {
    for (let at = plain.indexOf(part); at !== -1; at = plain.indexOf(part, at + 1)) {
      const last = places[at + part.length - 1] as number;
      for (let place = places[at] as number; place <= last; place++) hidden.add(place);
    }
  }
  return characters
    .map((character, place) => (!hidden.has(place) ? character : hidden.has(place - 1) ? '' : '[removed]'))
    .join('');
}

/** How a secret may be written. A percent-escape is its hex form once the signs are left out. */
function formsOf(secret: string): string[] {
  const inForm = (form: 'base64url' | 'hex', before = '') => Buffer.from(before + secret).toString(form);
  const escaped = [...secret].map((character) => `u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
  // Base64 depends on how many bytes stand before; the first and last signs mix with others.
  const base64 = ['', 'a', 'ab'].map((before) => inForm('base64url', before).slice(2, -2));
  return [secret, inForm('base64url'), inForm('hex'), encodeURIComponent(secret), escaped, ...base64].map((form) =>
    form.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, ''),
  );
}

function partsOf(form: string): string[] {
  if (form.length <= LONG_PART) return form === '' ? [] : [form];
  return Array.from({ length: form.length - LONG_PART + 1 }, (_, from) => form.slice(from, from + LONG_PART));
}
