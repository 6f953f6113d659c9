/**
 * The tokens of a run on this machine: from `config.yaml` or the environment, kept in this
 * process's memory only.
 */
import type { Runtime } from '../lib/commands/context.ts';
import type { Config } from '../lib/config/config.ts';
import { describeSecret } from '../lib/config/fault.ts';
import { givenSecret, HASH_KEY_FORM, type Secret } from '../lib/platform/secrets.ts';

export class LocalSecretsError extends Error {
  override readonly name = 'LocalSecretsError';
}

/** @throws {LocalSecretsError} that names what is missing. */
export function localSecrets({
  logzio,
  jumpcloud,
  output,
}: Config): Pick<Runtime, 'jumpcloudSecret' | 'logzioSecret' | 'hashKeySecret'> {
  const jumpcloudToken = jumpcloud.credentials.token;
  const logzioToken = logzio.token;
  const hashKeySecret = output.hashFields.length > 0 ? givenHashKey(process.env) : undefined;
  if (!jumpcloudToken || !logzioToken) {
    const missing = [
      ...(jumpcloudToken ? [] : ['  JumpCloud: set JUMPCLOUD_API_TOKEN, or jumpcloud_api.credentials.token']),
      ...(logzioToken ? [] : ['  Logz.io: set LOGZIO_API_TOKEN, or logzio.token']),
    ];
    throw new LocalSecretsError(
      `A run on this machine needs both tokens; missing:\n${missing.join('\n')}\nTo try it without any: npm start -- --demo`,
    );
  }
  if (output.hashFields.length > 0 && !hashKeySecret)
    throw new LocalSecretsError(
      `output.hash_fields needs a key: set HASH_KEY to ${HASH_KEY_FORM.expected}. Keep it: with another key equal values get other hashes`,
    );
  return {
    jumpcloudSecret: givenSecret(
      'JUMPCLOUD_API_TOKEN (or jumpcloud_api.credentials.token in config.yaml)',
      jumpcloudToken,
    ),
    logzioSecret: givenSecret('LOGZIO_API_TOKEN (or logzio.token in config.yaml)', logzioToken),
    hashKeySecret,
  };
}

/**
 * The key of `output.hash_fields`, from the environment alone.
 * @returns undefined where it is not set
 * @throws {LocalSecretsError} where it is too short, or no key
 */
export function givenHashKey(environment: NodeJS.ProcessEnv): Secret | undefined {
  const key = environment.HASH_KEY?.trim();
  if (!key) return undefined;
  if (HASH_KEY_FORM.pattern.test(key)) return givenSecret('HASH_KEY', key);
  throw new LocalSecretsError(`HASH_KEY: found ${describeSecret(key)}; expected ${HASH_KEY_FORM.expected}`);
}
