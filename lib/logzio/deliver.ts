/** Brings a bulk to Logz.io: sent again where that is safe, split where it is too large. */
import type { Deadline } from '../platform/deadline.ts';
import { postOnce, type Requests } from '../platform/http.ts';
import type { Compression, Timing } from '../platform/outside.ts';
import { type ErrorDetails, retrying, type ServiceError } from '../platform/retry.ts';
import type { Secret } from '../platform/secrets.ts';
import { judge, LogzioError, type Verdict } from './answer.ts';
import { type Bulk, type EventRecord, halve } from './bulk.ts';

export interface Delivery {
  readonly acknowledged: readonly EventRecord[];
  readonly refused: readonly Refusal[];
  /** Why the records that are in neither list were not delivered. */
  readonly failure?: unknown;
}

/** What Logz.io does not take and what must not be sent again as it is. */
export interface Refusal {
  readonly records: readonly EventRecord[];
  readonly reason: string;
  /** How many of these lines Logz.io took all the same: sending them again may repeat so many. */
  readonly taken: number;
}

export interface DeliveryEvents {
  /** A request was answered: the body's bytes before and after gzip. */
  onSent(bytes: number, gzippedBytes: number): void;
  onRetry(error: ServiceError): void;
  /** Called at once, also for the first half of a split bulk; the Delivery names them again. */
  onAcknowledged(records: readonly EventRecord[]): void;
  /** `lines` may have been taken although no answer said so, and may therefore arrive once more. */
  onPossibleRepeat(lines: number): void;
}

/** Never throws for what Logz.io does: that is in the Delivery. */
export type Deliver = (bulk: Bulk, deadline: Deadline, events: Partial<DeliveryEvents>) => Promise<Delivery>;

export interface LogzioOptions extends Requests, Timing {
  /** Listener origin, e.g. `https://listener.logz.io:8071`. */
  readonly url: string;
  readonly token: Secret;
  readonly type: string;
  readonly compression: Pick<Compression, 'gzip'>;
}

/** Level 1 costs a third of the default level's CPU for bulks a fifth larger. */
const GZIP_LEVEL = 1;
const LONGEST_ANSWER_MS = 30_000;
const LARGEST_ANSWER_BYTES = 1024 * 1024;

const unanswered = ({ message }: Error, details: ErrorDetails) =>
  new LogzioError(`Logz.io POST /: ${message}`, details);

/** Made for one run: the token is read again at most once in its life. */
export function createDeliver(options: LogzioOptions): Deliver {
  const { url, token, type, compression, clock, random } = options;
  let isTokenReread = false;

  /** @throws LogzioError (the last one, when retrying did not help), SecretError */
  const send = async (bulk: Bulk, deadline: Deadline, events: Partial<DeliveryEvents>): Promise<Verdict> => {
    const body = await compression.gzip(bulk.body, GZIP_LEVEL);
    const lines = bulk.records.length;
    const traceOf = () => ({ to: 'Logz.io' as const, bytes: body.length, events: lines });
    const sendOnce = async (): Promise<Verdict> => {
      const secret = await token.read();
      const request = {
        url: `${url}/?token=${encodeURIComponent(secret)}&type=${encodeURIComponent(type)}`,
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
        body,
        timeoutMs: LONGEST_ANSWER_MS,
        maxAnswerBytes: LARGEST_ANSWER_BYTES,
        signal: deadline.giveUp,
      };
      const answer = await postOnce(options, request, traceOf, unanswered);
      events.onSent?.(bulk.body.length, body.length);
      return judge(answer, lines, token.name, clock.now());
    };
    let isTriedAgain = false;
    const attempt = async (): Promise<Verdict> => {
      try {
        return await sendOnce();
      } catch (error) {
        if (!(error instanceof LogzioError)) throw error;
        if (error.mayHaveArrived) events.onPossibleRepeat?.(lines);
        if (error.status !== 401 || isTriedAgain) throw error;
        isTriedAgain = true;
        // Of the bulks under way, the first to be refused has the token read again.
        if (!isTokenReread) token.forget();
        isTokenReread = true;
        return await attempt();
      }
    };
    return retrying(attempt, { clock, random, deadline, onRetry: (error) => events.onRetry?.(error) });
  };

  const deliver: Deliver = async (bulk, deadline, events) => {
    const { records } = bulk;
    let verdict: Verdict;
    try {
      verdict = await send(bulk, deadline, events);
    } catch (failure) {
      return { acknowledged: [], refused: [], failure };
    }
    if (verdict.kind === 'acknowledged') {
      events.onAcknowledged?.(records);
      return { acknowledged: records, refused: [] };
    }
    if (verdict.kind === 'refused') return { acknowledged: [], refused: [{ records, ...verdict }] };
    if (records.length <= 1) {
      const reason = `Logz.io answered 413 to a single line of ${bulk.body.length} bytes`;
      return { acknowledged: [], refused: [{ records, reason, taken: 0 }] };
    }
    const [first, second] = halve(bulk);
    const before = await deliver(first, deadline, events);
    // The second half is not sent when the first failed.
    if ('failure' in before) return before;
    const after = await deliver(second, deadline, events);
    const acknowledged = [...before.acknowledged, ...after.acknowledged];
    return { ...after, acknowledged, refused: [...before.refused, ...after.refused] };
  };
  return deliver;
}
