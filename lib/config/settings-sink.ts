/** The settings of the sink, Logz.io, and of the logs it receives. */
import * as v from 'valibot';
import { isJsonObject, type JsonObject } from '../platform/json.ts';
import { origin } from './addresses.ts';
import { list, matching, parameter, type Setting, secret, text, yesOrNo } from './setting.ts';

const fieldPaths = list(
  matching(/^(\*|[^\s\p{Cc}.*[\]$]+)(\.(\*|[^\s\p{Cc}.*[\]$]+))*$/u),
  'a list of paths as JumpCloud names its fields, such as client_ip or geoip.latitude; * stands for any one name, and lists need no index',
);

export const logzioSettings = {
  'logzio.url': {
    schema: origin('the token belongs in logzio.token'),
    fallback: 'https://listener.logz.io:8071',
    expected: 'an address such as https://listener.logz.io:8071',
    environment: 'LOGZIO_LISTENER_URL',
    meaning:
      "The listener of your account's region: `listener`, `listener-au`, `listener-ca`, `listener-eu` or `listener-uk`, each `.logz.io:8071`. https, or http to this machine, or http with `allow_http`.",
  },
  'logzio.allow_http': {
    ...yesOrNo,
    meaning: 'Whether `url` may be plain http. Anyone on the network path can then read the token and the events.',
  },
  'logzio.token': {
    ...secret('the log shipping token, without spaces'),
    environment: 'LOGZIO_API_TOKEN',
    meaning:
      'The log shipping token itself, for local runs and `npm run tokens`; a deployed function reads it from SSM and never from here.',
  },
  'logzio.token_parameter': {
    ...parameter,
    fallback: '/jumpcloud-logzio/logzio-token',
    meaning: 'The SSM SecureString that holds the log shipping token.',
  },
  'logzio.type': {
    ...text(/^[\w.@-]{1,100}$/, 'a name of letters, digits, . _ - and @'),
    fallback: 'jumpcloud',
    meaning: "The logs' `type`, by which they are found: `type:jumpcloud`.",
  },
} satisfies Record<string, Setting>;

export const outputSettings = {
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
    ...list(v.pipe(v.string(), v.trim(), v.minLength(1)), 'a list of texts'),
    meaning: 'Tags added to every log.',
  },
  'output.preserve_original_event': {
    ...yesOrNo,
    meaning: 'Shape `ecs`: whether the event as JumpCloud sent it is kept in `event.original`.',
  },
  'output.preserve_duplicate_custom_fields': {
    ...yesOrNo,
    meaning: 'Shape `ecs`: whether `jumpcloud.event.*` keeps the fields that were copied to ECS fields.',
  },
  'output.drop_fields': {
    ...fieldPaths,
    meaning:
      'Fields of the events that are left out everywhere, quarantine included: what they held is lost ([what to know](personal-data.md#fields-that-must-not-leave)).',
  },
  'output.hash_fields': {
    ...fieldPaths,
    meaning:
      'Fields of which only a hash leaves (HMAC-SHA-256): equal values stay equal, and nobody without the key can compute them.',
  },
  'output.hash_key_parameter': {
    ...parameter,
    fallback: '/jumpcloud-logzio/hash-key',
    meaning:
      'The SSM SecureString that holds the key of the hashes. It is read only where `hash_fields` names a field.',
  },
} satisfies Record<string, Setting>;
