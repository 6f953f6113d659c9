/**
 * What a user can set: the typed result of reading and validating `config.yaml` and the
 * environment.
 */

import type { JsonObject } from '../platform/json.ts';
import type { EpochMs } from '../platform/time.ts';

/** Where a new stream begins; `ageMs` is counted back from the first run. */
export type StartDate = { readonly at: EpochMs } | { readonly ageMs: number } | 'now';

export interface Config {
  readonly logzio: {
    /** Listener origin, e.g. `https://listener.logz.io:8071`; no path, no query. */
    readonly url: string;
    /** The shipping token itself: local runs only, never in a template. */
    readonly token?: string;
    /** Name of the SSM SecureString that holds the token. */
    readonly tokenParameter: string;
    /** The log's `type`. */
    readonly type: string;
  };
  readonly jumpcloud: {
    /** API origin, e.g. `https://api.jumpcloud.com`; no path. */
    readonly url: string;
    readonly startDate: StartDate;
    readonly credentials: {
      readonly type: 'api_key' | 'service_account';
      /** The API key, or `clientId:clientSecret`: local runs only, never in a template. */
      readonly token?: string;
      readonly tokenParameter: string;
      /** One stream each; empty for a key that belongs to one organization. */
      readonly orgIds: readonly string[];
    };
    readonly settings: {
      readonly timeIntervalMinutes: number;
      readonly services: readonly string[];
      /** Events a page, at most 10,000 (JumpCloud's maximum). */
      readonly limit: number;
      readonly sourceLagSeconds: number;
      readonly allowedLatenessMinutes: number;
      /** JumpCloud's own filter, passed through as it is. */
      readonly searchTerm?: JsonObject;
    };
  };
  readonly output: {
    readonly shape: 'logzio' | 'ecs';
    readonly fields: JsonObject;
    readonly tags: readonly string[];
    readonly preserveOriginalEvent: boolean;
    readonly preserveDuplicateCustomFields: boolean;
    /** Paths in JumpCloud's event, `*` for one level. */
    readonly dropFields: readonly string[];
    readonly hashFields: readonly string[];
    /** Name of the SSM SecureString that holds the key of the hashes. */
    readonly hashKeyParameter: string;
  };
  readonly state: {
    /** An existing table to take up again; absent: the stack (or the local runner) makes one. */
    readonly table?: string;
  };
  readonly aws: { readonly kmsKeyArn?: string };
  readonly alarms: {
    readonly email?: string;
    /** An existing SNS topic; absent: the stack makes one. */
    readonly topicArn?: string;
  };
  readonly network: {
    /**
     * `http://host:port`; its credentials, if any, come from the SSM parameter
     * `proxyCredentialsParameter` as `user:password`.
     */
    readonly proxy?: string;
    /**
     * Name of the SSM SecureString that holds the proxy's `user:password`
     * (`network.proxy_credentials_parameter`).
     */
    readonly proxyCredentialsParameter?: string;
    readonly vpcId?: string;
    readonly subnetIds: readonly string[];
    readonly securityGroupIds: readonly string[];
  };
}

/**
 * A configuration that may leave this process: the type has no room for a token, so that a `Config`
 * which may hold one is refused by the compiler wherever a template or a deployed file is written.
 */
export type DeployedConfig = Config & {
  readonly logzio: { readonly token?: never };
  readonly jumpcloud: { readonly credentials: { readonly token?: never } };
};
