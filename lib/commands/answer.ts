/** What an invocation answers: for one stream or for several, and when some of them failed. */
import type { Result } from './invocation.ts';

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
