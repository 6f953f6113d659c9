/** A run of a live stream, as the schedule asks for it. */
import { LEASE_MARGIN_MS } from '../platform/time.ts';
import { type Report, RunFailedError } from '../ship/report.ts';
import { ship } from '../ship/ship.ts';
import { createDynamoDbStore } from '../state/dynamodb-store.ts';
import { type Context, type Result, sharedBy } from './context.ts';
import { asFields, summarize } from './summary.ts';
import { testTokens, warnOfNames } from './watch.ts';

/** @param isScheduled the schedule asks, and not a person */
export async function run(context: Context, isScheduled: boolean): Promise<Result> {
  const { runtime, stream, parts, deadline, totalMs, metrics } = context;
  const { clock, log, table, random } = runtime;
  const { unknownNames } = sharedBy(runtime);
  const note = (report: Report) => {
    metrics.run(report, clock.now());
    runtime.onRun?.(report);
  };
  unknownNames.beginRun(clock.now());
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
    if (unknownNames.isToReport()) warnOfNames(context);
  }
}
