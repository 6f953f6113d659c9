/** Tests each part that events pass through; one that fails hides none of the others. */

import type { Ask } from '../../jumpcloud/client.ts';
import type { Query } from '../../jumpcloud/query.ts';
import { type Deadline, deadlineAfter } from '../../platform/deadline.ts';
import type { Timing } from '../../platform/outside.ts';
import type { Secret } from '../../platform/secrets.ts';
import { type Finding, notTested, ok, wrong } from './finding.ts';
import { checkJumpcloud } from './jumpcloud.ts';
import { checkLogzio, type MarkedLogOptions } from './logzio.ts';
import { checkState, type StateToCheck, stateUnknown } from './state.ts';

export interface CheckParts extends Timing {
  readonly jumpcloudSecret: Secret;
  readonly logzioSecret: Secret;
  readonly hashKeySecret: Secret | undefined;
  readonly query: Query;
  readonly ask: Ask;
  readonly logzio: MarkedLogOptions;
  /** Or why there is none to look at. */
  readonly state: StateToCheck | { readonly unknown: string };
  /** Ends the check early. */
  readonly signal?: AbortSignal;
}

/** A person is waiting; a side that has not answered by then is not well. */
const MOST_A_SIDE_MS = 20_000;

/**
 * Changes nothing but for one marked log in Logz.io.
 * @yields a finding for each part as soon as it is known, in the order of an event's way
 */
export async function* check(parts: CheckParts): AsyncGenerator<Finding> {
  const { clock, jumpcloudSecret, logzioSecret } = parts;
  const credential = await readSecret('JumpCloud credential is readable', jumpcloudSecret);
  yield credential;
  const token = await readSecret('Logz.io token is readable', logzioSecret);
  yield token;
  if (parts.hashKeySecret) yield await readSecret('key of the hashes is readable', parts.hashKeySecret);
  if (credential.outcome !== 'ok') yield notTested('JumpCloud', 'its credential comes first');
  else yield* await within(parts, (deadline) => checkJumpcloud(parts.query, parts.ask, parts, deadline));
  if (token.outcome !== 'ok') yield notTested('Logz.io', 'its token comes first');
  else yield await within(parts, (deadline) => checkLogzio(parts.logzio, clock.now(), deadline));
  if ('unknown' in parts.state) yield stateUnknown(parts.state.unknown);
  else yield* await checkState(parts.state, clock.now());
}

async function readSecret(part: string, secret: Secret): Promise<Finding> {
  try {
    // What is in memory may be older than what SSM would say now.
    secret.forget();
    await secret.read();
    return ok(part, secret.name);
  } catch (error) {
    return wrong(part, error);
  }
}

async function within<T>({ clock, signal }: CheckParts, act: (deadline: Deadline) => Promise<T>): Promise<T> {
  using deadline = deadlineAfter(clock, MOST_A_SIDE_MS, signal);
  return await act(deadline);
}
