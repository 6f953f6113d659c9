/** What Logz.io's answer to a bulk says about its lines; what a refusal means, and what to do. */
import type { HttpAnswer } from '../platform/http.ts';
import { jsonObjectIn } from '../platform/json.ts';
import { ServiceError, statusFault } from '../platform/retry.ts';
import { howToPut } from '../platform/secrets.ts';
import type { EpochMs } from '../platform/time.ts';

export class LogzioError extends ServiceError {
  override readonly name = 'LogzioError';
}

export type Verdict =
  | { readonly kind: 'acknowledged' }
  /** Larger than this listener takes: smaller ones may pass. */
  | { readonly kind: 'too large' }
  /** Not to be sent again whole: `taken` of its lines are there, and nobody knows which. */
  | { readonly kind: 'refused'; readonly reason: string; readonly taken: number };

/**
 * @param lines how many the bulk had; every one of them a valid log
 * @throws LogzioError where it was not taken, although nothing is wrong with it
 */
export function judge(answer: HttpAnswer, lines: number, tokenName: string, now: EpochMs): Verdict {
  const { status, headers } = answer;
  if (status >= 200 && status < 300) {
    // Logz.io's own 200 is empty: a page of HTML is a proxy's, which kept the bulk.
    const page = answer.body.toString().trim();
    const isHtml = page !== '' && (page.startsWith('<') || /html/i.test(headers['content-type'] ?? ''));
    if (!isHtml) return { kind: 'acknowledged' };
    const message = `Logz.io POST /: status ${status} with a page of HTML; something between here and Logz.io answers in its place: let it pass requests to logzio.url`;
    throw new LogzioError(message, { status, retryable: true });
  }
  if (status === 413) return { kind: 'too large' };
  if (status === 400) return judgeRefusal(answer.body, lines);
  const { meaning, ...fault } = statusFault(answer, now, adviceFor(status, tokenName));
  // 503 turns a request away at the door; other 5xx may come after the job was done.
  const mayHaveArrived = status >= 500 && status !== 503;
  throw new LogzioError(`Logz.io POST /: status ${status}; ${meaning}`, { ...fault, mayHaveArrived });
}

function judgeRefusal(body: Buffer, lines: number): Verdict {
  const counts = jsonObjectIn(body);
  const countOf = (name: string) => (Number.isInteger(counts[name]) ? Number(counts[name]) : Number.NaN);
  const taken = countOf('successfulLines');
  if (taken === lines) return { kind: 'acknowledged' };
  if (!(taken >= 0 && taken < lines))
    return { kind: 'refused', reason: 'Logz.io answered 400 without saying which lines it took', taken: lines };
  const faults = FAULTS.filter((name) => countOf(name) > 0);
  const named = faults.map((name) => `${name} ${countOf(name)}`).join(', ') || 'no fault named';
  return { kind: 'refused', reason: `Logz.io answered 400: took ${taken} of ${lines} lines (${named})`, taken };
}

/** The other counters of a 400; what else an answer holds is never repeated in a message. */
const FAULTS = ['malformedLines', 'oversizedLines', 'emptyLogLines'];

/** What a status means and what to do, for the statuses that no retry can mend. */
function adviceFor(status: number, tokenName: string): string {
  switch (status) {
    case 401:
      return `it does not accept the token, though it was just read again. Put a valid shipping token into ${tokenName}${howToPut(tokenName)}. Check that logzio.url is the listener of your account's region`;
    case 403:
      return 'it refuses this account: check the shipping token and the plan, and that logzio.url is the listener of your account';
    case 404:
      return 'there is no listener at this address: check logzio.url';
    default:
      return status >= 300 && status < 400
        ? 'it redirects to another address. The program does not follow, because it would send the token there. Set logzio.url to the final address'
        : 'this status is unexpected: check logzio.url';
  }
}
