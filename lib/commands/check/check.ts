/** `{"check": true}`: tests each part that events pass through; one fault hides no other. */
import type { Config } from '../../config/config.ts';
import { type Deadline, deadlineAfter } from '../../platform/deadline.ts';
import type { Secret } from '../../platform/secrets.ts';
import { peek } from '../../state/dynamodb-store.ts';
import type { Context, Result } from '../context.ts';
import { liveStream } from '../live-stream.ts';
import { askFor, partsFor, type Runtime } from '../runtime.ts';
import { type Finding, notTested, ok, verdictOn, wrong } from './finding.ts';
import { checkJumpcloud } from './jumpcloud.ts';
import { checkLogzio } from './logzio.ts';
import { checkState, type StateToCheck, stateUnknown } from './state.ts';

const ALARMS = 'alarms reach somebody';
/** A person is waiting; a side that has not answered by then is not well. */
const MOST_A_SIDE_MS = 20_000;

/** Succeeds whatever it finds: a person asked, and no alarm is to ring. */
export async function checkStream({ runtime, orgId }: Context): Promise<Result> {
  const { config, clock, table, log } = runtime;
  const { name } = liveStream(config, orgId, clock.now());
  const state = {
    table: table.name,
    stream: name,
    hasSchedule: runtime.hasSchedule ?? true,
    settings: config.jumpcloud.settings,
    peek: () => peek(table, name),
  };
  const findings = await Array.fromAsync(check(runtime, orgId, state));
  if (runtime.alarms) findings.push(alarmsReach(runtime.alarms));
  const message = `Check of ${name}: ${verdictOn(findings)}`;
  log.info('check', { summary: message, findings });
  const isOk = findings.every(({ outcome }) => outcome !== 'wrong');
  return { message, stream: name, ok: isOk, parts: findings.map(shown) };
}

/** What is known of the stream, or why there is nothing to look at. */
export type KnownState = StateToCheck | { readonly unknown: string };

/**
 * The check, also for the local command. Changes nothing but for one marked log in Logz.io.
 * @yields a finding for each part as soon as it is known, in the order of an event's way
 */
export async function* check(runtime: Runtime, orgId: string | undefined, state: KnownState): AsyncGenerator<Finding> {
  const { clock, config, random, jumpcloudSecret, logzioSecret, hashKeySecret } = runtime;
  const { deliver, shape } = partsFor(runtime, orgId);
  const { query } = liveStream(config, orgId, clock.now());
  const ask = askFor(runtime, orgId);
  const credential = await readSecret('JumpCloud credential is readable', jumpcloudSecret);
  yield credential;
  const token = await readSecret('Logz.io token is readable', logzioSecret);
  yield token;
  if (hashKeySecret) yield await readSecret('key of the hashes is readable', hashKeySecret);
  if (credential.outcome !== 'ok') yield notTested('JumpCloud', 'its credential comes first');
  else yield* await within(runtime, (deadline) => checkJumpcloud(query, ask, runtime, deadline));
  const marked = { deliver, random, shaped: shape, shape: config.output.shape, type: config.logzio.type };
  if (token.outcome !== 'ok') yield notTested('Logz.io', 'its token comes first');
  else yield await within(runtime, (deadline) => checkLogzio(marked, clock.now(), deadline));
  if ('unknown' in state) yield stateUnknown(state.unknown);
  else yield* await checkState(state, clock.now());
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

async function within<T>({ clock, signal }: Runtime, act: (deadline: Deadline) => Promise<T>): Promise<T> {
  using deadline = deadlineAfter(clock, MOST_A_SIDE_MS, signal);
  return await act(deadline);
}

/** Who hears the alarms, and how to see that they do: the function may not ask SNS. */
function alarmsReach({ email, topicArn }: Config['alarms']): Finding {
  if (email !== undefined) {
    return notTested(
      ALARMS,
      `${email} gets no alarm before the link in AWS's mail is clicked. To see whether it was: SNS console, Subscriptions, status Confirmed. No mail: choose "Request confirmation" there`,
    );
  }
  if (topicArn !== undefined) {
    return notTested(
      ALARMS,
      `alarms go to ${topicArn}. To see who listens: SNS console, Topics, this one, Subscriptions`,
    );
  }
  return notTested(
    ALARMS,
    'no alarm reaches anybody: set alarms.email or alarms.topic_arn, and deploy. If somebody subscribed by hand: SNS console, Topics, Subscriptions',
  );
}

/** One line a part, so that the console's JSON stays readable. */
function shown({ part, outcome, found }: Finding): string {
  return `${outcome === 'ok' ? 'ok' : outcome.toUpperCase()}: ${part}: ${found}`;
}
