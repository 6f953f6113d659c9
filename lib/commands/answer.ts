/** What an invocation answers, for one stream or several, and how much its lists may fill. */
import type { Result } from './context.ts';

/** Some of the streams failed; the others did their work. */
export class StreamsFailedError extends Error {
  override readonly name = 'StreamsFailedError';

  constructor(failures: readonly Error[], results: readonly Result[]) {
    const streams = failures.length + results.length;
    const told = [...failures.map(({ message }) => message), ...results.map(named)].join(' | ');
    super(`${failures.length} of ${streams} streams failed: ${told}`, { cause: failures[0] });
  }
}

/** One stream's answer as it is; several as a list, with all their messages in one. */
export function answerOf(results: readonly Result[], warnings: readonly string[]): Result {
  const noted = warnings.length > 0 ? { warnings } : {};
  const [only] = results;
  if (only && results.length === 1) return { ...only, ...noted };
  const streams = { message: results.map(named).join(' '), streams: results };
  return { ...streams, ...noted };
}

/** Among several streams' answers: each with its stream. */
function named({ stream, message }: Result): string {
  return typeof stream === 'string' && !message.includes(stream) ? `${stream}: ${message}` : message;
}

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
