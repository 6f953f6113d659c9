/** The one SNS topic that all alarms publish to. */
import { Aws, Token } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { DeployedConfig } from '../lib/config/config.ts';
import { either, onlyIf, whenEmpty, whenGiven } from './optional.ts';

/**
 * @param alarms `topicArn` names an existing topic, whose policy stays as it is; `email` is
 * subscribed to either.
 * @param key without one the topic is left to SNS's own disk encryption: CloudWatch cannot publish
 * through AWS's managed key for SNS.
 */
export function alarmTopic(
  scope: Construct,
  { email, topicArn }: DeployedConfig['alarms'],
  key: IKey | undefined,
): ITopic {
  const topic = topicOf(scope, topicArn, key);
  if (email === undefined) return topic;
  const subscription = topic.addSubscription(new EmailSubscription(email));
  if (Token.isUnresolved(email)) onlyIf(whenGiven(scope, 'HasEmail', email), subscription);
  return topic;
}

function topicOf(scope: Construct, existing: string | undefined, key: IKey | undefined): ITopic {
  if (existing === undefined) return ownTopic(scope, key);
  if (!Token.isUnresolved(existing)) return Topic.fromTopicArn(scope, 'AlarmTopic', existing);
  const own = ownTopic(scope, key);
  const isOwn = whenEmpty(scope, 'OwnTopic', existing);
  onlyIf(isOwn, own);
  return Topic.fromTopicArn(scope, 'TopicInUse', either(isOwn, own.topicArn, existing));
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
