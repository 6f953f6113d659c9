/** The configuration as a deployed function finds it: JSON without tokens, no YAML, no schema. */

import { isJsonObject } from '../platform/json.ts';
import type { Config, DeployedConfig } from './config.ts';

/** The file was damaged, edited by hand, or written by another version. */
class DeployedConfigError extends Error {
  override readonly name = 'DeployedConfigError';
}

/** @returns the same configuration without the tokens; the type has no room for them. */
export function withoutTokens(config: Config): DeployedConfig {
  const { token: _shippingToken, ...logzio } = config.logzio;
  const { token: _credential, ...credentials } = config.jumpcloud.credentials;
  return { ...config, logzio, jumpcloud: { ...config.jumpcloud, credentials } };
}

/** The keys a function cannot run without, with the kind of value each has. */
const REQUIRED = {
  logzio: { url: 'string', tokenParameter: 'string', type: 'string' },
  jumpcloud: {
    url: 'string',
    startDate: 'present',
    credentials: { type: 'string', tokenParameter: 'string', orgIds: 'list' },
    settings: {
      timeIntervalMinutes: 'number',
      services: 'list',
      limit: 'number',
      sourceLagSeconds: 'number',
      allowedLatenessMinutes: 'number',
    },
  },
  output: {
    shape: 'string',
    fields: 'object',
    tags: 'list',
    preserveOriginalEvent: 'boolean',
    preserveDuplicateCustomFields: 'boolean',
    dropFields: 'list',
    hashFields: 'list',
    hashKeyParameter: 'string',
  },
  state: 'object',
  aws: 'object',
  alarms: 'object',
  network: { subnetIds: 'list', securityGroupIds: 'list' },
} as const;

type Required = { readonly [key: string]: string | Required };

/**
 * @param text the JSON of a `DeployedConfig`.
 * @throws DeployedConfigError naming the first key that is missing, of the wrong kind, or a token.
 */
export function parseDeployedConfig(text: string): DeployedConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Its message quotes the file; where a file is broken, nobody knows what is in it.
    throw new DeployedConfigError('config.json is not JSON; deploy again to write it anew');
  }
  const fault = firstFault(value, REQUIRED, '');
  if (fault !== undefined) throw new DeployedConfigError(`config.json: ${fault}; deploy again to write it anew`);
  return value as DeployedConfig;
}

function firstFault(value: unknown, required: Required, path: string): string | undefined {
  if (!isJsonObject(value)) return `${path || 'the whole'} is not an object`;
  if ('token' in value) return `${path}.token has no place in a deployed configuration`;
  for (const [key, kind] of Object.entries(required)) {
    const inner = value[key];
    const innerPath = path === '' ? key : `${path}.${key}`;
    const fault = typeof kind === 'object' ? firstFault(inner, kind, innerPath) : kindFault(inner, kind, innerPath);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function kindFault(value: unknown, kind: string, path: string): string | undefined {
  const found = value === undefined || value === null ? 'nothing' : Array.isArray(value) ? 'list' : typeof value;
  return found === kind || (kind === 'present' && found !== 'nothing') ? undefined : `${path} is ${found}, not ${kind}`;
}
