/** Every key of `config.yaml`: the one table for checking, reference and example. */
import { origin } from './addresses.ts';
import { list, matching, parameter, type Setting, setting, text, type ValueOf } from './setting.ts';
import { sinkSettings } from './settings-sink.ts';
import { sourceSettings } from './settings-source.ts';

/** The place it runs in: AWS account, alarms, network. */
const deploymentSettings = {
  'state.table': setting({
    ...text(/^[A-Za-z0-9_.-]{3,255}$/, 'the name of a DynamoDB table'),
    fallbackText: 'a table of its own',
    meaning:
      'An existing table to take up again, checkpoints and all, for example the one that an earlier stack left behind.',
  }),
  'aws.kms_key_arn': setting({
    ...text(
      /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/,
      "a key's ARN, not an alias: arn:aws:kms:REGION:ACCOUNT:key/ID",
    ),
    fallbackText: "AWS's own keys",
    meaning: 'A KMS key of your own: encrypts the tokens, the table, the logs and the alarm topic.',
  }),
  'alarms.email': setting({
    ...text(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'one e-mail address'),
    fallbackText: 'nobody',
    meaning:
      'Who gets a mail when an alarm rings. AWS first sends this address a mail with a link; no alarm arrives before it is clicked.',
  }),
  'alarms.topic_arn': setting({
    ...text(
      /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/,
      "the ARN of a standard SNS topic in the stack's region: arn:aws:sns:REGION:ACCOUNT:NAME",
    ),
    fallbackText: 'a topic of its own',
    meaning:
      'An existing SNS topic for the alarms, for example one that Slack, Teams or PagerDuty already listen to: [how](operations.md#slack-teams-pagerduty).',
  }),
  'network.proxy': setting({
    schema: origin('they belong in the SSM parameter that network.proxy_credentials_parameter names'),
    expected: 'an address such as http://proxy.example.com:3128',
    meaning:
      'The proxy for the calls to JumpCloud and Logz.io. On a laptop `HTTPS_PROXY` and `NO_PROXY` count too, by the rules of curl, and go before it.',
  }),
  'network.proxy_credentials_parameter': setting({
    ...parameter,
    meaning: "The SSM SecureString that holds the proxy's `user:password`; the only place for them.",
  }),
  'network.vpc_id': setting({
    ...text(/^vpc-[0-9a-f]{8,17}$/, 'the id of a VPC: vpc-…'),
    fallbackText: 'no VPC',
    meaning: 'An existing VPC to run in, for people who need a fixed egress address. Needs `subnet_ids`.',
  }),
  'network.subnet_ids': setting({
    ...list(matching(/^subnet-[0-9a-f]{8,17}$/), 'a list of ids of subnets: [subnet-…]'),
    meaning: 'Private subnets of that VPC with a way out (NAT).',
  }),
  'network.security_group_ids': setting({
    ...list(matching(/^sg-[0-9a-f]{8,17}$/), 'a list of ids of security groups: [sg-…]'),
    meaning: 'Security groups of that VPC that allow https to the outside.',
  }),
};

const table = { ...sinkSettings, ...sourceSettings, ...deploymentSettings };

export type SettingPath = keyof typeof table;
export type Values = { readonly [P in SettingPath]: ValueOf<(typeof table)[P]> };

/** In the order a reader wants: where to, where from, what it looks like, where it runs. */
const SECTIONS = ['logzio', 'jumpcloud_api', 'output', 'state', 'aws', 'alarms', 'network'];

const sectionOf = (path: string) => SECTIONS.indexOf(path.split('.')[0] ?? '');

export const settings: readonly (readonly [SettingPath, Setting])[] = (
  Object.entries(table) as [SettingPath, Setting][]
).toSorted(([a], [b]) => sectionOf(a) - sectionOf(b));

export function settingAt(path: SettingPath): Setting {
  return table[path];
}

/** @returns the keys that may stand under `prefix` (`''`: at the top), each once. */
export function knownKeys(prefix: string): string[] {
  const start = prefix === '' ? '' : `${prefix}.`;
  const below = settings.flatMap(([path]) => (path.startsWith(start) ? [path.slice(start.length)] : []));
  return [...new Set(below.map((path) => path.replace(/\..*/, '')))];
}
