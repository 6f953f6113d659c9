/** `{"check": true}`: which part is wrong, and what to do about it. */

import { peek } from '../state/dynamodb-store.ts';
import { alarmsReach } from './check/alarms.ts';
import { type CheckParts, check } from './check/check.ts';
import { type Finding, verdictOn } from './check/finding.ts';
import type { Context, Result } from './context.ts';
import { liveStream } from './live-stream.ts';
import { askFor, partsFor, type Runtime } from './runtime.ts';

/** Succeeds whatever it finds: a person asked, and no alarm is to ring. */
export async function checkStream({ runtime, orgId }: Context): Promise<Result> {
  const { config, clock, table, log } = runtime;
  const { name } = liveStream(config, orgId, clock.now());
  const inspection = inspect(runtime, orgId, {
    table: table.name,
    stream: name,
    hasSchedule: runtime.hasSchedule ?? true,
    settings: config.jumpcloud.settings,
    peek: () => peek(table, name),
  });
  const findings = await Array.fromAsync(inspection);
  if (runtime.alarms) findings.push(alarmsReach(runtime.alarms));
  const message = `Check of ${name}: ${verdictOn(findings)}`;
  log.info('check', { summary: message, findings });
  const ok = findings.every(({ outcome }) => outcome !== 'wrong');
  return { message, stream: name, ok, parts: findings.map(shown) };
}

/** The check with this runtime's parts, also for the local command. */
export function inspect(
  runtime: Runtime,
  orgId: string | undefined,
  state: CheckParts['state'],
): AsyncGenerator<Finding> {
  const { config, clock, random, jumpcloudSecret, logzioSecret, hashKeySecret, signal } = runtime;
  const { deliver, shape } = partsFor(runtime, orgId);
  return check({
    clock,
    random,
    jumpcloudSecret,
    logzioSecret,
    hashKeySecret,
    query: liveStream(config, orgId, clock.now()).query,
    ask: askFor(runtime, orgId),
    logzio: { deliver, random, shaped: shape, shape: config.output.shape, type: config.logzio.type },
    state,
    ...(signal && { signal }),
  });
}

/** One line a part, so that the console's JSON stays readable. */
function shown({ part, outcome, found }: Finding): string {
  return `${outcome === 'ok' ? 'ok' : outcome.toUpperCase()}: ${part}: ${found}`;
}
