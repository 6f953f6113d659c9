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

/**
 * In the order a reader wants: where to, where from, what it looks like, where it runs.
 * docs/settings.ts says what each is for.
 */
export const settingsByPath = {
  'logzio.url': {
    ...kind.origin('https://listener.logz.io:8071', 'the token belongs in logzio.token'),
    fallback: 'https://listener.logz.io:8071',
    environment: 'LOGZIO_LISTENER_URL',
  },
  'logzio.allow_http': kind.yesOrNo,
  'logzio.token': { ...kind.secret('the log shipping token, without spaces'), environment: 'LOGZIO_API_TOKEN' },
  'logzio.token_parameter': { ...kind.parameter, fallback: '/jumpcloud-logzio/logzio-token' },
  // One like 2026-11 would be a date to an index, which would then refuse all other types.
  'logzio.type': {
    ...kind.text(
      /^(?!-?\d{4,}(?:-\d\d(?:-\d\d)?)?(?:T.*)?$)[\w.@-]{1,100}$/,
      'a name of letters, digits, . _ - and @ that does not look like a date',
    ),
    fallback: 'jumpcloud',
  },
  'jumpcloud_api.region': { schema: v.picklist(['us', 'eu', 'in']), expected: 'us, eu or in' },
  'jumpcloud_api.url': {
    ...kind.origin('https://api.jumpcloud.com', 'the key belongs in jumpcloud_api.credentials'),
    tolerate: kind.eventsAddress,
  },
  'jumpcloud_api.start_date': { ...kind.startDate, fallback: 'now' },
  'jumpcloud_api.credentials.type': {
    schema: v.picklist(['api_key', 'service_account']),
    fallback: 'api_key',
    expected: 'api_key or service_account',
  },
  'jumpcloud_api.credentials.token': {
    ...kind.secret('the API key, or clientId:clientSecret, without spaces'),
    environment: 'JUMPCLOUD_API_TOKEN',
  },
  'jumpcloud_api.credentials.token_parameter': { ...kind.parameter, fallback: '/jumpcloud-logzio/jumpcloud-token' },
  'jumpcloud_api.credentials.org_id': {
    ...kind.text(ORG_ID, 'the id of an organization: letters, digits, - and _'),
    environment: 'JUMPCLOUD_ORG_ID',
  },
  'jumpcloud_api.credentials.org_ids': kind.list(kind.matching(ORG_ID), 'a list of ids of organizations'),
  'jumpcloud_api.settings.time_interval': { ...kind.whole('minutes', 1, MAX_MINUTES), fallback: 5 },
  'jumpcloud_api.settings.services': {
    ...kind.list(kind.word, "a list of at least one of JumpCloud's services, such as [directory, sso]", 1),
    fallback: ['all'],
  },
  'jumpcloud_api.settings.limit': { ...kind.whole('events', 1, MAX_LIMIT), fallback: MAX_LIMIT },
  'jumpcloud_api.settings.source_lag': { ...kind.whole('seconds', 0, 3600), fallback: 30 },
  'jumpcloud_api.settings.allowed_lateness': { ...kind.whole('minutes', 1, MAX_MINUTES), fallback: 15 },
  'jumpcloud_api.settings.search_term': kind.searchTerm,
  'output.shape': { schema: v.picklist(['logzio', 'ecs']), fallback: 'logzio', expected: 'logzio or ecs' },
  'output.fields': {
    schema: v.custom<JsonObject>(isJsonObject),
    fallback: {},
    expected: 'a mapping of field names to values, such as {environment: production}',
  },
  'output.tags': kind.list(v.pipe(v.string(), v.trim(), v.minLength(1)), 'a list of texts'),
  'output.preserve_original_event': kind.yesOrNo,
  'output.preserve_duplicate_custom_fields': kind.yesOrNo,
  'output.drop_fields': kind.fieldPaths,
  'output.hash_fields': kind.fieldPaths,
  'output.hash_key_parameter': { ...kind.parameter, fallback: '/jumpcloud-logzio/hash-key' },
  'state.table': kind.text(/^[A-Za-z0-9_.-]{3,255}$/, 'the name of a DynamoDB table'),
  'aws.kms_key_arn': {
    schema: kind.matching(/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/),
    expected: "a key's ARN, not an alias: arn:aws:kms:REGION:ACCOUNT:key/ID",
  },
  'alarms.email': kind.text(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'one e-mail address'),
  'alarms.topic_arn': {
    schema: kind.matching(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/),
    expected: "the ARN of a standard SNS topic in the stack's region: arn:aws:sns:REGION:ACCOUNT:NAME",
  },
  'network.proxy': kind.origin(
    'http://proxy.example.com:3128',
    'user and password belong in the SSM parameter that network.proxy_credentials_parameter names',
  ),
  'network.proxy_credentials_parameter': kind.parameter,
  'network.vpc_id': kind.text(/^vpc-[0-9a-f]{8,17}$/, 'the id of a VPC: vpc-…'),
  'network.subnet_ids': kind.list(kind.matching(/^subnet-[0-9a-f]{8,17}$/), 'a list of ids of subnets: [subnet-…]'),
  'network.security_group_ids': kind.list(
    kind.matching(/^sg-[0-9a-f]{8,17}$/),
    'a list of ids of security groups: [sg-…]',
  ),
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
