/** A quiet day, and what each alert is there for. */
import type { JsonObject } from '../../lib/platform/json.ts';
import { sampleDay } from '../../simulators/sample-day.ts';

export const END = Date.parse('2026-11-20T12:00:00Z');
const ORGANIZATION = '5f0000000000000000000001';

/** The sample day, without its events of the future. */
export function quietDay(): JsonObject[] {
  return sampleDay({ end: END, count: 3000, organization: ORGANIZATION })
    .map(({ text }) => JSON.parse(text) as JsonObject)
    .filter(({ timestamp }) => Date.parse(String(timestamp)) < END);
}

let count = 0;

/** An event in the last minutes before the end of the day. */
function event(type: string, more: JsonObject, secondsBeforeEnd = 60): JsonObject {
  count++;
  return {
    id: `incident-${count}`,
    timestamp: new Date(END - secondsBeforeEnd * 1000).toISOString(),
    service: 'directory',
    event_type: type,
    organization: ORGANIZATION,
    ...more,
  };
}

const times = (many: number, make: (n: number) => JsonObject) => Array.from({ length: many }, (_, n) => make(n));
const from = (country: string, ip: string) => ({ client_ip: ip, geoip: { country_code: country } });
const person = (username: string) => ({ initiated_by: { type: 'user', id: `id-of-${username}`, username } });
const admin = { initiated_by: { type: 'admin', id: 'id-of-mallory', email: 'mallory@example.com' } };

/** By the name of the alert that must ring. */
export const INCIDENTS: Readonly<Record<string, readonly JsonObject[]>> = {
  'failed-logins-of-a-user': times(12, (n) =>
    event('user_login_attempt', { ...person('victim'), ...from('US', `198.51.100.${n}`), success: false }),
  ),
  'failed-logins-from-an-address': times(25, (n) =>
    event('sso_auth', {
      service: 'sso',
      ...person(`sprayed${n}`),
      ...from('US', '203.0.113.200'),
      sso_token_success: false,
    }),
  ),
  'login-from-a-new-country': [
    event('admin_login_attempt', { ...admin, ...from('NZ', '192.0.2.20'), success: true, mfa: true }),
  ],
  'user-in-two-countries': ['US', 'BR'].map((country, n) =>
    event(
      'user_login_attempt',
      { ...person('traveller'), ...from(country, `192.0.2.${n}`), success: true, mfa: false },
      3600 * (n + 1),
    ),
  ),
  'administrator-created-or-mfa-disabled': [
    event('admin_create', { ...admin, resource: { type: 'admin', id: 'new', email: 'new@example.com' } }),
    event('totp_delete_enrollment', { ...admin, resource: { type: 'user', id: 'id-of-victim', username: 'victim' } }),
  ],
  'mass-deletion': times(11, (n) =>
    event(n % 2 ? 'user_delete' : 'system_delete', { ...admin, resource: { type: 'user', id: `gone${n}` } }),
  ),
  'impossible-travel': ['US', 'BR'].map((country, n) =>
    event('sso_auth', {
      service: 'sso',
      ...person('fast'),
      ...from(country, `192.0.2.${40 + n}`),
      sso_token_success: true,
    }),
  ),
  'password-spraying-over-radius-and-ldap': times(12, (n) =>
    event(n % 2 ? 'ldap_bind' : 'radius_auth', {
      service: n % 2 ? 'ldap' : 'radius',
      username: `network${n}`,
      ...from('US', `198.51.100.${100 + n}`),
      success: false,
    }),
  ),
  'mfa-disabled-then-login': [
    event('user_update', {
      ...admin,
      resource: { type: 'user', id: 'id-of-unlucky', username: 'unlucky' },
      changes: [{ field: 'enable_user_portal_multifactor', from: true, to: false }],
    }),
    event('user_login_attempt', { ...person('unlucky'), ...from('US', '192.0.2.60'), success: true, mfa: false }, 30),
  ],
  'mass-device-deletion': times(6, (n) =>
    event('system_delete', {
      initiated_by: { type: 'admin', id: 'id-of-carol', email: 'carol@example.com' },
      system: { id: `device${n}`, hostname: `laptop-${n}` },
    }),
  ),
  'new-administrator-from-a-new-address': ['192.0.2.70', '203.0.113.70'].map((ip, n) =>
    event(n === 0 ? 'admin_login_attempt' : 'admin_create', {
      initiated_by: { type: 'admin', id: 'id-of-dave', email: 'dave@example.com' },
      ...from('US', ip),
      success: true,
      ...(n === 1 && { resource: { type: 'admin', id: 'newest', email: 'newest@example.com' } }),
    }),
  ),
};
