/** A backfill as a Lambda durable function: each question is one operation of its history. */
import { type DurableContext, InvokeError, NestingType } from '@aws/durable-execution-sdk-js';
import type { Clock } from '../platform/outside.ts';
import { SECOND_MS } from '../platform/time.ts';
import { driveBackfill, type Engine } from './drive.ts';
import { type BackfillRequest, parseBackfillStart, type Totals } from './protocol.ts';

export interface BackfillFunctions {
  /** ARN or name of the function that ships. */
  readonly shipper: string;
  /** This function itself, with its qualifier. */
  readonly self: string;
  readonly clock: Pick<Clock, 'now'>;
}

/** Of Lambda's 3,000 operations an execution; the rest is room for questions beside the waves. */
const MOST_OPERATIONS = 2_400;

/** @throws InputError, BackfillFailedError: the execution then shows as failed */
export async function runBackfill(
  event: unknown,
  context: DurableContext,
  functions: BackfillFunctions,
  mostOperations = MOST_OPERATIONS,
): Promise<Totals> {
  // Kept from the first attempt: a later one may judge an instant in the future differently.
  const now = await context.step('started', async () => functions.clock.now());
  return await driveBackfill(durableEngine(context, functions, mostOperations), parseBackfillStart(event, now));
}

function durableEngine(context: DurableContext, { shipper, self }: BackfillFunctions, mostOperations: number): Engine {
  const ask = async (on: DurableContext, name: string, request: BackfillRequest): Promise<unknown> => {
    try {
      return await on.invoke<BackfillRequest, unknown>(name, shipper, request);
    } catch (error) {
      if (!(error instanceof InvokeError)) throw error;
      // It was killed, timed out or was throttled: what it had saved stands.
      return { failure: error.message };
    }
  };
  return {
    mostOperations,
    ask: (name, request) => ask(context, name, request),
    async askAll(name, requests, atOnce) {
      const wave = await context.map(
        name,
        [...requests],
        (lane, { name: slice, request }) => ask(lane, slice, request),
        // Without a context of its own for each slice: half the operations.
        { maxConcurrency: atOnce, nesting: NestingType.FLAT, itemNamer: ({ name: slice }) => slice },
      );
      return wave.all.map(({ result, error }) => result ?? { failure: error?.message ?? 'no answer' });
    },
    wait: (name, ms) => context.wait(name, { seconds: Math.ceil(ms / SECOND_MS) }),
    handOver: (start) => context.invoke('the rest', self, start),
  };
}
