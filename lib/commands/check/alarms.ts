/** Who hears the alarms, and how to see that they do: the function may not ask SNS. */
import type { Config } from '../../config/config.ts';
import { type Finding, notTested } from './finding.ts';

const PART = 'alarms reach somebody';

export function alarmsReach({ email, topicArn }: Config['alarms']): Finding {
  if (email !== undefined) {
    return notTested(
      PART,
      `${email} hears no alarm before the link in AWS's mail is clicked. To see whether it was: SNS console, Subscriptions, status Confirmed. No mail: choose "Request confirmation" there`,
    );
  }
  if (topicArn !== undefined) {
    return notTested(
      PART,
      `alarms go to ${topicArn}. To see who listens: SNS console, Topics, this one, Subscriptions`,
    );
  }
  return notTested(
    PART,
    'no alarm reaches anybody: set alarms.email or alarms.topic_arn, and deploy. If somebody subscribed by hand: SNS console, Topics, Subscriptions',
  );
}
