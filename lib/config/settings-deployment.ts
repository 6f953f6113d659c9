/** The settings of the place it runs in: AWS account, alarms, network. */
import { origin } from './addresses.ts';
import { listOf, matching, parameterName, parameterNameExpected } from './kinds.ts';
import { setting } from './setting.ts';

export const deploymentSettings = {
  'state.table': setting({
    schema: matching(/^[A-Za-z0-9_.-]{3,255}$/),
    fallback: undefined,
    fallbackText: 'a table of its own',
    expected: 'the name of a DynamoDB table',
    meaning:
      'An existing table to take up again, checkpoints and all, for example the one that an earlier stack left behind.',
  }),
  'aws.kms_key_arn': setting({
    schema: matching(/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/),
    fallback: undefined,
    fallbackText: "AWS's own keys",
    expected: "a key's ARN, not an alias: arn:aws:kms:REGION:ACCOUNT:key/ID",
    meaning: 'A KMS key of your own: encrypts the tokens, the table, the logs and the alarm topic.',
  }),
  'alarms.email': setting({
    schema: matching(/^[^\s@]+@[^\s@]+\.[^\s@]+$/),
    fallback: undefined,
    fallbackText: 'nobody',
    expected: 'one e-mail address',
    meaning:
      'Who gets a mail when an alarm rings. AWS first sends this address a mail with a link; no alarm arrives before it is clicked.',
  }),
  'alarms.topic_arn': setting({
    schema: matching(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/),
    fallback: undefined,
    fallbackText: 'a topic of its own',
    expected: "the ARN of a standard SNS topic in the stack's region: arn:aws:sns:REGION:ACCOUNT:NAME",
    meaning:
      'An existing SNS topic for the alarms, for example one that Slack, Teams or PagerDuty already listen to: [how](operations.md#slack-teams-pagerduty).',
  }),
  'network.proxy': setting({
    schema: origin('they belong in the SSM parameter that network.proxy_credentials_parameter names'),
    fallback: undefined,
    expected: 'an address such as http://proxy.example.com:3128',
    meaning:
      'The proxy for the calls to JumpCloud and Logz.io. On a laptop `HTTPS_PROXY` and `NO_PROXY` count too, by the rules of curl, and go before it.',
  }),
  'network.proxy_credentials_parameter': setting({
    schema: parameterName,
    fallback: undefined,
    expected: parameterNameExpected,
    meaning: "The SSM SecureString that holds the proxy's `user:password`; the only place for them.",
  }),
  'network.vpc_id': setting({
    schema: matching(/^vpc-[0-9a-f]{8,17}$/),
    fallback: undefined,
    fallbackText: 'no VPC',
    expected: 'the id of a VPC: vpc-…',
    meaning: 'An existing VPC to run in, for people who need a fixed egress address. Needs `subnet_ids`.',
  }),
  'network.subnet_ids': setting({
    schema: listOf(matching(/^subnet-[0-9a-f]{8,17}$/)),
    fallback: [],
    expected: 'a list of ids of subnets: [subnet-…]',
    meaning: 'Private subnets of that VPC with a way out (NAT).',
  }),
  'network.security_group_ids': setting({
    schema: listOf(matching(/^sg-[0-9a-f]{8,17}$/)),
    fallback: [],
    expected: 'a list of ids of security groups: [sg-…]',
    meaning: 'Security groups of that VPC that allow https to the outside.',
  }),
};
