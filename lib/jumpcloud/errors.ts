/** What went wrong at JumpCloud, what it means, and what to do about it. */

import { howToPut } from '../platform/secrets.ts';
import type { EpochMs } from '../platform/time.ts';

export class JumpCloudError extends Error {
  override readonly name = 'JumpCloudError';
  readonly status?: number;
  readonly retryable: boolean = false;
  readonly retryAfterMs?: number | undefined;
  /** JumpCloud's clock when it answered. */
  readonly serverNow?: EpochMs | undefined;
  /** Asking for fewer events may help: the answer was too large or too slow. */
  readonly askForLess: boolean = false;
  /** Our own deadline cut the request off: nothing is known against JumpCloud. */
  readonly givenUp: boolean = false;
  /** The next attempt asks for less, and has no reason to wait. */
  readonly needsNoWait: boolean = false;

  constructor(message: string, { cause, ...details }: JumpCloudErrorDetails = {}) {
    super(message, { cause });
    Object.assign(this, details);
  }
}

export type JumpCloudErrorDetails = Partial<Omit<JumpCloudError, keyof Error>> & { readonly cause?: Error };

/**
 * What a status that no retry can mend means, and what to do; the likeliest cause first.
 * @param keptAt where the secret is kept @param url API origin
 */
export function adviceFor(status: number, keptAt: string, url: string, orgId?: string): string {
  switch (status) {
    case 400:
      return 'it does not accept the query. Either it does not know a service of jumpcloud_api.settings.services. Or it does not understand jumpcloud_api.settings.search_term';
    case 401:
      return `it does not accept the key, though it was just read again. Either the key is wrong or was revoked: put a valid one into ${keptAt}${howToPut(keptAt)}. Or it belongs to another region than ${url}: set jumpcloud_api.region to us, eu or in`;
    case 402:
      return 'Directory Insights is not enabled for this organization. Either your plan does not include it: change the plan. Or it is switched off: enable it in the JumpCloud Admin Portal. Or the key belongs to another organization than you mean: check the key';
    case 403:
      return orgId === undefined
        ? "the key is refused. Either its administrator's role may not read Directory Insights (Command Runner may not). Or it manages several organizations: set jumpcloud_api.credentials.org_id"
        : `the key is refused for organization ${orgId}. Either this is not one of the key's organizations: check jumpcloud_api.credentials.org_id. Or its administrator's role may not read Directory Insights (Command Runner may not)`;
    case 404:
      return 'there is no such address. Either jumpcloud_api.url is wrong: check it, or leave it out and set jumpcloud_api.region. Or a proxy answers in place of JumpCloud: check network.proxy';
    default:
      return status >= 300 && status < 400
        ? 'it redirects to another address. The program does not follow, because it would send the key there. Set jumpcloud_api.url to the final address'
        : 'this status is unexpected';
  }
}
