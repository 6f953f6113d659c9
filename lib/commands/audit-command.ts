/** `{"audit": true}`, once a day: reports where JumpCloud's counts and ours differ. */
import { queryKey } from '../jumpcloud/query.ts';
import { plural } from '../platform/messages.ts';
import { type EpochMs, formatInstant, HOUR_MS } from '../platform/time.ts';
import { countedWith } from '../ship/checkpoint.ts';
import { peek } from '../state/dynamodb-store.ts';
import { deleteSpent } from '../state/fingerprints.ts';
import { readHourlyCounts } from '../state/hourly-counts.ts';
import { type AuditResult, audit, type HourDifference } from './audit.ts';
import type { Context, Result } from './context.ts';
import { asFields } from './summary.ts';

/**
 * For how long an hour of which JumpCloud has fewer events than were shipped is measured. Nothing
 * can be done about it, and an alarm that it kept ringing could not ring for a hole. A day, and a
 * few hours more for an audit that is late.
 */
const FEWER_MEASURED_MS = 30 * HOUR_MS;

export async function auditStream({ runtime, stream, parts, metrics, ...context }: Context): Promise<Result> {
  const { table, log } = runtime;
  const { name, query } = stream;
  const state = await peek(table, name);
  if (!state) return { message: `${name} has no checkpoint yet: there is nothing to audit.` };
  const { checkpoint } = state;
  await deleteSpent(table, name, checkpoint.settled);
  const readCounts = (from: EpochMs, to: EpochMs) => readHourlyCounts(table, name, from, to);
  const audited = await audit(
    countedWith(checkpoint, queryKey(query)),
    query,
    { ...parts, countEvents: context.countEvents, readHourlyCounts: readCounts },
    context.deadline,
  );
  const { differences, leftOut, ...result } = audited;
  const measured = differences.filter(
    ({ hour, atJumpCloud, shipped }) => atJumpCloud > shipped || hour >= checkpoint.settled - FEWER_MEASURED_MS,
  );
  const waitingInQuarantine = await parts.quarantine.countWaiting(name);
  // An audit that was cut short must not pass for one that found nothing.
  if (result.unchecked === 0 || measured.length > 0) metrics.audit(name, eventsIn(measured), waitingInQuarantine);
  else metrics.quarantined(name, waitingInQuarantine);
  const answer = {
    message: `Audit of ${name}: ${verdictOn(audited)}`,
    stream: name,
    ...result,
    waitingInQuarantine,
    differences: differences.map(({ hour, ...counts }) => ({ hour: formatInstant(hour), ...counts })),
    ...(leftOut.length > 0 && { leftOut: leftOut.map(formatInstant) }),
  };
  log[differences.length > 0 ? 'error' : result.unchecked > 0 ? 'warn' : 'info']('audit', asFields(answer));
  return answer;
}

function eventsIn(differences: readonly HourDifference[]): number {
  return differences.reduce((sum, { atJumpCloud, shipped }) => sum + Math.abs(atJumpCloud - shipped), 0);
}

function verdictOn({ hours, unchecked, differences }: AuditResult): string {
  const untried = ` Time ran out before ${plural(unchecked, 'more hour')} could be compared. The next audit tries them.`;
  const rest = unchecked === 0 ? '' : untried;
  if (differences.length > 0)
    return `${differences.length} of ${hours} hours differ from JumpCloud's count, by ${plural(eventsIn(differences), 'event')}. To ship such an hour again, give the function its start_time and end_time.${rest}`;
  if (hours > 0)
    return `${unchecked > 0 ? '' : 'all '}${hours} hours have the same number of events as JumpCloud.${rest}`;
  if (unchecked > 0) return `nothing was compared.${rest}`;
  return 'no hour of the last 14 days can be compared yet. Try again tomorrow.';
}
