/** The one SNS topic that all alarms speak to. */
import { Aws } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';

/**
 * @param email subscribed when given; AWS sends a mail that has to be confirmed first.
 * @param key without one the topic is left to SNS's own disk encryption: CloudWatch cannot publish through AWS's managed key for SNS.
 */
export function alarmTopic(scope: Construct, email: string | undefined, key: IKey | undefined): Topic {
  const topic = new Topic(scope, 'AlarmTopic', {
    displayName: 'JumpCloud to Logz.io',
    enforceSSL: true,
    ...(key === undefined ? {} : { masterKey: key }),
  });
  // A topic's first own statement replaces the default policy that let the account's alarms in.
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsOfThisAccount',
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: {
        StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
        ArnLike: { 'aws:SourceArn': `arn:${Aws.PARTITION}:cloudwatch:${Aws.REGION}:${Aws.ACCOUNT_ID}:alarm:*` },
      },
    }),
  );
  if (email !== undefined) topic.addSubscription(new EmailSubscription(email));
  return topic;
}
