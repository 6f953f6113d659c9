/** A run of a live stream, as the schedule asks for it, and what it notices beside. */
import { LEASE_MARGIN_MS } from '../platform/time.ts';
import { MANY_UNKNOWN_NAMES } from '../shape/unknown-names.ts';
import type { Report } from '../ship/report.ts';
import { RunFailedError, ship } from '../ship/ship.ts';
import { createDynamoDbStore, readMarks } from '../state/dynamodb-store.ts';
import type { Context, Result } from './context.ts';
import { testTokens } from './first-run.ts';
import { liveStream, liveStreamName, organizationsOf } from './live-stream.ts';
import { metricsOf, partsFor, type Runtime, unknownNamesOf } from './runtime.ts';
import { asFields, summarize } from './summary.ts';
import { takeOverIfRenamed } from './take-over.ts';

/** @param isScheduled the schedule asks, and not a person */
export async function run(context: Context, isScheduled: boolean): Promise<Result> {
  const { runtime, orgId, deadline, totalMs } = context;
  const { clock, config, log, table, random } = runtime;
  const stream = liveStream(config, orgId, clock.now());
  const parts = { ...partsFor(runtime, orgId), store: createDynamoDbStore(table, random, isScheduled) };
  await takeOverIfRenamed(context);
  const unknownNames = unknownNamesOf(runtime);
  unknownNames.beginRun(clock.now());
  const knownBefore = unknownNames.count;
  try {
    const report = await ship(stream, parts, { deadline, leaseMs: runtime.leaseMs ?? totalMs + LEASE_MARGIN_MS });
    await testTokens({ context, stream, parts }, report);
    const summary = summarize(report, clock.now());
    log.info('run', asFields(summary, summary.message));
    tell(runtime, report);
    return { ...summary };
  } catch (error) {
    if (error instanceof RunFailedError) {
      log.error('run', asFields(summarize(error.report, clock.now()), error.message));
      tell(runtime, error.report);
    }
    throw error;
  } finally {
    if (unknownNames.count > Math.max(knownBefore, MANY_UNKNOWN_NAMES)) warnOfNames(runtime, stream.name);
  }
}

function tell(runtime: Runtime, report: Report): void {
  metricsOf(runtime).run(report, runtime.clock.now());
  runtime.onRun?.(report);
}

/** An index that is full refuses every log that brings one more name. */
function warnOfNames(runtime: Runtime, stream: string): void {
  const { count, examples } = unknownNamesOf(runtime);
  const summary = `${count} field names today that docs/fields.md does not list. An index takes about 1,000 names in all, and then refuses logs. Find the events that bring them, and leave them out with search_term.`;
  runtime.log.warn('unknown field names', { summary, stream, names: count, examples });
  metricsOf(runtime).unknownNames(stream, count);
}

/**
 * Looks whether the next organization's stream still moves. All share their alarms, so a schedule
 * that somebody disabled would go unnoticed behind the others.
 */
export async function watchNextStream({ runtime, orgId }: Context): Promise<void> {
  const all = organizationsOf(runtime.config);
  const next = all[(all.indexOf(orgId) + 1) % all.length];
  if (next === orgId) return;
  const stream = liveStreamName(next);
  const marks = await readMarks(runtime.table, stream);
  // Without a checkpoint it was added a moment ago.
  if (marks) metricsOf(runtime).otherStream(stream, marks.watermark, runtime.clock.now());
}
