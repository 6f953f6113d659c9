/** One invocation, from its input to its summary: what the schedule, the console's Test button and the local runner call. */

import { parseBackfillRequest } from '../backfill/input.ts';
import { type Deadline, deadlineAfter } from '../platform/deadline.ts';
import { RunFailedError, ship } from '../ship/ship.ts';
import { readMarks } from '../state/dynamodb-store.ts';
import { answerRoom } from './answer-room.ts';
import { obeyBackfill } from './backfill-work.ts';
import { checkStream } from './check-command.ts';
import { type Input, parseInput } from './input.ts';
import type { Invocation, Result } from './invocation.ts';
import { auditStream, dryRun, replay, rewindStream, shipWindow } from './levers.ts';
import { liveStream, liveStreamName, organizationsOf } from './live-stream.ts';
import { chosenOrganizations } from './organizations.ts';
import { listQuarantine } from './quarantine-list.ts';
import { metricsOf, partsFor, type Runtime } from './runtime.ts';
import { asFields, summarize } from './summary.ts';

export type Handler = (event: unknown, invocation: Invocation) => Promise<Result>;

/** A lease outlives its run by this much, so that it cannot lapse while the last save is under way. */
const LEASE_MARGIN_MS = 5_000;

/** Some of the streams failed; the others did their work. */
export class StreamsFailedError extends Error {
  override readonly name = 'StreamsFailedError';

  constructor(failures: readonly Error[], results: readonly Result[]) {
    const streams = failures.length + results.length;
    const told = [...failures.map(({ message }) => message), ...results.map(named)].join(' | ');
    super(`${failures.length} of ${streams} streams failed: ${told}`, { cause: failures[0] });
  }
}

/** @returns a handler that rejects with InputError, RunFailedError or StreamsFailedError, none of which carries a token */
export function createHandler(runtime: Runtime): Handler {
  return async (event, invocation) => {
    try {
      return await invoke(runtime, event, invocation);
    } finally {
      runtime.disconnect?.();
    }
  };
}

async function invoke(runtime: Runtime, event: unknown, invocation: Invocation): Promise<Result> {
  const backfill = parseBackfillRequest(event, runtime.clock.now());
  if (backfill) return await obeyBackfill(runtime, backfill, invocation);
  const input = parseInput(event, runtime.clock.now());
  for (const warning of input.warnings) runtime.log.warn(warning, {});
  const organizations = chosenOrganizations(runtime.config, input.orgId);
  const results: Result[] = [];
  const failures: Error[] = [];
  for (const [index, orgId] of organizations.entries()) {
    // Each in turn gets its share of what is left, so that the last one is not starved by the first.
    const share = invocation.getRemainingTimeInMillis() / (organizations.length - index);
    using deadline = deadlineAfter(runtime.clock, share, runtime.signal);
    try {
      results.push(await obey(runtime, input, orgId, deadline, share, answerRoom(organizations.length)));
      if (input.command.kind === 'run' && organizations.length === 1) await watchNextStream(runtime, orgId);
    } catch (error) {
      if (!(error instanceof Error) || organizations.length === 1) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new StreamsFailedError(failures, results);
  return withWarnings(results, input.warnings);
}

function obey(
  runtime: Runtime,
  { command }: Input,
  orgId: string | undefined,
  deadline: Deadline,
  totalMs: number,
  roomBytes: number,
): Promise<Result> {
  switch (command.kind) {
    case 'run':
      return run(runtime, orgId, deadline, totalMs);
    case 'dry run':
      return dryRun(runtime, orgId, command.window, deadline);
    case 'ship window':
      return shipWindow(runtime, orgId, command.window, deadline);
    case 'rewind':
      return rewindStream(runtime, orgId, command.to, deadline);
    case 'list quarantine':
      return listQuarantine(runtime, orgId, command.before, roomBytes);
    case 'replay quarantine':
      return replay(runtime, orgId, command.ids, deadline, roomBytes);
    case 'audit':
      return auditStream(runtime, orgId, deadline);
    case 'check':
      return checkStream(runtime, orgId);
  }
}

async function run(runtime: Runtime, orgId: string | undefined, deadline: Deadline, totalMs: number): Promise<Result> {
  const { clock, config, log } = runtime;
  const stream = liveStream(config, orgId, clock.now());
  try {
    const report = await ship(stream, partsFor(runtime, orgId), {
      deadline,
      leaseMs: runtime.leaseMs ?? totalMs + LEASE_MARGIN_MS,
    });
    const summary = summarize(report, clock.now());
    log.info('run', asFields(summary, summary.message));
    metricsOf(runtime).run(report, clock.now());
    runtime.onRun?.(report);
    return { ...summary };
  } catch (error) {
    if (error instanceof RunFailedError) {
      log.error('run', asFields(summarize(error.report, clock.now()), error.message));
      metricsOf(runtime).run(error.report, clock.now());
      runtime.onRun?.(error.report);
    }
    throw error;
  }
}

/**
 * Looks whether the next organization's stream still moves: several share their alarms, and a schedule that somebody
 * disabled would go unnoticed behind the others.
 */
async function watchNextStream(runtime: Runtime, orgId: string | undefined): Promise<void> {
  const all = organizationsOf(runtime.config);
  const next = all[(all.indexOf(orgId) + 1) % all.length];
  if (next === orgId) return;
  const stream = liveStreamName(next);
  const marks = await readMarks(runtime.table, stream);
  // Without a checkpoint it was added a moment ago.
  if (marks) metricsOf(runtime).otherStream(stream, marks.watermark, runtime.clock.now());
}

function withWarnings(results: readonly Result[], warnings: readonly string[]): Result {
  const noted = warnings.length > 0 ? { warnings } : {};
  const [only] = results;
  if (only && results.length === 1) return { ...only, ...noted };
  const streams = { message: results.map(named).join(' '), streams: results };
  return { ...streams, ...noted };
}

/** Among several streams' answers: each with its stream. */
function named({ stream, message }: Result): string {
  return typeof stream === 'string' && !message.includes(stream) ? `${stream}: ${message}` : message;
}
