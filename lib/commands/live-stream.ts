/** The streams a configuration asks for: the live events of each of its organizations. */

import type { Config } from '../config/config.ts';
import { startInstant } from '../config/start-date.ts';
import type { EpochMs } from '../platform/clock.ts';
import type { Stream } from '../ship/stream.ts';

/** The stream name of an organization, or of the only one a key belongs to. */
export function liveStreamName(orgId: string | undefined): string {
  return `live#${orgId ?? 'default'}`;
}

/** @returns a single `undefined` where the key belongs to one organization and none is named */
export function organizationsOf(config: Config): readonly (string | undefined)[] {
  const { orgIds } = config.jumpcloud.credentials;
  return orgIds.length > 0 ? orgIds : [undefined];
}

export function liveStream(config: Config, orgId: string | undefined, now: EpochMs): Stream {
  const { settings, startDate } = config.jumpcloud;
  return {
    name: liveStreamName(orgId),
    start: startInstant(startDate, now),
    query: {
      services: settings.services,
      limit: settings.limit,
      ...(settings.searchTerm && { searchTerm: settings.searchTerm }),
    },
    sourceLagMs: settings.sourceLagSeconds * 1000,
    allowedLatenessMs: settings.allowedLatenessMinutes * 60_000,
  };
}
