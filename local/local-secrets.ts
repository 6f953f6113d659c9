/**
 * The tokens of a run on this machine: from `config.yaml` or the environment, kept in this
 * process's memory only.
 */
import type { Config } from '../lib/config/config.ts';
import { givenSecret, type Secret } from '../lib/platform/secrets.ts';

export class LocalSecretsError extends Error {
  override readonly name = 'LocalSecretsError';
}

/** @throws {LocalSecretsError} that names what is missing. */
export function localSecrets({ logzio, jumpcloud }: Config): { jumpcloudSecret: Secret; logzioSecret: Secret } {
  const jumpcloudToken = jumpcloud.credentials.token;
  const logzioToken = logzio.token;
  if (!jumpcloudToken || !logzioToken) {
    const missing = [
      ...(jumpcloudToken ? [] : ['  JumpCloud: set JUMPCLOUD_API_TOKEN, or jumpcloud_api.credentials.token']),
      ...(logzioToken ? [] : ['  Logz.io: set LOGZIO_API_TOKEN, or logzio.token']),
    ];
    throw new LocalSecretsError(
      `A run on this machine needs both tokens; missing:\n${missing.join('\n')}\nTo try it without any: npm start -- --demo`,
    );
  }
  return {
    jumpcloudSecret: givenSecret(
      'JUMPCLOUD_API_TOKEN (or jumpcloud_api.credentials.token in config.yaml)',
      jumpcloudToken,
    ),
    logzioSecret: givenSecret('LOGZIO_API_TOKEN (or logzio.token in config.yaml)', logzioToken),
  };
}
