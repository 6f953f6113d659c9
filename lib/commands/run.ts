/** A run of a live stream: what the schedule asks for. */
import { LEASE_MARGIN_MS } from '../platform/time.ts';
import { MANY_UNKNOWN_NAMES } from '../shape/unknown-names.ts';
import type { Report } from '../ship/report.ts';
import { RunFailedError, ship } from '../ship/ship.ts';
import { createDynamoDbStore } from '../state/dynamodb-store.ts';
import type { Context } from './context.ts';
import { testTokens } from './first-run.ts';
import type { Result } from './invocation.ts';
import { liveStream } from './live-stream.ts';
import { metricsOf, partsFor, type Runtime, unknownNamesOf } from './runtime.ts';
import { asFields, summarize } from './summary.ts';
import { takeOverIfRenamed } from './take-over.ts';
import { warnOfNames } from './watch.ts';

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
