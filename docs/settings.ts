/** What the settings mean, for people: in the reference and in the package's template. */
import type { SettingPath } from '../lib/config/settings.ts';

export interface SettingWords {
  /** One or two sentences. */
  readonly meaning: string;
  /** What an empty key stands for, where its default does not speak for itself. */
  readonly empty?: string;
}

export const SETTING_WORDS: Readonly<Record<SettingPath, SettingWords>> = {
  'logzio.url': {
    meaning:
      "The listener of your account's region: `listener`, `listener-au`, `listener-ca`, `listener-eu` or `listener-uk`, each `.logz.io:8071`. https, or http to this machine, or http with `allow_http`.",
  },
  'logzio.allow_http': {
    meaning: 'Whether `url` may be plain http. Anyone on the network path can then read the token and the events.',
  },
  'logzio.token': {
    meaning:
      'The log shipping token itself, for local runs and `npm run tokens`; a deployed function reads it from SSM and never from here.',
  },
  'logzio.token_parameter': { meaning: 'The SSM SecureString that holds the log shipping token.' },
  'logzio.type': { meaning: "The logs' `type`, by which they are found: `type:jumpcloud`." },
  'jumpcloud_api.region': {
    empty: '`us`',
    meaning:
      'Where JumpCloud keeps the organization: `api.jumpcloud.com`, `api.eu.jumpcloud.com` or `api.in.jumpcloud.com`.',
  },
  'jumpcloud_api.url': {
    empty: "the region's",
    meaning:
      "Instead of `region`: the API's address, https, or http to this machine alone. The full `…/insights/directory/v1/events` is taken with a warning.",
  },
  'jumpcloud_api.start_date': {
    meaning:
      'Where a new stream begins: `2023-05-04T12:30:00.000000Z`, an age counted back from the first run (`-15d`, `-360h`, `-90m`), or `now`. Without effect once a checkpoint exists. JumpCloud keeps 90 days of events, 15 on its lowest plan.',
  },
  'jumpcloud_api.credentials.type': {
    meaning: "What the credential is: an administrator's API key, or a service account's `clientId:clientSecret`.",
  },
  'jumpcloud_api.credentials.token': {
    meaning:
      'The credential itself, for local runs and `npm run tokens`; a deployed function reads it from SSM and never from here.',
  },
  'jumpcloud_api.credentials.token_parameter': { meaning: 'The SSM SecureString that holds the credential.' },
  'jumpcloud_api.credentials.org_id': {
    meaning: "The organization's id: required with a service account and for administrators of several organizations.",
  },
  'jumpcloud_api.credentials.org_ids': {
    meaning: 'Instead of `org_id`: several organizations, each shipped and checkpointed on its own.',
  },
  'jumpcloud_api.settings.time_interval': { meaning: 'Minutes between two runs.' },
  'jumpcloud_api.settings.services': {
    meaning:
      'Which services to read; JumpCloud decides which exist. Some services are not part of `all`: name them if you need them. See [their names](#jumpclouds-services).',
  },
  'jumpcloud_api.settings.limit': { meaning: "Events a page; JumpCloud's maximum is the default." },
  'jumpcloud_api.settings.source_lag': {
    meaning: 'Seconds that a run stays behind the present, because JumpCloud shows events late.',
  },
  'jumpcloud_api.settings.allowed_lateness': {
    meaning:
      'How many minutes late an event may become visible and still be shipped by the runs. Every run reads these minutes again. Must be longer than `source_lag`.',
  },
  'jumpcloud_api.settings.search_term': {
    meaning:
      "JumpCloud's own filter, passed through, for example `{not: [{event_type: ldap_search}]}` to keep noise out of the bill. JumpCloud matches values in lower case.",
  },
  'output.shape': {
    meaning:
      "What a log looks like: `logzio` as Logz.io's own shipper sent it, `ecs` after the Elastic Common Schema. The fields of both are in [fields.md](fields.md). It may be changed in the middle of a day: no name has two types, so the index refuses no log of either.",
  },
  'output.fields': { meaning: 'Fields added to every log; they never replace what JumpCloud sent.' },
  'output.tags': { meaning: 'Tags added to every log.' },
  'output.preserve_original_event': {
    meaning: 'Shape `ecs`: whether the event as JumpCloud sent it is kept in `event.original`.',
  },
  'output.preserve_duplicate_custom_fields': {
    meaning: 'Shape `ecs`: whether `jumpcloud.event.*` keeps the fields that were copied to ECS fields.',
  },
  'output.drop_fields': {
    meaning:
      'Fields of the events that are left out everywhere, quarantine included: what they held is lost ([what to know](personal-data.md#fields-that-must-not-leave)).',
  },
  'output.hash_fields': {
    meaning:
      'Fields of which only a hash leaves (HMAC-SHA-256): equal values stay equal, and nobody without the key can compute them.',
  },
  'output.hash_key_parameter': {
    meaning:
      'The SSM SecureString that holds the key of the hashes. It is read only where `hash_fields` names a field.',
  },
  'state.table': {
    empty: 'a table of its own',
    meaning: 'An existing table to use again, with its checkpoints, such as the one that an earlier stack left behind.',
  },
  'aws.kms_key_arn': {
    empty: "AWS's own keys",
    meaning: 'A KMS key of your own: encrypts the tokens, the table, the logs and the alarm topic.',
  },
  'alarms.email': {
    empty: 'nobody',
    meaning:
      'Who gets a mail when an alarm rings. AWS first sends this address a mail with a link; no alarm arrives before it is clicked.',
  },
  'alarms.topic_arn': {
    empty: 'a topic of its own',
    meaning:
      'An existing SNS topic for the alarms, for example one that Slack, Teams or PagerDuty already listen to: [how](operations.md#slack-teams-pagerduty).',
  },
  'network.proxy': {
    meaning:
      'The proxy for the calls to JumpCloud and Logz.io. On a laptop `HTTPS_PROXY` and `NO_PROXY` count too, as in curl, and override it.',
  },
  'network.proxy_credentials_parameter': {
    meaning: "The SSM SecureString that holds the proxy's `user:password`; the only place for them.",
  },
  'network.vpc_id': {
    empty: 'no VPC',
    meaning:
      'An existing VPC to run in, for people who need a fixed egress address. Needs `subnet_ids` and `security_group_ids`.',
  },
  'network.subnet_ids': { meaning: 'Private subnets of that VPC with a way out (NAT).' },
  'network.security_group_ids': { meaning: 'Security groups of that VPC that allow https to the outside.' },
};
