/** What a user can set, in the form in which all other code reads it. */
import { MINUTE_MS, SECOND_MS } from '../platform/time.ts';
import { REGION_URLS } from './setting.ts';
import type { Values } from './settings.ts';

export type Config = ReturnType<typeof toConfig>;

/**
 * A configuration that may leave this process: the type has no room for a token, so that a `Config`
 * which may hold one is refused by the compiler wherever a template or a deployed file is written.
 */
export type DeployedConfig = Config & {
  readonly logzio: { readonly token?: never };
  readonly jumpcloud: { readonly credentials: { readonly token?: never } };
};

/** docs/configuration.md says what each value means. */
export function toConfig(values: Values) {
  const orgId = values['jumpcloud_api.credentials.org_id'];
  return {
    logzio: {
      /** Origin of the listener: no path, no query. */
      url: values['logzio.url'],
      /** Of local runs only. */
      ...given('token', values['logzio.token']),
      tokenParameter: values['logzio.token_parameter'],
      type: values['logzio.type'],
    },
    jumpcloud: {
      /** Origin of the API: no path. */
      url: values['jumpcloud_api.url'] ?? REGION_URLS[values['jumpcloud_api.region'] ?? 'us'],
      startDate: values['jumpcloud_api.start_date'],
      credentials: {
        type: values['jumpcloud_api.credentials.type'],
        /** The API key, or `clientId:clientSecret`. Of local runs only. */
        ...given('token', values['jumpcloud_api.credentials.token']),
        tokenParameter: values['jumpcloud_api.credentials.token_parameter'],
        /** One stream each; empty for a key that belongs to one organization. */
        orgIds: orgId === undefined ? values['jumpcloud_api.credentials.org_ids'] : [orgId],
      },
      settings: {
        timeIntervalMinutes: values['jumpcloud_api.settings.time_interval'],
        services: values['jumpcloud_api.settings.services'],
        limit: values['jumpcloud_api.settings.limit'],
        sourceLagSeconds: values['jumpcloud_api.settings.source_lag'],
        allowedLatenessMinutes: values['jumpcloud_api.settings.allowed_lateness'],
        ...given('searchTerm', values['jumpcloud_api.settings.search_term']),
      },
    },
    output: {
      shape: values['output.shape'],
      fields: values['output.fields'],
      tags: values['output.tags'],
      preserveOriginalEvent: values['output.preserve_original_event'],
      preserveDuplicateCustomFields: values['output.preserve_duplicate_custom_fields'],
      dropFields: values['output.drop_fields'],
      hashFields: values['output.hash_fields'],
      hashKeyParameter: values['output.hash_key_parameter'],
    },
    state: given('table', values['state.table']),
    aws: given('kmsKeyArn', values['aws.kms_key_arn']),
    alarms: { ...given('email', values['alarms.email']), ...given('topicArn', values['alarms.topic_arn']) },
    network: {
      ...given('proxy', values['network.proxy']),
      ...given('proxyCredentialsParameter', values['network.proxy_credentials_parameter']),
      ...given('vpcId', values['network.vpc_id']),
      subnetIds: values['network.subnet_ids'],
      securityGroupIds: values['network.security_group_ids'],
    },
  };
}

/** An optional property is absent, not undefined. */
function given<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: T };
}

/** @returns the same configuration without the tokens */
export function withoutTokens(config: Config): DeployedConfig {
  const { token: _shippingToken, ...logzio } = config.logzio;
  const { token: _credential, ...credentials } = config.jumpcloud.credentials;
  return { ...config, logzio, jumpcloud: { ...config.jumpcloud, credentials } };
}

/** How many intervals may pass before silence or age is a fault. */
export const INTERVALS_BEFORE_STALE = 3;

/** @returns ms; a healthy watermark lags by the source lag and an interval at most */
export function staleAfterMs({ timeIntervalMinutes, sourceLagSeconds }: Config['jumpcloud']['settings']): number {
  return INTERVALS_BEFORE_STALE * timeIntervalMinutes * MINUTE_MS + sourceLagSeconds * SECOND_MS;
}
