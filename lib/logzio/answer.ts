/** What Logz.io's answer to a bulk says about its lines. */

import type { HttpAnswer } from '../platform/http.ts';
import { isJsonObject } from '../platform/json.ts';
import type { Clock } from '../platform/outside.ts';
import { passingFault } from '../platform/retry.ts';
import { adviceFor, LogzioError } from './errors.ts';

export type Verdict =
  | { readonly kind: 'acknowledged' }
  /** Larger than this listener takes: smaller ones may pass. */
  | { readonly kind: 'too large' }
  /** Not to be sent again whole: `taken` of its lines are there, and nobody knows which. */
  | { readonly kind: 'refused'; readonly reason: string; readonly taken: number }
  | { readonly kind: 'failed'; readonly error: LogzioError };

/** @param lines how many the bulk had; every one of them a valid log */
export function judge(answer: HttpAnswer, lines: number, tokenName: string, clock: Clock): Verdict {
  const { status } = answer;
  if (status >= 200 && status < 300) return isPage(answer) ? notLogzio(status) : { kind: 'acknowledged' };
  if (status === 413) return { kind: 'too large' };
  if (status === 400) return judgeRefusal(answer.body, lines);
  const passing = passingFault(status, answer.headers['retry-after'], clock.now());
  const meaning = passing?.meaning ?? adviceFor(status, tokenName);
  const error = new LogzioError(`Logz.io POST /: status ${status}; ${meaning}`, {
    status,
    retryable: passing !== undefined,
    retryAfterMs: passing?.retryAfterMs,
    // 503 turns a request away at the door; other 5xx may come after the job was done.
    mayHaveArrived: status >= 500 && status !== 503,
  });
  return { kind: 'failed', error };
}

/** Logz.io's own 200 is empty: a page of HTML is a proxy's, which kept the bulk. */
function isPage({ headers }: HttpAnswer): boolean {
  return (headers['content-type'] ?? '').includes('text/html');
}

function notLogzio(status: number): Verdict {
  const message = `Logz.io POST /: status ${status} with a page of HTML; something between here and Logz.io answers in its place: let it pass requests to logzio.url`;
  return { kind: 'failed', error: new LogzioError(message, { status, retryable: true, mayHaveArrived: false }) };
}

function judgeRefusal(body: Buffer, lines: number): Verdict {
  const counts = parseCounts(body);
  const taken = counts.get(TAKEN);
  if (taken === lines) return { kind: 'acknowledged' };
  if (taken === undefined || taken < 0 || taken > lines) {
    return { kind: 'refused', reason: 'Logz.io answered 400 without saying which lines it took', taken: lines };
  }
  const faults = FAULTS.filter((name) => (counts.get(name) ?? 0) > 0);
  const named = faults.map((name) => `${name} ${counts.get(name)}`).join(', ') || 'no fault named';
  return { kind: 'refused', reason: `Logz.io answered 400: took ${taken} of ${lines} lines (${named})`, taken };
}

const TAKEN = 'successfulLines';
/** The other counters of a 400; what else an answer holds is never repeated in a message. */
const FAULTS = ['malformedLines', 'oversizedLines', 'emptyLogLines'];

/** The counters of a 400, e.g. `{malformedLines: 1, successfulLines: 2}`. */
function parseCounts(body: Buffer): Map<string, number> {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    const entries = isJsonObject(parsed) ? Object.entries(parsed) : [];
    return new Map(entries.filter((entry): entry is [string, number] => Number.isInteger(entry[1])));
  } catch {
    return new Map();
  }
}
