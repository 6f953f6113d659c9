/** From a parsed `config.yaml` and the environment to the one `Config` that all else uses. */
import type { EpochMs } from '../platform/time.ts';
import type { Config } from './config.ts';
import { crossFaults, crossWarnings } from './cross-checks.ts';
import { ConfigError } from './fault.ts';
import { withoutTokenLikes } from './found.ts';
import { type Environment, readValues } from './read-values.ts';
import { regionUrl } from './regions.ts';
import type { Values } from './settings.ts';

/**
 * @param document what the YAML file holds; `undefined` where there is none.
 * @param environment overrides the file: `LOGZIO_API_TOKEN`, `JUMPCLOUD_API_TOKEN`,
 * `JUMPCLOUD_ORG_ID`, `LOGZIO_LISTENER_URL`, `HTTPS_PROXY`.
 * @param now against which a start date is judged.
 * @returns the configuration and what is worth telling the user although it works.
 * @throws ConfigError with all faults at once, and no token among them.
 */
export function parseConfig(
  document: unknown,
  environment: Environment,
  now: EpochMs,
): { config: Config; warnings: string[] } {
  const { values: read, faults, warnings } = readValues(document, environment);
  const values = withOrganizationOfEnvironment(read, environment, warnings);
  faults.push(...crossFaults(values, now));
  if (faults.length > 0) throw new ConfigError(faults);
  const complete = values as Values; // Without faults, every path has its value.
  return {
    config: toConfig(complete),
    warnings: [...warnings, ...crossWarnings(complete, now)].map(withoutTokenLikes),
  };
}

/** `JUMPCLOUD_ORG_ID` stands for the whole choice: it replaces the file's `org_ids` as well. */
function withOrganizationOfEnvironment(values: Partial<Values>, environment: Environment, warnings: string[]) {
  const ids = values['jumpcloud_api.credentials.org_ids'] ?? [];
  if (!environment.JUMPCLOUD_ORG_ID?.trim() || ids.length === 0) return values;
  warnings.push('JUMPCLOUD_ORG_ID: replaces jumpcloud_api.credentials.org_ids; this one organization is shipped');
  return { ...values, 'jumpcloud_api.credentials.org_ids': [] };
}

function toConfig(values: Values): Config {
  const orgId = values['jumpcloud_api.credentials.org_id'];
  return {
    logzio: {
      url: values['logzio.url'],
      ...given('token', values['logzio.token']),
      tokenParameter: values['logzio.token_parameter'],
      type: values['logzio.type'],
    },
    jumpcloud: {
      url: values['jumpcloud_api.url'] ?? regionUrl(values['jumpcloud_api.region'] ?? 'us'),
      startDate: values['jumpcloud_api.start_date'],
      credentials: {
        type: values['jumpcloud_api.credentials.type'],
        ...given('token', values['jumpcloud_api.credentials.token']),
        tokenParameter: values['jumpcloud_api.credentials.token_parameter'],
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
function given<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: T };
}
