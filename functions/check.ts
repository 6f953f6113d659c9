/** `{"check": true}`: which part is wrong, and what to do about it. */

import { type Finding, verdictOn } from '../lib/check/finding.ts';
import { check } from '../lib/check.ts';
import { peek } from '../lib/dynamodb-store.ts';
import { liveStream } from '../lib/live-stream.ts';
import type { Result } from './handler.ts';
import { askFor, partsFor, type Runtime } from './runtime.ts';

/** Succeeds whatever it finds: a person asked, and no alarm is to ring. */
export async function checkStream(runtime: Runtime, orgId: string | undefined): Promise<Result> {
  const { config, clock, dynamodb, table, log, signal } = runtime;
  const stream = liveStream(config, orgId, clock.now());
  const { deliver, shape } = partsFor(runtime, orgId);
  const findings = await check({
    clock,
    jumpcloudSecret: runtime.jumpcloudSecret,
    logzioSecret: runtime.logzioSecret,
    query: stream.query,
    ask: askFor(runtime, orgId),
    logzio: { deliver, toLine: shape, shape: config.output.shape, type: config.logzio.type },
    state: {
      table,
      stream: stream.name,
      timeIntervalMinutes: config.jumpcloud.settings.timeIntervalMinutes,
      peek: () => peek(dynamodb, table, stream.name),
    },
    ...(signal && { signal }),
  });
  const message = `Check of ${stream.name}: ${verdictOn(findings)}`;
  log.info('check', { summary: message, findings });
  return { message, stream: stream.name, parts: findings.map(shown) };
}

/** One line a part, so that the console's JSON stays readable. */
function shown({ part, outcome, found }: Finding): string {
  return `${outcome === 'ok' ? 'ok' : outcome.toUpperCase()}: ${part}: ${found}`;
}
