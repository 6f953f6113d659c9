/** Tests both tokens while a stream has nothing to ship: a wrong one shows in the first run. */

import { JumpCloudError } from '../jumpcloud/errors.ts';
import { createCountEvents } from '../jumpcloud/query.ts';
import { LogzioError } from '../logzio/answer.ts';
import { type EpochMs, HOUR_MS } from '../platform/time.ts';
import type { Report } from '../ship/report.ts';
import { RunFailedError, type ShipParts } from '../ship/ship.ts';
import type { Stream } from '../ship/window.ts';
import type { Context } from './context.ts';
import { askFor } from './runtime.ts';

/** So long, every run that sends nothing tests the token: a refusal must not look mended. */
const YOUNG_MS = HOUR_MS;

interface FirstRun {
  readonly context: Context;
  readonly stream: Stream;
  readonly parts: Pick<ShipParts, 'deliver'>;
}

/** @throws RunFailedError where JumpCloud or Logz.io refuses us */
export async function testTokens(run: FirstRun, report: Report): Promise<void> {
  const { runtime, deadline } = run.context;
  if (!report.caughtUp || report.bulks > 0 || deadline.stop.aborted) return;
  const now = runtime.clock.now();
  try {
    if (report.isNew && report.pages === 0) await countLastHour(run, report, now);
    if (report.isNew || now - report.began < YOUNG_MS) await refuseWrongToken(run);
  } catch (error) {
    throw new RunFailedError(report, error);
  }
}

/**
 * Counts nothing where JumpCloud gave no answer in time, or its clock is an hour behind.
 * @throws JumpCloudError
 */
async function countLastHour({ context, stream }: FirstRun, report: Report, now: EpochMs): Promise<void> {
  const { runtime, orgId, deadline } = context;
  const count = createCountEvents(askFor(runtime, orgId), runtime);
  const range = { start: now - HOUR_MS, end: now };
  try {
    report.eventsInLastHour = await count(stream.query, range, { deadline, onRetry: () => report.retries++ });
  } catch (error) {
    const isOfNoUse = error instanceof JumpCloudError && (error.givenUp || (error.serverNow ?? now) < range.start);
    if (!isOfNoUse) throw error;
  }
}

/**
 * Sends a bulk without lines, which adds no log. What a listener answers to it is not documented,
 * except that a wrong token is a 401: nothing but that, and an address that cannot be right,
 * counts.
 * @throws LogzioError, SecretError
 */
async function refuseWrongToken({ parts, context }: FirstRun): Promise<void> {
  // Once is enough: what may pass says nothing of the token.
  const once = { ...context.deadline, stop: AbortSignal.abort() };
  const { failure } = await parts.deliver({ records: [], body: Buffer.alloc(0), ends: [] }, once, {});
  if (failure instanceof LogzioError && failure.status !== 401 && (failure.status !== undefined || failure.retryable))
    return;
  if (failure !== undefined) throw failure;
}
