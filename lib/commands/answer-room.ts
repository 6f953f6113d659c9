/**
 * How much of an answer a stream may fill with its lists: of an answer that is too large Lambda
 * passes on nothing.
 */

/**
 * Lambda's answers have at most 6 MB (its quotas: invocation payload, synchronous); what this
 * leaves is for messages and figures.
 */
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
