/** Tests both tokens while a stream has nothing to ship: a wrong one shows in the first run. */
import { JumpCloudError } from '../jumpcloud/errors.ts';
import { LogzioError } from '../logzio/answer.ts';
import { HOUR_MS } from '../platform/time.ts';
import type { Report } from '../ship/report.ts';
import { RunFailedError } from '../ship/ship.ts';
import type { Context } from './context.ts';

/** So long, every run that sends nothing tests the token: a refusal must not look mended. */
const YOUNG_MS = HOUR_MS;

/** @throws RunFailedError where JumpCloud or Logz.io refuses us */
export async function testTokens(context: Context, report: Report): Promise<void> {
  if (!report.caughtUp || report.bulks > 0 || context.deadline.stop.aborted) return;
  const now = context.runtime.clock.now();
  try {
    if (report.isNew && report.pages === 0) await countLastHour(context, report);
    if (report.isNew || now - report.began < YOUNG_MS) await refuseWrongToken(context);
  } catch (error) {
    throw new RunFailedError(report, error);
  }
}

/**
 * Counts nothing where JumpCloud gave no answer in time, or its clock is an hour behind.
 * @throws JumpCloudError
 */
async function countLastHour({ runtime, stream, countEvents, deadline }: Context, report: Report): Promise<void> {
  const end = runtime.clock.now();
  const start = end - HOUR_MS;
  try {
    const onRetry = () => report.retries++;
    report.eventsInLastHour = await countEvents(stream.query, { start, end }, { deadline, onRetry });
  } catch (error) {
    const isOfNoUse = error instanceof JumpCloudError && (error.givenUp || (error.serverNow ?? end) < start);
    if (!isOfNoUse) throw error;
  }
}

/**
 * Sends a bulk without lines, which adds no log. What a listener answers to it is not documented,
 * except that a wrong token is a 401: nothing but that, and an address that cannot be right,
 * counts.
 * @throws LogzioError, SecretError
 */
async function refuseWrongToken({ parts, deadline }: Context): Promise<void> {
  // Once is enough: what may pass says nothing of the token.
  const once = { ...deadline, stop: AbortSignal.abort() };
  const { failure } = await parts.deliver({ records: [], body: Buffer.alloc(0), ends: [] }, once, {});
  if (failure instanceof LogzioError && failure.status !== 401 && (failure.status !== undefined || failure.retryable))
    return;
  if (failure !== undefined) throw failure;
}
