/** Who may ask the simulator of JumpCloud for which organization: API keys and service accounts. */

import { randomUUID } from 'node:crypto';
import type { EpochMs } from '../lib/platform/time.ts';
import type { SimulatorAnswer } from './answer.ts';
import type { SimulatorRequest } from './server.ts';

export interface ApiKey {
  readonly organizations: readonly string[];
  /** A multi-tenant administrator: `x-org-id` is required. */
  readonly multiTenant?: boolean;
  /** A role without the right to read events (Command Runner). */
  readonly forbidden?: boolean;
}

export interface ServiceAccount {
  readonly clientSecret: string;
  readonly organizations: readonly string[];
}

/** May be changed at any time: that is how a test rotates a key. */
export interface AccessSettings {
  apiKeys: Readonly<Record<string, ApiKey>>;
  /** By client id. */
  serviceAccounts: Readonly<Record<string, ServiceAccount>>;
  /** Organizations without Directory Insights: 402. */
  organizationsWithoutInsights: readonly string[];
  accessTokenSeconds: number;
}

export interface Access {
  /** The organization asked for, or the answer that refuses it. */
  organizationOf(request: SimulatorRequest): { organization: string } | { refusal: SimulatorAnswer };
  /** The OAuth endpoint: HTTP Basic, `grant_type=client_credentials&scope=api`. */
  issueToken(request: SimulatorRequest): SimulatorAnswer;
  /** Every access token issued so far stops working. */
  revokeTokens(): void;
}

export function createAccess(settings: AccessSettings, clock: () => EpochMs): Access {
  const tokens = new Map<string, { organizations: readonly string[]; expiresAt: EpochMs }>();

  function grantOf(request: SimulatorRequest): (ApiKey & { needsOrganization: boolean }) | undefined {
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (bearer !== undefined) {
      const token = tokens.get(bearer);
      if (token === undefined || token.expiresAt <= clock()) return undefined;
      return { organizations: token.organizations, needsOrganization: true };
    }
    const key = request.headers['x-api-key'];
    if (typeof key !== 'string' || !Object.hasOwn(settings.apiKeys, key)) return undefined;
    const found = settings.apiKeys[key];
    return found && { ...found, needsOrganization: found.multiTenant === true };
  }

  return {
    organizationOf(request) {
      const grant = grantOf(request);
      if (grant === undefined) return { refusal: refuse(401, 'Unauthorized') };
      const asked = request.headers['x-org-id'];
      const organization = asked ?? (grant.needsOrganization ? undefined : grant.organizations[0]);
      if (grant.forbidden || typeof organization !== 'string' || !grant.organizations.includes(organization)) {
        return { refusal: refuse(403, 'Forbidden') };
      }
      if (settings.organizationsWithoutInsights.includes(organization)) {
        return { refusal: refuse(402, 'Directory Insights is not enabled for this organization') };
      }
      return { organization };
    },

    issueToken(request) {
      const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
      const [clientId = '', ...secret] = Buffer.from(basic, 'base64').toString().split(':');
      const account = Object.hasOwn(settings.serviceAccounts, clientId)
        ? settings.serviceAccounts[clientId]
        : undefined;
      if (account === undefined || account.clientSecret !== secret.join(':')) {
        return { ...json(401, { error: 'invalid_client', error_description: 'Client authentication failed' }) };
      }
      const form = new URLSearchParams(request.body.toString());
      const isForm = (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
      if (!isForm || form.get('grant_type') !== 'client_credentials' || form.get('scope') !== 'api') {
        return json(400, { error: 'invalid_request', error_description: 'grant_type and scope are required' });
      }
      const token = `access-${randomUUID()}`;
      const expiresAt = clock() + settings.accessTokenSeconds * 1000;
      tokens.set(token, { organizations: account.organizations, expiresAt });
      const body = { access_token: token, expires_in: settings.accessTokenSeconds, scope: 'api', token_type: 'bearer' };
      return json(200, body);
    },

    revokeTokens: () => tokens.clear(),
  };
}

/** A JSON answer. */
export function json(status: number, body: object): SimulatorAnswer {
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8' },
    body: JSON.stringify(body),
    gzip: true,
  };
}

/** JumpCloud's form of a refusal: `{"message": …}`. */
export function refuse(status: number, message: string): SimulatorAnswer {
  return json(status, { message });
}
