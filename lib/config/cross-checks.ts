/**
 * Faults and warnings that no key shows alone: two that contradict each other, or one that needs
 * another.
 */
import { LONGEST_RETENTION_DAYS } from '../platform/retention.ts';
import { DAY_MS, type EpochMs } from '../platform/time.ts';
import type { FieldTable } from '../shape/field-kinds.ts';
import { FIELD_TABLE } from '../shape/field-table.ts';
import { outputFaults } from '../shape/output-fields.ts';
import { privateFieldsFaults } from '../shape/private-fields.ts';
import { isLoopback } from './addresses.ts';
import type { Fault } from './fault.ts';
import { describeFound, describeName, looksLikeToken } from './found.ts';
import { nearest } from './nearest.ts';
import { regionUrl } from './regions.ts';
import type { SettingPath, Values } from './settings.ts';

/** @param values what could be read; a check whose keys are at fault already is left out. */
export function crossFaults(values: Partial<Values>, now: EpochMs): Fault[] {
  return [
    ...listenerAddress(values),
    ...jumpcloudAddress(values),
    ...organizations(values),
    ...times(values, now),
    ...deployment(values),
    ...misplacedTokens(values),
    ...addedFields(values),
    ...privateFields(values),
  ];
}

function listenerAddress(values: Partial<Values>): Fault[] {
  const url = values['logzio.url'];
  const webApp = /\/\/(?:app|api)(-\w+)?\.logz\.io/.exec(url ?? '');
  if (webApp) {
    const expected = `the listener, not the web application or its API: https://listener${webApp[1] ?? ''}.logz.io:8071`;
    return [{ path: 'logzio.url', found: describeFound(url), expected }];
  }
  if (url?.startsWith('https:') && new URL(url).port === '8070') {
    const expected = `${url.replace(':8070', ':8071')}: port 8070 is the one without encryption`;
    return [{ path: 'logzio.url', found: describeFound(url), expected }];
  }
  if (url === undefined || url.startsWith('https:') || isLoopback(url) || values['logzio.allow_http'] !== false)
    return [];
  const { hostname, port } = new URL(url);
  // 8070 is the listener's plain door, 8071 the encrypted one; without a port, plain http was meant
  // for 80.
  const secure = `https://${hostname}:${port === '8070' || port === '' ? '8071' : port}`;
  const reason = 'over plain http everyone on the way can read the token';
  return [
    {
      path: 'logzio.url',
      found: describeFound(url),
      expected: `${secure} (${reason}; allow_http: true takes it all the same)`,
    },
  ];
}

/** What a shape would refuse is refused before anything is started. */
function addedFields(values: Partial<Values>): Fault[] {
  const { 'output.shape': shape, 'output.fields': fields, 'output.tags': tags } = values;
  if (shape === undefined || fields === undefined || tags === undefined) return [];
  return outputFaults({ shape, fields, tags }).map((sentence) => {
    const [path = 'output.fields', ...expected] = sentence.split(': ');
    return { path, expected: expected.join(': ') };
  });
}

function privateFields(values: Partial<Values>): Fault[] {
  const { 'output.drop_fields': dropFields = [], 'output.hash_fields': hashFields = [] } = values;
  return privateFieldsFaults({ dropFields, hashFields }).map(([path, expected]) => ({ path, expected }));
}

function jumpcloudAddress(values: Partial<Values>): Fault[] {
  const [region, url] = [values['jumpcloud_api.region'], values['jumpcloud_api.url']];
  if (url === undefined) return [];
  const faults: Fault[] = [];
  if (url.startsWith('http:') && !isLoopback(url)) {
    const expected = `${url.replace('http:', 'https:')}: over plain http everyone on the way can read the key`;
    faults.push({ path: 'jumpcloud_api.url', found: describeFound(url), expected });
  }
  if (region !== undefined && url !== regionUrl(region)) {
    const expected = `one of region and url: region ${region} is ${regionUrl(region)}`;
    faults.push({ path: 'jumpcloud_api.url', found: describeFound(url), expected });
  }
  return faults;
}

function organizations(values: Partial<Values>): Fault[] {
  const path = 'jumpcloud_api.credentials.org_id';
  const type = values['jumpcloud_api.credentials.type'];
  const [one, many] = [values[path], values['jumpcloud_api.credentials.org_ids']];
  const token = values['jumpcloud_api.credentials.token'];
  const faults: Fault[] = [];
  if (one !== undefined && many && many.length > 0 && (many.length > 1 || many[0] !== one)) {
    faults.push({ path, expected: 'keep one of org_id and org_ids: both are given, and they differ' });
  }
  if (type === 'service_account' && path in values && one === undefined && many?.length === 0) {
    faults.push({
      path,
      found: 'nothing',
      expected: "the organization's id (or org_ids): JumpCloud requires it of a service account",
    });
  }
  if (type === 'service_account' && token !== undefined && !/^[^:]+:[^:]+/.test(token)) {
    const found = `a text of ${token.length} characters without a colon`;
    faults.push({
      path: 'jumpcloud_api.credentials.token',
      found,
      expected: 'clientId:clientSecret, because the type is service_account',
    });
  }
  return faults;
}

