/** Every key of `config.yaml`: the one table for checking, reference and example. */
import * as v from 'valibot';
import { isJsonObject, type JsonObject } from '../platform/json.ts';
import type { Setting, Value } from './setting.ts';
import * as kind from './setting.ts';

/** JumpCloud's maximum, and ours: the fewer pages, the fewer requests. */
const MAX_LIMIT = 10_000;
/** A day: every run asks again for the allowed lateness. What comes later the audit finds. */
const MAX_MINUTES = 1440;

const ORG_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** In the order a reader wants: where to, where from, what it looks like, where it runs. */
export const settingsByPath = {
  'logzio.url': {
    schema: kind.origin('the token belongs in logzio.token'),
    fallback: 'https://listener.logz.io:8071',
    expected: 'an address such as https://listener.logz.io:8071',
    environment: 'LOGZIO_LISTENER_URL',
    meaning:
      "The listener of your account's region: `listener`, `listener-au`, `listener-ca`, `listener-eu` or `listener-uk`, each `.logz.io:8071`. https, or http to this machine, or http with `allow_http`.",
  },
  'logzio.allow_http': {
    ...kind.yesOrNo,
    meaning: 'Whether `url` may be plain http. Anyone on the network path can then read the token and the events.',
  },
  'logzio.token': {
    ...kind.secret('the log shipping token, without spaces'),
    environment: 'LOGZIO_API_TOKEN',
    meaning:
      'The log shipping token itself, for local runs and `npm run tokens`; a deployed function reads it from SSM and never from here.',
  },
  'logzio.token_parameter': {
    ...kind.parameter,
    fallback: '/jumpcloud-logzio/logzio-token',
    meaning: 'The SSM SecureString that holds the log shipping token.',
  },
  'logzio.type': {
    ...kind.text(/^[\w.@-]{1,100}$/, 'a name of letters, digits, . _ - and @'),
    fallback: 'jumpcloud',
    meaning: "The logs' `type`, by which they are found: `type:jumpcloud`.",
  },
  'jumpcloud_api.region': {
    schema: v.picklist(['us', 'eu', 'in']),
    fallbackText: '`us`',
    expected: 'us, eu or in',
    meaning:
      'Where JumpCloud keeps the organization: `api.jumpcloud.com`, `api.eu.jumpcloud.com` or `api.in.jumpcloud.com`.',
  },
  'jumpcloud_api.url': {
    schema: kind.origin('the key belongs in jumpcloud_api.credentials'),
    fallbackText: "the region's",
    expected: 'an address such as https://api.jumpcloud.com',
    tolerate: kind.eventsAddress,
    meaning:
      "Instead of `region`: the API's address, https, or http to this machine alone. The full `…/insights/directory/v1/events` is taken with a warning.",
  },
  'jumpcloud_api.start_date': {
    ...kind.startDate,
    fallback: 'now',
    meaning:
      'Where a new stream begins: `2023-05-04T12:30:00.000000Z`, an age counted back from the first run (`-15d`, `-360h`, `-90m`), or `now`. Without effect once a checkpoint exists. JumpCloud keeps 90 days of events, 15 on its lowest plan.',
  },
  'jumpcloud_api.credentials.type': {
    schema: v.picklist(['api_key', 'service_account']),
    fallback: 'api_key',
    expected: 'api_key or service_account',
    meaning: "What the credential is: an administrator's API key, or a service account's `clientId:clientSecret`.",
  },
  'jumpcloud_api.credentials.token': {
    ...kind.secret('the API key, or clientId:clientSecret, without spaces'),
    environment: 'JUMPCLOUD_API_TOKEN',
    meaning:
      'The credential itself, for local runs and `npm run tokens`; a deployed function reads it from SSM and never from here.',
  },
  'jumpcloud_api.credentials.token_parameter': {
    ...kind.parameter,
    fallback: '/jumpcloud-logzio/jumpcloud-token',
    meaning: 'The SSM SecureString that holds the credential.',
  },
  'jumpcloud_api.credentials.org_id': {
    ...kind.text(ORG_ID, 'the id of an organization: letters, digits, - and _'),
    environment: 'JUMPCLOUD_ORG_ID',
    meaning: "The organization's id: required with a service account and for administrators of several organizations.",
  },
  'jumpcloud_api.credentials.org_ids': {
    ...kind.list(kind.matching(ORG_ID), 'a list of ids of organizations'),
    meaning: 'Instead of `org_id`: several organizations, each shipped and checkpointed on its own.',
  },
  'jumpcloud_api.settings.time_interval': {
    ...kind.whole('minutes', 1, MAX_MINUTES),
    fallback: 5,
    meaning: 'Minutes between two runs.',
  },
  'jumpcloud_api.settings.services': {
    ...kind.list(kind.word, "a list of at least one of JumpCloud's services, such as [directory, sso]"),
    schema: v.pipe(kind.listOf(kind.word), v.minLength(1)),
    fallback: ['all'],
    meaning:
      'Which services to read; JumpCloud decides which exist. Some services are not part of `all`: name them if you need them. See [their names](#jumpclouds-services).',
  },
  'jumpcloud_api.settings.limit': {
    ...kind.whole('events', 1, MAX_LIMIT),
    fallback: MAX_LIMIT,
    meaning: "Events a page; JumpCloud's maximum is the default.",
  },
  'jumpcloud_api.settings.source_lag': {
    ...kind.whole('seconds', 0, 3600),
    fallback: 30,
    meaning: 'Seconds that a run stays behind the present, because JumpCloud shows events late.',
  },
  'jumpcloud_api.settings.allowed_lateness': {
    ...kind.whole('minutes', 1, MAX_MINUTES),
    fallback: 15,
    meaning:
      'How many minutes late an event may become visible and still be shipped by the runs. Every run reads these minutes again. Must be longer than `source_lag`.',
  },
  'jumpcloud_api.settings.search_term': {
    ...kind.searchTerm,
    meaning:
      "JumpCloud's own filter, passed through, for example `{not: [{event_type: ldap_search}]}` to keep noise out of the bill. JumpCloud matches values in lower case.",
  },
  'output.shape': {
    schema: v.picklist(['logzio', 'ecs']),
    fallback: 'logzio',
    expected: 'logzio or ecs',
    meaning:
      "What a log looks like: `logzio` as Logz.io's own shipper sent it, `ecs` after the Elastic Common Schema. The fields of both are in [fields.md](fields.md). It may be changed in the middle of a day: no name has two types, so the index refuses no log of either.",
  },
  'output.fields': {
    schema: v.custom<JsonObject>(isJsonObject),
    fallback: {},
    expected: 'a mapping of field names to values, such as {environment: production}',
    meaning: 'Fields added to every log; they never replace what JumpCloud sent.',
  },
  'output.tags': {
    ...kind.list(v.pipe(v.string(), v.trim(), v.minLength(1)), 'a list of texts'),
    meaning: 'Tags added to every log.',
  },
  'output.preserve_original_event': {
    ...kind.yesOrNo,
    meaning: 'Shape `ecs`: whether the event as JumpCloud sent it is kept in `event.original`.',
  },
  'output.preserve_duplicate_custom_fields': {
    ...kind.yesOrNo,
    meaning: 'Shape `ecs`: whether `jumpcloud.event.*` keeps the fields that were copied to ECS fields.',
  },
  'output.drop_fields': {
    ...kind.fieldPaths,
    meaning:
      'Fields of the events that are left out everywhere, quarantine included: what they held is lost ([what to know](personal-data.md#fields-that-must-not-leave)).',
  },
  'output.hash_fields': {
    ...kind.fieldPaths,
    meaning:
      'Fields of which only a hash leaves (HMAC-SHA-256): equal values stay equal, and nobody without the key can compute them.',
  },
  'output.hash_key_parameter': {
    ...kind.parameter,
    fallback: '/jumpcloud-logzio/hash-key',
    meaning:
      'The SSM SecureString that holds the key of the hashes. It is read only where `hash_fields` names a field.',
  },
  'state.table': {
    ...kind.text(/^[A-Za-z0-9_.-]{3,255}$/, 'the name of a DynamoDB table'),
    fallbackText: 'a table of its own',
    meaning: 'An existing table to use again, with its checkpoints, such as the one that an earlier stack left behind.',
  },
  'aws.kms_key_arn': {
    schema: kind.matching(/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/),
    expected: "a key's ARN, not an alias: arn:aws:kms:REGION:ACCOUNT:key/ID",
    fallbackText: "AWS's own keys",
    meaning: 'A KMS key of your own: encrypts the tokens, the table, the logs and the alarm topic.',
  },
  'alarms.email': {
    ...kind.text(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'one e-mail address'),
    fallbackText: 'nobody',
    meaning:
      'Who gets a mail when an alarm rings. AWS first sends this address a mail with a link; no alarm arrives before it is clicked.',
  },
  'alarms.topic_arn': {
    schema: kind.matching(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/),
    expected: "the ARN of a standard SNS topic in the stack's region: arn:aws:sns:REGION:ACCOUNT:NAME",
    fallbackText: 'a topic of its own',
    meaning:
      'An existing SNS topic for the alarms, for example one that Slack, Teams or PagerDuty already listen to: [how](operations.md#slack-teams-pagerduty).',
  },
  'network.proxy': {
    schema: kind.origin('user and password belong in the SSM parameter that network.proxy_credentials_parameter names'),
    expected: 'an address such as http://proxy.example.com:3128',
    meaning:
      'The proxy for the calls to JumpCloud and Logz.io. On a laptop `HTTPS_PROXY` and `NO_PROXY` count too, as in curl, and override it.',
  },
  'network.proxy_credentials_parameter': {
    ...kind.parameter,
    meaning: "The SSM SecureString that holds the proxy's `user:password`; the only place for them.",
  },
  'network.vpc_id': {
    ...kind.text(/^vpc-[0-9a-f]{8,17}$/, 'the id of a VPC: vpc-…'),
    fallbackText: 'no VPC',
    meaning: 'An existing VPC to run in, for people who need a fixed egress address. Needs `subnet_ids`.',
  },
  'network.subnet_ids': {
    ...kind.list(kind.matching(/^subnet-[0-9a-f]{8,17}$/), 'a list of ids of subnets: [subnet-…]'),
    meaning: 'Private subnets of that VPC with a way out (NAT).',
  },
  'network.security_group_ids': {
    ...kind.list(kind.matching(/^sg-[0-9a-f]{8,17}$/), 'a list of ids of security groups: [sg-…]'),
    meaning: 'Security groups of that VPC that allow https to the outside.',
  },
} satisfies Record<string, Setting>;

export type SettingPath = keyof typeof settingsByPath;
export type Values = { [P in SettingPath]: Value<(typeof settingsByPath)[P]> };

export const settings = Object.entries(settingsByPath) as readonly (readonly [SettingPath, Setting])[];

/** @returns the keys that may stand under `prefix` (`''`: at the top), each once. */
export function knownKeys(prefix: string): string[] {
  const start = prefix === '' ? '' : `${prefix}.`;
  const below = settings.flatMap(([path]) => (path.startsWith(start) ? [path.slice(start.length)] : []));
  return [...new Set(below.map((path) => path.replace(/\..*/, '')))];
}
