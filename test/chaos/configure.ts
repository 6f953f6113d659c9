/** The configuration of a history's instances. */

import type { Config } from '../../lib/config/config.ts';
import { parseConfig } from '../../lib/config/parse.ts';
import type { Plan, Settings } from './plan.ts';

/** The configuration as it would be read from `config.yaml`. */
export function configure(
  plan: Plan,
  cloud: { jumpcloud: { url: string }; logzio: { url: string } },
  settings: Settings,
  now: number,
): Config {
  const { limit, latenessMinutes, lagSeconds } = settings;
  return parseConfig(
    {
      logzio: { url: cloud.logzio.url },
      output: { shape: plan.shape },
      jumpcloud_api: {
        url: cloud.jumpcloud.url,
        start_date: plan.startDate,
        credentials: {
          type: plan.serviceAccount ? 'service_account' : 'api_key',
          ...(plan.organizations.length > 0 && { org_ids: plan.organizations }),
        },
        settings: { limit, allowed_lateness: latenessMinutes, source_lag: lagSeconds },
      },
    },
    {},
    now,
  ).config;
}
