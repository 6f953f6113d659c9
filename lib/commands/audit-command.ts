/** `{"audit": true}`: compares JumpCloud's counts with ours, and reports what differs. */

import { createReadPages } from '../jumpcloud/pages.ts';
import { createCountEvents, queryKey } from '../jumpcloud/query.ts';
import { plural } from '../platform/messages.ts';
import { type EpochMs, formatInstant, HOUR_MS } from '../platform/time.ts';
import { countedWith } from '../ship/checkpoint.ts';
import { peek } from '../state/dynamodb-store.ts';
import { deleteSpent } from '../state/fingerprints.ts';
import { readHourlyCounts } from '../state/hourly-counts.ts';
import { createQuarantine } from '../state/quarantine.ts';
import { audit, type HourDifference } from './audit.ts';
import type { Context, Result } from './context.ts';
import { liveStream } from './live-stream.ts';
import { askFor, metricsOf } from './runtime.ts';
import { asFields } from './summary.ts';

/**
 * For how long an hour of which JumpCloud has fewer events than were shipped is measured. Nothing
 * can be done about it, and an alarm that it kept ringing could not ring for a hole. A day, and a
 * few hours more for an audit that is late.
 */
const FEWER_MEASURED_MS = 30 * HOUR_MS;

export async function auditStream({ runtime, orgId, deadline }: Context): Promise<Result> {
  const { clock, config, table, log } = runtime;
  const stream = liveStream(config, orgId, clock.now());
  const state = await peek(table, stream.name);
  if (!state) return { message: `${stream.name} has no checkpoint yet: there is nothing to audit.` };
  await deleteSpent(table, stream.name, state.checkpoint.settled);
  const ask = askFor(runtime, orgId);
  const parts = {
    clock,
    countEvents: createCountEvents(ask, runtime),
    readPages: createReadPages(ask, runtime),
    readHourlyCounts: (from: EpochMs, to: EpochMs) => readHourlyCounts(table, stream.name, from, to),
  };
  const { differences, leftOut, ...result } = await audit(
    countedWith(state.checkpoint, queryKey(stream.query)),
    stream.query,
    parts,
    deadline,
  );
  const off = differences.map(({ hour, ...counts }) => ({ hour: formatInstant(hour), ...counts }));
  const difference = eventsIn(differences);
  const measured = differences.filter(
    ({ hour, atJumpCloud, shipped }) => atJumpCloud > shipped || hour >= state.checkpoint.settled - FEWER_MEASURED_MS,
  );
  const waiting = await createQuarantine(table, runtime.compression).countWaiting(stream.name);
  // An audit that was cut short must not pass for one that found nothing.
  if (result.unchecked === 0 || measured.length > 0) metricsOf(runtime).audit(stream.name, eventsIn(measured), waiting);
  else metricsOf(runtime).quarantined(stream.name, waiting);
  const answer = {
    message: `Audit of ${stream.name}: ${verdictOn(result, off.length, difference)}`,
    stream: stream.name,
    ...result,
    waitingInQuarantine: waiting,
    differences: off,
    ...(leftOut.length > 0 && { leftOut: leftOut.map(formatInstant) }),
  };
  if (off.length > 0) log.error('audit', asFields(answer, answer.message));
  else if (result.unchecked > 0) log.warn('audit', asFields(answer, answer.message));
  else log.info('audit', asFields(answer, answer.message));
  return answer;
}

function eventsIn(differences: readonly HourDifference[]): number {
  return differences.reduce((sum, { atJumpCloud, shipped }) => sum + Math.abs(atJumpCloud - shipped), 0);
}

function verdictOn(
  { hours, unchecked }: { hours: number; unchecked: number },
  off: number,
  difference: number,
): string {
  const rest =
    unchecked === 0
      ? ''
      : ` Its time was over before ${plural(unchecked, 'more hour')} could be compared; the next audit tries them again.`;
  if (off > 0)
    return `${off} of ${hours} settled hours differ from JumpCloud's count, by ${plural(difference, 'event')}. To ship such an hour again invoke with its start_time and end_time.${rest}`;
  if (hours > 0) return `${unchecked > 0 ? '' : 'all '}${hours} settled hours hold what JumpCloud counts.${rest}`;
  if (unchecked > 0) return `nothing was compared.${rest}`;
  return 'there is nothing to compare: no hour of the last 14 days is settled and was counted once, with one filter, since the stream began.';
}
