/** A count with its noun, as a sentence has it. */

/** `1 entry`, `2 entries` @param many absent: `one` with an s */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
