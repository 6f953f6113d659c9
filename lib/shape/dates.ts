/**
 * Texts that an index with date detection takes for dates; why they matter:
 * docs/decisions/015-texts-that-look-like-dates.md.
 */

/**
 * All that the two dynamic date formats of OpenSearch and Elasticsearch take
 * (`strict_date_optional_time` and `yyyy/MM/dd HH:mm:ss||yyyy/MM/dd`; their documentation adds a
 * zone to the second), and a little more. They take `2026-13` too, and then cannot index it.
 */
const TAKEN = /^[+-]?\d{4,}(?:-\d\d(?:-\d\d)?(?:T(?:\d\d.*)?)?|T(?:\d\d.*)?)$|^\+?\d{4,}\/\d\d\/\d\d(?: .*)?$/s;
const SHORTEST_TAKEN = '2026T'.length;

const [DIGIT_0, DIGIT_9, PLUS, MINUS] = [48, 57, 43, 45] as const;

/** True where date detection takes the text for a date, or may. */
export function looksLikeDate(text: string): boolean {
  const first = text.charCodeAt(0);
  if ((first < DIGIT_0 || first > DIGIT_9) && first !== PLUS && first !== MINUS) return false;
  return text.length >= SHORTEST_TAKEN && TAKEN.test(text);
}

/** Text that no index takes for a date: where it would, in quotes, as its JSON text. */
export function plainText(text: string): string {
  return looksLikeDate(text) ? JSON.stringify(text) : text;
}
