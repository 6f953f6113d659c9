/** The live streams of a configuration, one an organization, and which of them an input means. */
import type { Config } from '../config/config.ts';
import { InputError, startInstant } from '../config/start-date.ts';
import type { EpochMs } from '../platform/time.ts';
import type { Stream } from '../ship/window.ts';

/** The stream name of an organization, or of the only one a key belongs to. */
export function liveStreamName(orgId: string | undefined): string {
  return `live#${orgId ?? 'default'}`;
}

export function liveStream(
  { jumpcloud: { settings, startDate } }: Config,
  orgId: string | undefined,
  now: EpochMs,
): Stream {
  const { services, limit, searchTerm } = settings;
  return {
    name: liveStreamName(orgId),
    start: startInstant(startDate, now),
    query: { services, limit, ...(searchTerm && { searchTerm }) },
    sourceLagMs: settings.sourceLagSeconds * 1000,
    allowedLatenessMs: settings.allowedLatenessMinutes * 60_000,
  };
}

/** @returns a single `undefined` where the key belongs to one organization and none is named */
export function organizationsOf(config: Config): readonly (string | undefined)[] {
  const { orgIds } = config.jumpcloud.credentials;
  return orgIds.length > 0 ? orgIds : [undefined];
}

/** @param orgId absent: all that are configured. @throws InputError for one that is not */
export function chosenOrganizations(config: Config, orgId: string | undefined): readonly (string | undefined)[] {
  const configured = organizationsOf(config);
  if (orgId === undefined) return configured;
  if (configured.includes(orgId)) return [orgId];
  const known = configured.filter((id) => id !== undefined).join(', ') || 'none: leave org_id out';
  throw new InputError(`org_id ${orgId} is not in config.yaml (configured: ${known}). Nothing was done`);
}
