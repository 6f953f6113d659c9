/** How much of an answer a stream's lists may fill: one that is too large Lambda drops. */

/** Lambda's synchronous payload has at most 6 MB; what this leaves is for messages. */
const LISTS_BYTES = 5 * 1024 * 1024;

/** @param streams that share the answer. @returns bytes for each of them */
export function answerRoom(streams: number): number {
  return Math.floor(LISTS_BYTES / streams);
}

/** As part of an answer's JSON, with the comma after it. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value)) + 1;
}

/** @returns how many of `entries`, from the first on, fit into so many bytes */
export function countFitting(entries: readonly unknown[], roomBytes: number): number {
  let left = roomBytes;
  const tooMany = entries.findIndex((entry) => {
    left -= jsonBytes(entry);
    return left < 0;
  });
  return tooMany < 0 ? entries.length : tooMany;
}
