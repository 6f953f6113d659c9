/** A backfill in the account: started, and watched until it ends or the watcher goes. */

import {
  GetDurableExecutionCommand,
  InvocationType,
  InvokeCommand,
  type LambdaClient,
  ListDurableExecutionsByFunctionCommand,
} from '@aws-sdk/client-lambda';
import { addTotals, type BackfillStart, type Failure, NO_TOTALS, type Totals } from '../lib/backfill/protocol.ts';
import type { Clock } from '../lib/platform/outside.ts';
import type { BackfillScreen } from './backfill-screen.ts';
import { CloudError, invoke, outputsOfShipper } from './stack.ts';

const LOOK_EVERY_MS = 5_000;

export interface Functions {
  readonly shipper: string;
  readonly backfill: string;
}

export interface Cloud {
  readonly lambda: LambdaClient;
  readonly clock: Clock;
}

/** @throws CloudError */
export async function findFunctions(stack: string): Promise<Functions> {
  const { FunctionName: shipper, BackfillFunction: backfill } = await outputsOfShipper(stack);
  if (backfill) return { shipper, backfill };
  throw new CloudError(
    `The stack ${stack} has no function for backfills: deploy it again with "npx cdk deploy",\nor run the backfill from here with --local.`,
  );
}

export interface Execution {
  /** Short enough to type; what `--watch` takes. */
  readonly name: string;
  readonly arn: string;
}

/** @throws CloudError */
export async function startBackfill(
  { lambda, clock }: Cloud,
  { backfill }: Functions,
  start: BackfillStart,
): Promise<Execution> {
  const name = `backfill-${new Date(clock.now()).toISOString().slice(0, 19).replaceAll(':', '-')}`;
  const { DurableExecutionArn: arn } = await lambda.send(
    new InvokeCommand({
      FunctionName: backfill,
      InvocationType: InvocationType.Event,
      DurableExecutionName: name,
      Payload: JSON.stringify(start),
    }),
  );
  if (arn) return { name, arn };
  throw new CloudError(`${backfill} was invoked, but runs no durable execution: deploy the stack again.`);
}

/** @param id a name, or an ARN as the console shows it. @throws CloudError */
export async function findExecution({ lambda }: Cloud, { backfill }: Functions, id: string): Promise<Execution> {
  if (id.startsWith('arn:')) return { name: id, arn: id };
  const list = async (input: { DurableExecutionName: string } | { ReverseOrder: true; MaxItems: number }) =>
    await lambda.send(new ListDurableExecutionsByFunctionCommand({ FunctionName: backfill, ...input }));
  const { DurableExecutions: [found] = [] } = await list({ DurableExecutionName: id });
  if (found?.DurableExecutionArn) return { name: id, arn: found.DurableExecutionArn };
  const { DurableExecutions: latest = [] } = await list({ ReverseOrder: true, MaxItems: MOST_NAMED });
  const names = latest.map(({ DurableExecutionName }) => DurableExecutionName).join(', ');
  throw new CloudError(
    `${backfill} has run no backfill with the name ${id} in the last 30 days. ` +
      (names === '' ? 'It has run none at all; start one with --from.' : `The latest that it ran: ${names}.`),
  );
}

const MOST_NAMED = 5;

/**
 * @returns its totals once it has ended.
 * @throws CloudError when it failed or was stopped; whatever `signal` says when that ends
 * the watching
 */
export async function watchBackfill(
  cloud: Cloud,
  functions: Functions,
  { arn }: Execution,
  { screen, signal }: { readonly screen: BackfillScreen; readonly signal: AbortSignal },
): Promise<Totals> {
  for (;;) {
    const {
      Status,
      InputPayload,
      Result,
      Error: failure,
    } = await cloud.lambda.send(new GetDurableExecutionCommand({ DurableExecutionArn: arn }), {
      abortSignal: signal,
    });
    if (Status === 'SUCCEEDED') return JSON.parse(Result ?? '{}');
    if (Status !== 'RUNNING') {
      throw new CloudError(`The backfill is ${Status?.toLowerCase()}. ${failure?.ErrorMessage ?? ''}`.trim());
    }
    if (InputPayload) screen.show(await status(cloud, functions, JSON.parse(InputPayload), signal));
    await cloud.clock.sleep(LOOK_EVERY_MS, signal);
  }
}

async function status(
  { lambda }: Cloud,
  { shipper }: Functions,
  { start_time, end_time, org_id }: BackfillStart,
  signal: AbortSignal,
): Promise<Totals> {
  let totals: Totals = NO_TOTALS;
  let after: string | undefined;
  do {
    const command = { backfill: 'status', start_time, end_time, org_id, after };
    const part = (await invoke(lambda, shipper, command, signal)) as Totals | Failure;
    // The backfill itself says what is wrong, if it is.
    if ('failure' in part || !('slices' in part)) return totals;
    totals = addTotals(totals, part);
    after = part.after;
  } while (after !== undefined);
  return totals;
}
