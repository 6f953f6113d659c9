/** The settings of the source, JumpCloud. */
import * as v from 'valibot';
import { isJsonObject, type JsonObject } from '../platform/json.ts';
import { eventsAddress, origin } from './addresses.ts';
import { list, listOf, matching, parameter, type Setting, secret, text, whole, word } from './setting.ts';
import { parseStartDate, type StartDate } from './start-date.ts';

/** JumpCloud's maximum, and ours: the fewer pages, the fewer requests. */
const MAX_LIMIT = 10_000;
/** A day: every run asks again for the allowed lateness. What comes later the audit finds. */
const MAX_MINUTES = 1440;

const ORG_ID = /^[A-Za-z0-9_-]{1,64}$/;

const START_EXPECTED = 'a time such as 2023-05-04T12:30:00.000000Z, an age such as -15d, -360h or -90m, or now';

const startDate = v.pipe(
  v.string(),
  v.rawTransform<string, StartDate>(({ dataset, addIssue, NEVER }) => {
    const read = parseStartDate(dataset.value);
    if ('start' in read) return read.start;
    addIssue({ message: `${START_EXPECTED}: ${read.reason}` });
    return NEVER;
  }),
);

/** It holds one of `and`, `or`, `not`; what they hold is JumpCloud's to judge. Empty is none. */
const searchTerm = v.pipe(
  v.custom<JsonObject>(isJsonObject),
  v.check((term) => /^(and|or|not)?$/.test(Object.keys(term).join()), 'one of and, or, not at its top'),
  v.transform((term) => (Object.keys(term).length === 0 ? undefined : term)),
);

export const sourceSettings = {
  'jumpcloud_api.region': {
    schema: v.picklist(['us', 'eu', 'in']),
    fallbackText: '`us`',
    expected: 'us, eu or in',
    meaning:
      'Where JumpCloud keeps the organization: `api.jumpcloud.com`, `api.eu.jumpcloud.com` or `api.in.jumpcloud.com`.',
  },
  'jumpcloud_api.url': {
    schema: origin('the key belongs in jumpcloud_api.credentials'),
    fallbackText: "the region's",
    expected: 'an address such as https://api.jumpcloud.com',
    tolerate: eventsAddress,
    meaning:
      "Instead of `region`: the API's address, https, or http to this machine alone. The full `…/insights/directory/v1/events` is taken with a warning.",
  },
  'jumpcloud_api.start_date': {
    schema: startDate,
    fallback: 'now',
    expected: START_EXPECTED,
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
    ...secret('the API key, or clientId:clientSecret, without spaces'),
    environment: 'JUMPCLOUD_API_TOKEN',
    meaning:
      'The credential itself, for local runs and `npm run tokens`; a deployed function reads it from SSM and never from here.',
  },
  'jumpcloud_api.credentials.token_parameter': {
    ...parameter,
    fallback: '/jumpcloud-logzio/jumpcloud-token',
    meaning: 'The SSM SecureString that holds the credential.',
  },
  'jumpcloud_api.credentials.org_id': {
    ...text(ORG_ID, 'the id of an organization: letters, digits, - and _'),
    environment: 'JUMPCLOUD_ORG_ID',
    meaning: "The organization's id: required with a service account and for administrators of several organizations.",
  },
  'jumpcloud_api.credentials.org_ids': {
    ...list(matching(ORG_ID), 'a list of ids of organizations'),
    meaning: 'Instead of `org_id`: several organizations, each shipped and checkpointed on its own.',
  },
  'jumpcloud_api.settings.time_interval': {
    ...whole('minutes', 1, MAX_MINUTES),
    fallback: 5,
    meaning: 'Minutes between two runs.',
  },
  'jumpcloud_api.settings.services': {
    ...list(word, "a list of at least one of JumpCloud's services, such as [directory, sso]"),
    schema: v.pipe(listOf(word), v.minLength(1)),
    fallback: ['all'],
    meaning:
      'Which services to read; JumpCloud decides which exist. Some services are not part of `all`: name them if you need them. See [their names](#jumpclouds-services).',
  },
  'jumpcloud_api.settings.limit': {
    ...whole('events', 1, MAX_LIMIT),
    fallback: MAX_LIMIT,
    meaning: "Events a page; JumpCloud's maximum is the default.",
  },
  'jumpcloud_api.settings.source_lag': {
    ...whole('seconds', 0, 3600),
    fallback: 30,
    meaning: 'Seconds that a run stays behind the present, because JumpCloud shows events late.',
  },
  'jumpcloud_api.settings.allowed_lateness': {
    ...whole('minutes', 1, MAX_MINUTES),
    fallback: 15,
    meaning:
      'How many minutes late an event may become visible and still be shipped by the runs. Every run reads these minutes again. Must be longer than `source_lag`.',
  },
  'jumpcloud_api.settings.search_term': {
    schema: searchTerm,
    expected: 'a filter such as {not: [{event_type: ldap_search}]}',
    meaning:
      "JumpCloud's own filter, passed through, for example `{not: [{event_type: ldap_search}]}` to keep noise out of the bill. JumpCloud matches values in lower case.",
  },
} satisfies Record<string, Setting>;
