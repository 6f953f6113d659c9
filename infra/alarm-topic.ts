/** The one SNS topic that all alarms publish to. */
import { Aws } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { DeployedConfig } from '../lib/config/config.ts';

/**
 * @param alarms `topicArn` names an existing topic, whose policy stays as it is; `email` is subscribed to either.
 * @param key without one the topic is left to SNS's own disk encryption: CloudWatch cannot publish through AWS's managed
 *   key for SNS.
 */
export function alarmTopic(
  scope: Construct,
  { email, topicArn }: DeployedConfig['alarms'],
  key: IKey | undefined,
): ITopic {
  const topic = topicArn === undefined ? ownTopic(scope, key) : Topic.fromTopicArn(scope, 'AlarmTopic', topicArn);
  if (email !== undefined) topic.addSubscription(new EmailSubscription(email));
  return topic;
}

function ownTopic(scope: Construct, key: IKey | undefined): Topic {
  const topic = new Topic(scope, 'AlarmTopic', {
    displayName: 'JumpCloud to Logz.io',
    enforceSSL: true,
    ...(key === undefined ? {} : { masterKey: key }),
  });
  // A topic's first statement replaces the default policy, which let in the account's alarms.
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
  return topic;
}
