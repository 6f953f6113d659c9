/** `{"check": true}`: tests each part that events pass through; one fault hides no other. */
import type { Config } from '../config/config.ts';
import { type Deadline, deadlineAfter } from '../platform/deadline.ts';
import type { Secret } from '../platform/secrets.ts';
import {
  checkJumpcloud,
  checkLogzio,
  checkState,
  type Finding,
  notTested,
  ok,
  verdictOn,
  wrong,
} from './check-parts.ts';
import { type Context, connect, type Result, type Runtime } from './context.ts';

const ALARMS = 'alarms reach somebody';
/** A person is waiting; a side that has not answered by then is not well. */
const MOST_A_SIDE_MS = 20_000;

/** Succeeds whatever it finds: a person asked, and no alarm is to ring. */
export async function checkStream({ runtime, orgId, stream: { name } }: Context): Promise<Result> {
  const findings = await Array.fromAsync(check(runtime, orgId));
  if (runtime.alarms) findings.push(alarmsReach(runtime.alarms));
  const message = `Check of ${name}: ${verdictOn(findings)}`;
  runtime.log.info('check', { summary: message, findings });
  const isOk = findings.every(({ outcome }) => outcome !== 'wrong');
  return { message, stream: name, ok: isOk, parts: findings.map(shown) };
}

/**
 * The check, also for the local command. Changes nothing but for one marked log in Logz.io.
 * @param noTable why there is no table to look at, if there is none
 * @yields a finding for each part as soon as it is known, in the order of an event's way
 */
export async function* check(runtime: Runtime, orgId: string | undefined, noTable?: string): AsyncGenerator<Finding> {
  const { jumpcloudSecret, logzioSecret, hashKeySecret } = runtime;
  const organization = connect(runtime, orgId);
  const credential = await readSecret('JumpCloud credential is readable', jumpcloudSecret);
  yield credential;
  const token = await readSecret('Logz.io token is readable', logzioSecret);
  yield token;
  if (hashKeySecret) yield await readSecret('key of the hashes is readable', hashKeySecret);
  if (credential.outcome !== 'ok') yield notTested('JumpCloud', 'first repair the JumpCloud credential');
  else yield* await within(runtime, (deadline) => checkJumpcloud(organization, deadline));
  if (token.outcome !== 'ok') yield notTested('Logz.io', 'first repair the Logz.io token');
  else yield await within(runtime, (deadline) => checkLogzio(organization, deadline));
  if (noTable !== undefined) yield notTested('table, arrival of events, schedule', noTable);
  else yield* await checkState(organization);
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

/** Who gets the alarms, and how to see that they do: the function may not ask SNS. */
function alarmsReach({ email, topicArn }: Config['alarms']): Finding {
  if (email !== undefined)
    return notTested(
      ALARMS,
      `${email} gets no alarm before the link in AWS's mail is clicked. To see whether it was: SNS console, Subscriptions, status Confirmed. No mail: choose "Request confirmation" there`,
    );
  const found =
    topicArn === undefined
      ? 'no alarm reaches anybody: set alarms.email or alarms.topic_arn, and deploy. If somebody subscribed by hand: SNS console, Topics, Subscriptions'
      : `alarms go to ${topicArn}. To see who listens: SNS console, Topics, this one, Subscriptions`;
  return notTested(ALARMS, found);
}

/** One line a part, so that the console's JSON stays readable. */
function shown({ part, outcome, found }: Finding): string {
  return `${outcome === 'ok' ? 'ok' : outcome.toUpperCase()}: ${part}: ${found}`;
}
