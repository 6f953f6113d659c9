/**
 * Who and what appears in the sample day: people at example.com, their devices, applications and
 * addresses, all made up.
 */
import type { JsonObject } from '../lib/platform/json.ts';
import type { Random } from './random.ts';

const NAMES = [
  'ada lovelace',
  'alan turing',
  'annie easley',
  'barbara liskov',
  'claude shannon',
  'donald knuth',
  'edsger dijkstra',
  'evelyn boyd',
  'frances allen',
  'grace hopper',
  'hedy lamarr',
  'joan clarke',
  'john backus',
  'karen jones',
  'katherine johnson',
  'konrad zuse',
  'lynn conway',
  'margaret hamilton',
  'mary keller',
  'niklaus wirth',
  'radia perlman',
  'sophie wilson',
  'tim lee',
  'zoë müller',
] as const;

/** Networks that are reserved for documentation, with a place each. */
const PLACES = [
  {
    network: '192.0.2',
    geoip: {
      continent_code: 'EU',
      country_code: 'DE',
      region_code: 'BE',
      region_name: 'Land Berlin',
      timezone: 'Europe/Berlin',
      latitude: 52.5196,
      longitude: 13.4069,
    },
  },
  {
    network: '198.51.100',
    geoip: {
      continent_code: 'NA',
      country_code: 'US',
      region_code: 'CO',
      region_name: 'Colorado',
      timezone: 'America/Denver',
      latitude: 40.0166,
      longitude: -105.2811,
    },
  },
  {
    network: '203.0.113',
    geoip: {
      continent_code: 'AS',
      country_code: 'IN',
      region_code: 'KA',
      region_name: 'Karnataka',
      timezone: 'Asia/Kolkata',
      latitude: 13,
      longitude: 77.6,
    },
  },
] as const;

const SYSTEMS = ['macOS', 'Windows', 'Linux'] as const;

export interface Person {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly device: { readonly id: string; readonly hostname: string; readonly os: string };
}

export interface Cast {
  readonly organization: string;
  readonly people: readonly [Person, ...Person[]];
  readonly admins: readonly [Person, ...Person[]];
  readonly applications: readonly [JsonObject, ...JsonObject[]];
  readonly groups: readonly [JsonObject, ...JsonObject[]];
}

export function createCast(random: Random, organization: string): Cast {
  const people = NAMES.map((name, index): Person => {
    const username = name.replace(' ', '.');
    const os = SYSTEMS[index % SYSTEMS.length] ?? 'Linux';
    const device = { id: random.hex(24), hostname: `${username.split('.')[0]}-laptop`, os };
    return { id: random.hex(24), username, email: `${username}@example.com`, device };
  });
  const named = (name: string, more: JsonObject = {}): JsonObject => ({ id: random.hex(24), name, ...more });
  return {
    organization,
    people: people as [Person, ...Person[]],
    admins: people.slice(8, 11) as [Person, ...Person[]],
    applications: [
      named('wiki', { display_label: 'Wiki', sso_type: 'saml' }),
      named('mail', { display_label: 'Mail', sso_type: 'saml' }),
      named('crm', { display_label: 'Customers', sso_type: 'oidc' }),
      named('payroll', { display_label: 'Payroll', sso_type: 'saml' }),
    ],
    groups: [named('engineering', { type: 'user_group' }), named('sales', { type: 'user_group' })],
  };
}

/** The address a person comes from today, and where it is: one place in nine cases of ten. */
export function addressOf(random: Random, person: Person): { client_ip: string; geoip: JsonObject } {
  const home = person.username.length % PLACES.length;
  const place = PLACES[random.chance(0.9) ? home : random.int(0, PLACES.length - 1)] ?? PLACES[0];
  const host = 10 + ((person.username.charCodeAt(0) * 7 + person.username.charCodeAt(1)) % 200);
  return {
    client_ip: random.chance(0.04) ? `2001:db8::${host.toString(16)}` : `${place.network}.${host}`,
    geoip: { ...place.geoip },
  };
}

export function userAgentOf(random: Random, person: Person): JsonObject {
  const major = String(random.int(140, 146));
  const mac = person.device.os === 'macOS';
  return {
    name: mac ? 'Safari' : 'Chrome',
    version: `${major}.0.0.0`,
    major,
    minor: '0',
    patch: '0',
    device: mac ? 'Mac' : 'Other',
    os: person.device.os,
    os_name: person.device.os,
    os_full: `${person.device.os} 14.5`,
    os_major: '14',
    os_minor: '5',
    os_patch: '',
    os_version: '14.5',
  };
}