function times(values: Partial<Values>, now: EpochMs): Fault[] {
  const faults: Fault[] = [];
  const lagSeconds = values['jumpcloud_api.settings.source_lag'];
  const latenessMinutes = values['jumpcloud_api.settings.allowed_lateness'];
  if (lagSeconds !== undefined && latenessMinutes !== undefined && latenessMinutes * 60 <= lagSeconds) {
    faults.push({
      path: 'jumpcloud_api.settings.allowed_lateness',
      found: `${latenessMinutes} (${latenessMinutes * 60} seconds)`,
      expected: `more than source_lag, ${lagSeconds} seconds`,
    });
  }
  const start = values['jumpcloud_api.start_date'];
  if (typeof start === 'object' && 'at' in start && start.at > now) {
    const found = `${new Date(start.at).toISOString()}, which lies in the future`;
    faults.push({
      path: 'jumpcloud_api.start_date',
      found,
      expected: 'an instant in the past (it is in UTC), or nothing for now',
    });
  }
  return faults;
}

function deployment(values: Partial<Values>): Fault[] {
  const faults: Fault[] = [];
  const needs = (path: SettingPath, given: boolean, other: SettingPath, missing: boolean) => {
    if (given && missing) faults.push({ path, expected: `needs ${other} as well` });
  };
  const [vpc, subnets, groups] = [
    values['network.vpc_id'],
    values['network.subnet_ids'],
    values['network.security_group_ids'],
  ];
  const noVpc = 'network.vpc_id' in values && vpc === undefined;
  needs('network.vpc_id', vpc !== undefined, 'network.subnet_ids', subnets?.length === 0);
  needs('network.subnet_ids', (subnets?.length ?? 0) > 0, 'network.vpc_id', noVpc);
  needs('network.security_group_ids', (groups?.length ?? 0) > 0, 'network.vpc_id', noVpc);
  const noProxy = 'network.proxy' in values && values['network.proxy'] === undefined;
  const credentials = values['network.proxy_credentials_parameter'];
  needs('network.proxy_credentials_parameter', credentials !== undefined, 'network.proxy', noProxy);
  const parameters: SettingPath[] = [
    'logzio.token_parameter',
    'jumpcloud_api.credentials.token_parameter',
    'network.proxy_credentials_parameter',
    'output.hash_key_parameter',
  ];
  for (const [index, path] of parameters.entries()) {
    const same = parameters
      .slice(0, index)
      .find((other) => values[other] !== undefined && values[other] === values[path]);
    if (same) faults.push({ path, expected: `a parameter of its own: ${same} names the same one` });
  }
  return faults;
}

/** A token pasted under a second key would leave with that key. */
function misplacedTokens(values: Partial<Values>): Fault[] {
  const secrets = ['logzio.token', 'jumpcloud_api.credentials.token'] as const;
  return secrets.flatMap((secretPath) => {
    const token = values[secretPath];
    if (token === undefined) return [];
    const elsewhere = Object.entries(values).filter(([path, value]) => path !== secretPath && holds(value, token));
    return elsewhere.map(([path]) => ({ path, expected: `must not hold the token that stands in ${secretPath}` }));
  });
}

/** Whole texts, or any part of one where the token is long enough not to be an everyday word. */
function holds(value: unknown, token: string): boolean {
  if (typeof value === 'string') return value === token || (looksLikeToken(token) && value.includes(token));
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, inner]) => holds(key, token) || holds(inner, token));
}

/** Things that work but are worth a second look. */
export function crossWarnings(values: Values, now: EpochMs): string[] {
  const warnings: string[] = [];
  const start = values['jumpcloud_api.start_date'];
  const ageMs = start === 'now' ? 0 : 'at' in start ? now - start.at : start.ageMs;
  if (ageMs > LONGEST_RETENTION_DAYS * DAY_MS) {
    warnings.push(
      `jumpcloud_api.start_date: lies ${Math.floor(ageMs / DAY_MS)} days back; JumpCloud keeps events for ${LONGEST_RETENTION_DAYS} days, for 15 on its lowest plan, and has nothing older`,
    );
  }
  const listener = new URL(values['logzio.url']);
  if (listener.protocol === 'http:' && !isLoopback(listener.origin)) {
    warnings.push(
      `logzio.url: over plain http everyone on the way to ${listener.host} can read the token and the events`,
    );
  }
  if (/^listener(-\w+)?\.logz\.io$/.test(listener.hostname) && listener.port !== '8071' && listener.port !== '8070') {
    warnings.push(`logzio.url: Logz.io's listeners answer on port 8071: https://${listener.hostname}:8071`);
  }
  return [...warnings, ...unknownFields(values)];
}

/** A path with a slip in it would let through what it was to hold back. */
function unknownFields(values: Values): string[] {
  return (['output.drop_fields', 'output.hash_fields'] as const).flatMap((key) =>
    values[key].flatMap((path) => {
      const unknown = unknownIn(FIELD_TABLE, path.split('.'));
      if (unknown === undefined) return [];
      const meant = unknown.meant === undefined ? '' : `; did you mean ${unknown.meant}?`;
      return [`${key}: no known event has a field ${describeName(path)}, so this may keep nothing back${meant}`];
    }),
  );
}

/** @returns undefined where each name of the path is known, or may be any */
function unknownIn(table: FieldTable, path: readonly string[], depth = 0): { meant: string | undefined } | undefined {
  const name = path[depth];
  if (name === undefined || name === '*') return undefined;
  const field = Object.hasOwn(table, name) ? table[name] : undefined;
  if (field?.fields) return unknownIn(field.fields, path, depth + 1);
  if (field) return undefined;
  const known = nearest(name, Object.keys(table));
  return { meant: known && [...path.slice(0, depth), known].join('.') };
}
