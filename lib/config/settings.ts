/** Every key of `config.yaml`: the one table for checking, reference and example. */
import { origin } from './addresses.ts';
import { list, matching, parameter, type Setting, text, type Value } from './setting.ts';
import { logzioSettings, outputSettings } from './settings-sink.ts';
import { sourceSettings } from './settings-source.ts';

/** The place it runs in: AWS account, alarms, network. */
const deploymentSettings = {
  'state.table': {
    ...text(/^[A-Za-z0-9_.-]{3,255}$/, 'the name of a DynamoDB table'),
    fallbackText: 'a table of its own',
    meaning: 'An existing table to use again, with its checkpoints, such as the one that an earlier stack left behind.',
  },
  'aws.kms_key_arn': {
    schema: matching(/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/),
    expected: "a key's ARN, not an alias: arn:aws:kms:REGION:ACCOUNT:key/ID",
    fallbackText: "AWS's own keys",
    meaning: 'A KMS key of your own: encrypts the tokens, the table, the logs and the alarm topic.',
  },
  'alarms.email': {
    ...text(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'one e-mail address'),
    fallbackText: 'nobody',
    meaning:
      'Who gets a mail when an alarm rings. AWS first sends this address a mail with a link; no alarm arrives before it is clicked.',
  },
  'alarms.topic_arn': {
    schema: matching(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/),
    expected: "the ARN of a standard SNS topic in the stack's region: arn:aws:sns:REGION:ACCOUNT:NAME",
    fallbackText: 'a topic of its own',
    meaning:
      'An existing SNS topic for the alarms, for example one that Slack, Teams or PagerDuty already listen to: [how](operations.md#slack-teams-pagerduty).',
  },
  'network.proxy': {
    schema: origin('they belong in the SSM parameter that network.proxy_credentials_parameter names'),
    expected: 'an address such as http://proxy.example.com:3128',
    meaning:
      'The proxy for the calls to JumpCloud and Logz.io. On a laptop `HTTPS_PROXY` and `NO_PROXY` count too, as in curl, and override it.',
  },
  'network.proxy_credentials_parameter': {
    ...parameter,
    meaning: "The SSM SecureString that holds the proxy's `user:password`; the only place for them.",
  },
  'network.vpc_id': {
    ...text(/^vpc-[0-9a-f]{8,17}$/, 'the id of a VPC: vpc-…'),
    fallbackText: 'no VPC',
    meaning: 'An existing VPC to run in, for people who need a fixed egress address. Needs `subnet_ids`.',
  },
  'network.subnet_ids': {
    ...list(matching(/^subnet-[0-9a-f]{8,17}$/), 'a list of ids of subnets: [subnet-…]'),
    meaning: 'Private subnets of that VPC with a way out (NAT).',
  },
  'network.security_group_ids': {
    ...list(matching(/^sg-[0-9a-f]{8,17}$/), 'a list of ids of security groups: [sg-…]'),
    meaning: 'Security groups of that VPC that allow https to the outside.',
  },
} satisfies Record<string, Setting>;

/** In the order a reader wants: where to, where from, what it looks like, where it runs. */
export const settingsByPath = { ...logzioSettings, ...sourceSettings, ...outputSettings, ...deploymentSettings };

export type SettingPath = keyof typeof settingsByPath;
export type Values = { [P in SettingPath]: Value<(typeof settingsByPath)[P]> };

export const settings = Object.entries(settingsByPath) as readonly (readonly [SettingPath, Setting])[];

/** @returns the keys that may stand under `prefix` (`''`: at the top), each once. */
export function knownKeys(prefix: string): string[] {
  const start = prefix === '' ? '' : `${prefix}.`;
  const below = settings.flatMap(([path]) => (path.startsWith(start) ? [path.slice(start.length)] : []));
  return [...new Set(below.map((path) => path.replace(/\..*/, '')))];
}
