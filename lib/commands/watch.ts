/** What a run looks at besides its events: both tokens, field names, the next stream. */
import { JumpCloudError } from '../jumpcloud/client.ts';
import { LogzioError } from '../logzio/answer.ts';
import { HOUR_MS } from '../platform/time.ts';
import { type Report, RunFailedError } from '../ship/report.ts';
import { readMarks } from '../state/dynamodb-store.ts';
import { streamOf } from '../state/stream-name.ts';
import { type Context, organizationsOf, sharedBy } from './context.ts';

/** So long, every run tests a token that it has not used: a refusal must not look mended. */
const YOUNG_MS = HOUR_MS;

/**
 * Tests both tokens while a stream has nothing to ship: a wrong one shows in the first run.
 * @throws RunFailedError where JumpCloud or Logz.io refuses us
 */
export async function testTokens(context: Context, report: Report): Promise<void> {
  if (!report.caughtUp || report.bulks > 0 || context.deadline.stop.aborted) return;
  if (!report.isNew && context.runtime.clock.now() - report.began >= YOUNG_MS) return;
  try {
    if (report.pages === 0) await countLastHour(context, report);
    await refuseWrongToken(context);
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
  if (failure !== undefined && !(failure instanceof LogzioError && mayPass(failure))) throw failure;
}

/** Not a name that nobody knows: that is an address mistyped, more often than a DNS in trouble. */
function mayPass({ status, retryable, mostAttempts }: LogzioError): boolean {
  if (status !== undefined) return status !== 401;
  return retryable && mostAttempts === Number.POSITIVE_INFINITY;
}

/** An index that is full refuses every log that brings one more name. */
export function warnOfNames({ runtime, stream: { name: stream }, metrics }: Context): void {
  const { count: names, examples } = sharedBy(runtime).unknownNames;
  const summary = `${names} field names today that docs/fields.md does not list. An index takes about 1,000 names in all, and then refuses logs. Find the events that bring them, and leave them out with search_term.`;
  runtime.log.warn('unknown field names', { summary, stream, names, examples });
  metrics.unknownNames(stream, names);
}

/**
 * Looks whether the next organization's stream still moves. All share their alarms, so a schedule
 * that somebody disabled would go unnoticed behind the others.
 */
export async function watchNextStream({ runtime, orgId, metrics }: Context): Promise<void> {
  const all = organizationsOf(runtime.config);
  const next = all[(all.indexOf(orgId) + 1) % all.length];
  if (next === orgId) return;
  const stream = await streamOf(runtime.table, next);
  const marks = await readMarks(runtime.table, stream);
  // Without a checkpoint it was added a moment ago.
  if (marks) metrics.otherStream(stream, marks.watermark, runtime.clock.now());
}
