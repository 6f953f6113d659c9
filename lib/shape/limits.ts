/** What Logz.io takes and indexes. Source of each number: Logz.io's documentation, 2026-06. */

/** Bytes of a line without its break; longer ones are counted as `oversizedLines` and dropped. */
export const MAX_LINE_BYTES = 500_000;

/**
 * Bytes (UTF-8) of one text. Logz.io documents 32,700 *characters*; the index below it refuses a
 * keyword of more than 32,766 *bytes*, and with it the whole log. Counting the documented number in
 * bytes satisfies both: a text never has more characters than bytes.
 */
export const MAX_TEXT_BYTES = 32_700;

/** Bytes of one field name: as above, less room for what a rename or a path puts around it. */
export const MAX_NAME_BYTES = 32_000;

/** Fields of one log, objects and their members all counted. */
export const MAX_FIELDS = 1000;

/**
 * Fields of one event that the table does not know. An index takes 1,000 names by default, and
 * counts a text twice where it is analysed and a keyword: one event must not use up what is left
 * for all others of the day.
 */
export const MAX_UNKNOWN_FIELDS = 100;

/** So few never make `MAX_FIELDS`: the log's own and its copies in ECS are fewer than 300. */
export const SURELY_FEW_MEMBERS = MAX_FIELDS - 300;

/** Units of a line that are within `MAX_LINE_BYTES` whatever they are. */
export const SURELY_SHORT_LINE_UNITS = Math.floor(MAX_LINE_BYTES / 3);
