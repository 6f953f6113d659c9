/** One invocation, from its input to its answer: of the schedule, a person or the local command. */
import { parseBackfillRequest } from '../backfill/protocol.ts';
import { deadlineAfter } from '../platform/deadline.ts';
import { obeyBackfill } from './backfill.ts';
import { chosenOrganizations, connect, type Invocation, type Result, type Runtime } from './context.ts';
import { parseInput } from './input.ts';
import { run } from './run.ts';
import { answerOf, StreamsFailedError } from './summary.ts';
import { findStream } from './take-over.ts';
import { watchNextStream } from './watch.ts';

export type Handler = (event: unknown, invocation: Invocation) => Promise<Result>;

/** Lambda's answer has at most 6 MB. An entry of a list is shorter than 600 bytes. */
const MOST_ENTRIES = 5_000;

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
  const { clock, config, log, signal } = runtime;
  const backfill = parseBackfillRequest(event, clock.now());
  if (backfill) return await obeyBackfill(runtime, backfill, invocation);
  const { command, findsStream, isScheduled, orgId: asked, warnings } = parseInput(event, clock.now());
  for (const warning of warnings) log.warn(warning, {});
  const organizations = chosenOrganizations(config, asked);
  const results: Result[] = [];
  const failures: Error[] = [];
  for (const [index, orgId] of organizations.entries()) {
    // Each gets its share of the time left, so that the first does not starve the last.
    const totalMs = invocation.getRemainingTimeInMillis() / (organizations.length - index);
    using deadline = deadlineAfter(clock, totalMs, signal);
    const mostEntries = Math.ceil(MOST_ENTRIES / organizations.length);
    try {
      const name = findsStream ? await findStream(runtime, orgId, deadline) : undefined;
      const context = { ...connect(runtime, orgId, name), deadline, totalMs, mostEntries };
      results.push(command ? await command(context) : await run(context, isScheduled));
      if (!command && organizations.length === 1) await watchNextStream(context);
    } catch (error) {
      if (!(error instanceof Error) || organizations.length === 1) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new StreamsFailedError(failures, results);
  return answerOf(results, warnings);
}
