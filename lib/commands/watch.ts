/** What a run notices beside its stream: too many field names, another stream that stands still. */
import { readMarks } from '../state/dynamodb-store.ts';
import type { Context } from './context.ts';
import { liveStreamName, organizationsOf } from './live-stream.ts';
import { metricsOf, type Runtime, unknownNamesOf } from './runtime.ts';

/** An index that is full refuses every log that brings one more name. */
export function warnOfNames(runtime: Runtime, stream: string): void {
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
