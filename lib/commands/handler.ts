/** One invocation, from its input to its answer: of the schedule, a person or the local command. */

import { parseBackfillRequest } from '../backfill/input.ts';
import { deadlineAfter } from '../platform/deadline.ts';
import { answerOf, answerRoom, StreamsFailedError } from './answer.ts';
import { auditStream } from './audit-command.ts';
import { obeyBackfill } from './backfill-work.ts';
import { checkStream } from './check/check.ts';
import type { Context, Invocation, Result } from './context.ts';
import { dryRun } from './dry-run.ts';
import { type Command, parseInput } from './input.ts';
import { chosenOrganizations } from './live-stream.ts';
import { listQuarantine } from './quarantine-list.ts';
import { replay } from './replay.ts';
import { rewindStream } from './rewind.ts';
import { run, watchNextStream } from './run.ts';
import type { Runtime } from './runtime.ts';
import { shipWindow } from './ship-window.ts';
import { skipStream } from './skip.ts';
import { takeOverByHand } from './take-over.ts';

export type Handler = (event: unknown, invocation: Invocation) => Promise<Result>;

/** @returns a handler that rejects with errors that carry no token */
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
  const roomBytes = answerRoom(organizations.length);
  const results: Result[] = [];
  const failures: Error[] = [];
  for (const [index, orgId] of organizations.entries()) {
    // Each gets its share of the time left, so that the first does not starve the last.
    const share = invocation.getRemainingTimeInMillis() / (organizations.length - index);
    using deadline = deadlineAfter(runtime.clock, share, runtime.signal);
    try {
      const context = { runtime, orgId, deadline, totalMs: share, roomBytes };
      results.push(await obey(context, input.command));
      if (input.command.kind === 'run' && organizations.length === 1) await watchNextStream(context);
    } catch (error) {
      if (!(error instanceof Error) || organizations.length === 1) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new StreamsFailedError(failures, results);
  return answerOf(results, input.warnings);
}

function obey(context: Context, command: Command): Promise<Result> {
  switch (command.kind) {
    case 'run':
      return run(context, command.isScheduled);
    case 'dry run':
      return dryRun(context, command.window);
    case 'ship window':
      return shipWindow(context, command.window);
    case 'rewind':
      return rewindStream(context, command.to);
    case 'skip':
      return skipStream(context, command.skip);
    case 'take over':
      return takeOverByHand(context, command.before);
    case 'list quarantine':
      return listQuarantine(context, command.before);
    case 'replay quarantine':
      return replay(context, command.ids);
    case 'audit':
      return auditStream(context);
    case 'check':
      return checkStream(context);
  }
}
