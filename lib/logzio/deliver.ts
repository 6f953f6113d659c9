/** Brings a bulk to Logz.io: sent again where that is safe, split where it is too large. */
import type { Deadline } from '../platform/deadline.ts';
import { HttpError, type Post, type RequestTrace } from '../platform/http.ts';
import type { Compression, Timing } from '../platform/outside.ts';
import { type Retryable, retrying } from '../platform/retry.ts';
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
  onRetry(error: Retryable): void;
  /** Called at once, also for the first half of a split bulk; the Delivery names them again. */
  onAcknowledged(records: readonly EventRecord[]): void;
  /** `lines` may have been taken although no answer said so, and may therefore arrive once more. */
  onPossibleRepeat(lines: number): void;
}

/** Never throws for what Logz.io does: that is in the Delivery. */
export type Deliver = (bulk: Bulk, deadline: Deadline, events: Partial<DeliveryEvents>) => Promise<Delivery>;

export interface LogzioOptions extends Timing {
  /** Listener origin, e.g. `https://listener.logz.io:8071`. */
  readonly url: string;
  readonly token: Secret;
  readonly type: string;
  readonly post: Post;
  readonly compression: Pick<Compression, 'gzip'>;
  readonly onRequest?: (trace: RequestTrace) => void;
}

/** Level 1 costs a third of the default level's CPU for bulks a fifth larger. */
const GZIP_LEVEL = 1;
const LONGEST_ANSWER_MS = 30_000;
const LARGEST_ANSWER_BYTES = 1024 * 1024;

/** Made for one run: the token is read again at most once in its life. */
export function createDeliver(options: LogzioOptions): Deliver {
  const rereading = { isDone: false };
  const deliver: Deliver = async (bulk, deadline, events) => {
    let verdict: Answered;
    try {
      verdict = await send({ ...options, rereading }, bulk, deadline, events);
    } catch (failure) {
      return { acknowledged: [], refused: [], failure };
    }
    switch (verdict.kind) {
      case 'acknowledged':
        events.onAcknowledged?.(bulk.records);
        return { acknowledged: bulk.records, refused: [] };
      case 'refused':
        return { acknowledged: [], refused: [{ records: bulk.records, ...verdict }] };
      case 'too large': {
        if (bulk.records.length <= 1) {
          const reason = `Logz.io answered 413 to a single line of ${bulk.body.length} bytes`;
          return { acknowledged: [], refused: [{ records: bulk.records, reason, taken: 0 }] };
        }
        const [first, second] = halve(bulk);
        const before = await deliver(first, deadline, events);
        // The second half is not sent when the first failed.
        if ('failure' in before) return before;
        const after = await deliver(second, deadline, events);
        const acknowledged = [...before.acknowledged, ...after.acknowledged];
        return { ...after, acknowledged, refused: [...before.refused, ...after.refused] };
      }
    }
  };
  return deliver;
}

type Answered = Exclude<Verdict, { readonly kind: 'failed' }>;

/** @throws LogzioError (the last one, when retrying did not help), SecretError */
async function send(
  options: LogzioOptions & { readonly rereading: { isDone: boolean } },
  bulk: Bulk,
  deadline: Deadline,
  events: Partial<DeliveryEvents>,
): Promise<Answered> {
  const { rereading } = options;
  const body = await options.compression.gzip(bulk.body, GZIP_LEVEL);
  let triedAgain = false;
  const attempt = async (): Promise<Answered> => {
    const verdict = await sendOnce(options, { bulk, body }, deadline, events);
    if (verdict.kind !== 'failed') return verdict;
    if (verdict.error.status === 401 && !triedAgain) {
      triedAgain = true;
      // Of the bulks under way, the first to be refused has the token read again.
      if (!rereading.isDone) options.token.forget();
      rereading.isDone = true;
      return await attempt();
    }
    throw verdict.error;
  };
  const { clock, random } = options;
  return retrying(attempt, { clock, random, deadline, onRetry: (error) => events.onRetry?.(error) });
}

async function sendOnce(
  { url, token, type, post, clock, onRequest }: LogzioOptions,
  { bulk, body }: { readonly bulk: Bulk /** Gzipped. */; readonly body: Buffer },
  deadline: Deadline,
  events: Partial<DeliveryEvents>,
): Promise<Verdict> {
  const secret = await token.read();
  const asked = clock.now();
  const trace = (status: number | string) =>
    onRequest?.({
      ...{ to: 'Logz.io', method: 'POST', path: '/', status },
      ...{ tookMs: clock.now() - asked, bytes: body.length, events: bulk.records.length },
    });
  const answer = await post({
    url: `${url}/?token=${encodeURIComponent(secret)}&type=${encodeURIComponent(type)}`,
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body,
    timeoutMs: LONGEST_ANSWER_MS,
    maxAnswerBytes: LARGEST_ANSWER_BYTES,
    signal: deadline.giveUp,
  }).catch((error: unknown) => {
    if (!(error instanceof HttpError)) throw error;
    const { explained, retryable, mayHaveArrived } = error;
    trace(explained);
    if (mayHaveArrived) events.onPossibleRepeat?.(bulk.records.length);
    throw new LogzioError(`Logz.io POST /: ${explained}`, { retryable, mayHaveArrived, cause: error });
  });
  trace(answer.status);
  events.onSent?.(bulk.body.length, body.length);
  const verdict = judge(answer, bulk.records.length, token.name, clock);
  if (verdict.kind === 'failed' && verdict.error.mayHaveArrived) events.onPossibleRepeat?.(bulk.records.length);
  return verdict;
}
