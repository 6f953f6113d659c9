/** Which organizations an input means. */
import type { Config } from '../config/config.ts';
import { InputError } from '../config/given-instant.ts';
import { organizationsOf } from './live-stream.ts';

/**
 * @param orgId absent: all that are configured
 * @returns one entry an organization; a single `undefined` where the key belongs to one and none is
 * named
 * @throws InputError
 */
export function chosenOrganizations(config: Config, orgId: string | undefined): readonly (string | undefined)[] {
  const configured = organizationsOf(config);
  if (orgId === undefined) return configured;
  if (configured.includes(orgId)) return [orgId];
  const known = configured.filter((id) => id !== undefined).join(', ') || 'none: leave org_id out';
  throw new InputError(`org_id ${orgId} is not in config.yaml (configured: ${known}); nothing was done`);
}
