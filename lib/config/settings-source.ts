/** The settings of the source, JumpCloud. */
import * as v from 'valibot';
import { eventsAddress, origin } from './addresses.ts';
import type { StartDate } from './config.ts';
import { searchTerm } from './json-setting.ts';
import {
  listOf,
  looseList,
  matching,
  minutesAsText,
  numberAsText,
  parameterName,
  parameterNameExpected,
  secret,
  textAsNumber,
  wholeNumber,
  word,
} from './kinds.ts';
import { setting } from './setting.ts';
import { parseStartDate } from './start-date.ts';

/** JumpCloud's maximum, and ours: the fewer pages, the fewer requests. */
const MAX_LIMIT = 10_000;
/** A day: every run asks again for the allowed lateness. What comes later the audit finds. */
const MAX_MINUTES = 1440;

const orgId = matching(/^[A-Za-z0-9_-]{1,64}$/);

const START_DATE_EXPECTED =
  'an instant such as 2023-05-04T12:30:00.000000Z, an age such as -15d, -360h or -90m, or now';

const startDate = v.pipe(
  v.string(),
  v.rawTransform<string, StartDate>(({ dataset, addIssue, NEVER }) => {
    const read = parseStartDate(dataset.value);
    if ('start' in read) return read.start;
    addIssue({ message: `${START_DATE_EXPECTED}: ${read.reason}` });
    return NEVER;
  }),
);

export const sourceSettings = {
  'jumpcloud_api.region': setting({
    schema: v.picklist(['us', 'eu', 'in']),
    fallback: undefined,
    fallbackText: '`us`',
    expected: 'us, eu or in',
    meaning:
      'Where JumpCloud keeps the organization: `api.jumpcloud.com`, `api.eu.jumpcloud.com` or `api.in.jumpcloud.com`.',
  }),
  'jumpcloud_api.url': setting({
    schema: origin('the key belongs in jumpcloud_api.credentials'),
    fallback: undefined,
    fallbackText: "the region's",
    expected: 'an address such as https://api.jumpcloud.com',
    tolerate: eventsAddress,
    meaning:
      "Instead of `region`: the API's address, https, or http to this machine alone. The full `…/insights/directory/v1/events` is taken with a warning.",
  }),
  'jumpcloud_api.start_date': setting({
    schema: startDate,
    fallback: 'now',
    expected: START_DATE_EXPECTED,
    tolerate: (value) => (value instanceof Date ? { value: value.toISOString() } : undefined),
    meaning:
      'Where a new stream begins: `2023-05-04T12:30:00.000000Z`, an age counted back from the first run (`-15d`, `-360h`, `-90m`), or `now`. Without effect once a checkpoint exists. JumpCloud keeps 90 days of events, 15 on its lowest plan.',
  }),
  'jumpcloud_api.credentials.type': setting({
    schema: v.picklist(['api_key', 'service_account']),
    fallback: 'api_key',
    expected: 'api_key or service_account',
    meaning: "What the credential is: an administrator's API key, or a service account's `clientId:clientSecret`.",
  }),
  'jumpcloud_api.credentials.token': setting({
    schema: secret,
    fallback: undefined,
    secret: true,
    expected: 'the API key, or clientId:clientSecret, without spaces',
    tolerate: textAsNumber,
    environment: 'JUMPCLOUD_API_TOKEN',
    meaning:
      'The credential itself, for local runs and `npm run tokens`; a deployed function reads it from SSM and never from here.',
  }),
  'jumpcloud_api.credentials.token_parameter': setting({
    schema: parameterName,
    fallback: '/jumpcloud-logzio/jumpcloud-token',
    expected: parameterNameExpected,
    meaning: 'The SSM SecureString that holds the credential.',
  }),
  'jumpcloud_api.credentials.org_id': setting({
    schema: orgId,
    fallback: undefined,
    expected: 'the id of an organization: letters, digits, - and _',
    tolerate: textAsNumber,
    environment: 'JUMPCLOUD_ORG_ID',
    meaning: "The organization's id: required with a service account and for administrators of several organizations.",
  }),
  'jumpcloud_api.credentials.org_ids': setting({
    schema: listOf(orgId),
    fallback: [],
    expected: 'a list of ids of organizations',
    tolerate: looseList,
    meaning: 'Instead of `org_id`: several organizations, each shipped and checkpointed on its own.',
  }),
  'jumpcloud_api.settings.time_interval': setting({
    schema: wholeNumber(1, MAX_MINUTES),
    fallback: 5,
    expected: `whole minutes from 1 to ${MAX_MINUTES}`,
    tolerate: minutesAsText,
    meaning: 'Minutes between two runs.',
  }),
  'jumpcloud_api.settings.services': setting({
    schema: v.pipe(listOf(word), v.minLength(1)),
    fallback: ['all'],
    expected: "a list of at least one of JumpCloud's services, such as [directory, sso]",
    tolerate: looseList,
    meaning:
      'Which services to read; JumpCloud decides which exist. Some services are not part of `all`: name them where you miss them. See [their names](#jumpclouds-services).',
  }),
  'jumpcloud_api.settings.limit': setting({
    schema: wholeNumber(1, MAX_LIMIT),
    fallback: MAX_LIMIT,
    expected: `a whole number from 1 to ${MAX_LIMIT}, JumpCloud's maximum`,
    tolerate: numberAsText,
    meaning: 'Events a page.',
  }),
  'jumpcloud_api.settings.source_lag': setting({
    schema: wholeNumber(0, 3600),
    fallback: 30,
    expected: 'whole seconds from 0 to 3600',
    tolerate: numberAsText,
    meaning: 'Seconds that a run stays behind the present, because JumpCloud shows events late.',
  }),
  'jumpcloud_api.settings.allowed_lateness': setting({
    schema: wholeNumber(1, MAX_MINUTES),
    fallback: 15,
    expected: `whole minutes from 1 to ${MAX_MINUTES}`,
    tolerate: minutesAsText,
    meaning:
      'Minutes after its timestamp within which an event may become visible and still be shipped by itself; every run reads them again. Must be longer than `source_lag`.',
  }),
  'jumpcloud_api.settings.search_term': setting({
    schema: searchTerm,
    fallback: undefined,
    expected: 'a filter such as {not: [{event_type: ldap_search}]}',
    meaning:
      "JumpCloud's own filter, passed through, for example `{not: [{event_type: ldap_search}]}` to keep noise out of the bill. JumpCloud matches values in lower case.",
  }),
};
