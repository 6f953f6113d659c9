/** A run of a live stream, as the schedule asks for it, and what it notices beside. */
import { LEASE_MARGIN_MS } from '../platform/time.ts';
import { MANY_UNKNOWN_NAMES } from '../shape/names.ts';
import type { Report } from '../ship/report.ts';
import { RunFailedError, ship } from '../ship/ship.ts';
import { createDynamoDbStore, readMarks } from '../state/dynamodb-store.ts';
import { type Context, liveStreamName, organizationsOf, type Result, sharedBy } from './context.ts';
import { testTokens } from './first-run.ts';
import { asFields, summarize } from './summary.ts';
import { takeOverIfRenamed } from './take-over.ts';

/** @param isScheduled the schedule asks, and not a person */
export async function run(context: Context, isScheduled: boolean): Promise<Result> {
  const { runtime, stream, parts, deadline, totalMs, metrics } = context;
  const { clock, log, table, random } = runtime;
  const { unknownNames } = sharedBy(runtime);
  const note = (report: Report) => {
    metrics.run(report, clock.now());
    runtime.onRun?.(report);
  };
  await takeOverIfRenamed(context);
  unknownNames.beginRun(clock.now());
  const knownBefore = unknownNames.count;
  try {
    const store = createDynamoDbStore(table, random, isScheduled);
    const leaseMs = runtime.leaseMs ?? totalMs + LEASE_MARGIN_MS;
    const report = await ship(stream, { ...parts, store }, { deadline, leaseMs });
    await testTokens(context, report);
    const summary = summarize(report, clock.now());
    log.info('run', asFields(summary));
    note(report);
    return summary;
  } catch (error) {
    if (error instanceof RunFailedError) {
      log.error('run', asFields({ ...summarize(error.report, clock.now()), message: error.message }));
      note(error.report);
    }
    throw error;
  } finally {
    if (unknownNames.count > Math.max(knownBefore, MANY_UNKNOWN_NAMES)) warnOfNames(context);
  }
}

/** An index that is full refuses every log that brings one more name. */
function warnOfNames({ runtime, stream: { name: stream }, metrics }: Context): void {
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
  const stream = liveStreamName(next);
  const marks = await readMarks(runtime.table, stream);
  // Without a checkpoint it was added a moment ago.
  if (marks) metrics.otherStream(stream, marks.watermark, runtime.clock.now());
}
