/** Faults and warnings that no key shows alone: keys that contradict or need each other. */
import type { JsonValue } from '../platform/json.ts';
import { DAY_MS, type EpochMs, LONGEST_RETENTION_DAYS } from '../platform/time.ts';
import type { FieldTable } from '../shape/field-kinds.ts';
import { FIELD_TABLE } from '../shape/field-table.ts';
import { addedFields, outputFaults } from '../shape/output-fields.ts';
import { privateFieldsFaults } from '../shape/private-fields.ts';
import { type Fault, looksLikeToken, nearest } from './fault.ts';
import { isLoopback, LISTENER, REGION_URLS } from './setting.ts';
import type { SettingPath, Values } from './settings.ts';
import { startInstant } from './start-date.ts';

/** What could be read: a check whose keys are at fault already is left out. */
type Read = Partial<Values>;

export function crossFaults(values: Read, now: EpochMs): Fault[] {
  const checks = [listener, jumpcloud, organizations, times, needed, sharedParameters, misplacedTokens, output];
  return checks.flatMap((check) => check(values, now));
}

function when(isWrong: unknown, path: string, expected: string, found?: string): Fault[] {
  return isWrong ? [{ path, found, expected }] : [];
}

function listener({ 'logzio.url': url, 'logzio.allow_http': isHttpAllowed }: Read): Fault[] {
  if (url === undefined) return [];
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^(?:app|api)((?:-\w+)?\.logz\.io)$/, 'listener$1');
  // 8070 is the port without encryption; without a port, plain http was meant for 80.
  const secure = `https://${host}:${port === '8070' || port === '' ? '8071' : port}`;
  const isOpen = protocol === 'http:' && isHttpAllowed === false && !isLoopback(url);
  const reason =
    (host !== hostname && 'the listener, not the web application or its API') ||
    (protocol === 'https:' && port === '8070' && 'port 8070 is the one without encryption') ||
    (isOpen && 'over plain http anyone on the network path can read the token; allow_http: true allows it');
  return when(reason, 'logzio.url', `${secure} (${reason})`, `"${url}"`);
}

function jumpcloud({ 'jumpcloud_api.url': url, 'jumpcloud_api.region': region }: Read): Fault[] {
  if (url === undefined) return [];
  const [path, found, secure] = ['jumpcloud_api.url', `"${url}"`, url.replace('http:', 'https:')];
  const ofRegion = region === undefined ? url : REGION_URLS[region];
  const isOpen = url !== secure && !isLoopback(url);
  return [
    ...when(isOpen, path, `${secure}: over plain http anyone on the network path can read the key`, found),
    ...when(url !== ofRegion, path, `one of region and url: region ${region} is ${ofRegion}`, found),
  ];
}

function organizations(values: Read): Fault[] {
  const path = 'jumpcloud_api.credentials.org_id';
  const { [path]: one, 'jumpcloud_api.credentials.org_ids': many } = values;
  const differ = one !== undefined && many?.some((id) => id !== one);
  const faults = when(differ, path, 'keep one of org_id and org_ids: both are given, and they differ');
  if (values['jumpcloud_api.credentials.type'] !== 'service_account') return faults;
  const isMissing = path in values && one === undefined && many?.length === 0;
  const required = "the organization's id (or org_ids): JumpCloud requires it of a service account";
  const { 'jumpcloud_api.credentials.token': token = 'clientId:clientSecret' } = values;
  const pair = 'clientId:clientSecret, because the type is service_account';
  const found = `a text of ${token.length} characters without a colon`;
  return [
    ...faults,
    ...when(isMissing, path, required, 'nothing'),
    ...when(!/^[^:]+:[^:]+/.test(token), 'jumpcloud_api.credentials.token', pair, found),
  ];
}

function times(values: Read, now: EpochMs): Fault[] {
  const { 'jumpcloud_api.settings.source_lag': lag = 0, 'jumpcloud_api.start_date': startDate = 'now' } = values;
  const lateness = values['jumpcloud_api.settings.allowed_lateness'] ?? Number.POSITIVE_INFINITY;
  const longer = `more than source_lag, ${lag} seconds`;
  const found = `${lateness} (${lateness * 60} seconds)`;
  const start = startInstant(startDate, now);
  const future = `${new Date(start).toISOString()}, which is in the future`;
  const past = 'a time in the past (in UTC), or nothing to begin now';
  return [
    ...when(lateness * 60 <= lag, 'jumpcloud_api.settings.allowed_lateness', longer, found),
    ...when(start > now, 'jumpcloud_api.start_date', past, future),
  ];
}

const NEEDS: readonly (readonly [path: SettingPath, other: SettingPath])[] = [
  ['network.vpc_id', 'network.subnet_ids'],
  ['network.subnet_ids', 'network.vpc_id'],
  ['network.security_group_ids', 'network.vpc_id'],
  ['network.proxy_credentials_parameter', 'network.proxy'],
];

function needed(values: Read): Fault[] {
  const isGiven = (path: SettingPath) => String(values[path] ?? '') !== ''; // nor an empty list
  return NEEDS.flatMap(([path, other]) =>
    when(isGiven(path) && other in values && !isGiven(other), path, `needs ${other} as well`),
  );
}

function sharedParameters(values: Read): Fault[] {
  const parameters = Object.entries(values).filter(([path, value]) => path.endsWith('_parameter') && value);
  return parameters.flatMap(([path, value], index) => {
    const [same] = parameters.slice(0, index).find(([, other]) => other === value) ?? [];
    return when(same !== undefined, path, `a parameter of its own: ${same} names the same one`);
  });
}

/** A token pasted under a second key would leave with that key. */
function misplacedTokens(values: Read): Fault[] {
  return (['logzio.token', 'jumpcloud_api.credentials.token'] as const).flatMap((secret) => {
    const text = JSON.stringify(values[secret]);
    if (text === undefined) return [];
    // A short one may be an everyday word, which counts as a whole text alone.
    const sought = looksLikeToken(text) ? text.slice(1, -1) : text;
    return Object.entries(values).flatMap(([path, value]) => {
      const isHere = path !== secret && JSON.stringify([value]).includes(sought);
      return when(isHere, path, `must not contain the token of ${secret}`);
    });
  });
}

/** What a shape would refuse is refused before anything is started. */
function output(values: Read): Fault[] {
  const { 'output.fields': fields, 'output.tags': tags } = values;
  const { 'output.drop_fields': dropFields = [], 'output.hash_fields': hashFields = [] } = values;
  const added = fields && tags ? outputFaults({ fields, tags }) : [];
  const faults = [
    ...added.map((sentence) => sentence.split(/: (.*)/s)),
    ...privateFieldsFaults({ dropFields, hashFields }),
  ];
  return faults.map(([path = '', expected = '']) => ({ path, expected }));
}

/** Things that work but are worth a second look. */
export function crossWarnings(values: Values, now: EpochMs): string[] {
  const days = (now - startInstant(values['jumpcloud_api.start_date'], now)) / DAY_MS;
  const { protocol, host, hostname, port, origin } = new URL(values['logzio.url']);
  return [
    days > LONGEST_RETENTION_DAYS &&
      `jumpcloud_api.start_date: is ${Math.floor(days)} days back; JumpCloud keeps events for ${LONGEST_RETENTION_DAYS} days, on its lowest plan for 15, and nothing older`,
    protocol === 'http:' &&
      !isLoopback(origin) &&
      `logzio.url: over plain http anyone on the network path to ${host} can read the token and the events`,
    LISTENER.test(hostname) &&
      !['8070', '8071'].includes(port) &&
      `logzio.url: Logz.io's listeners answer on port 8071: https://${hostname}:8071`,
    ...values['output.drop_fields'].map((path) => unknownField('output.drop_fields', path)),
    ...values['output.hash_fields'].map((path) => unknownField('output.hash_fields', path)),
    ...Object.entries(values['output.fields']).map(changedField),
  ].filter((warning) => typeof warning === 'string');
}

/** A path with a slip in it would let through what it was to hold back. */
function unknownField(key: SettingPath, path: string): string | undefined {
  let table: FieldTable | undefined = FIELD_TABLE;
  const names = path.split('.');
  for (const [depth, name] of names.entries()) {
    if (table === undefined || name === '*') return undefined; // below these there may be any
    if (!Object.hasOwn(table, name)) {
      const near = nearest(name, Object.keys(table));
      const meant = near === undefined ? '' : `; did you mean ${[...names.slice(0, depth), near].join('.')}?`;
      return `${key}: no known event has a field ${path}, so this path may have no effect${meant}`;
    }
    table = table[name]?.fields;
  }
  return undefined;
}

/** Beside JumpCloud's own fields, of one kind each, an added field may not stay as it was given. */
function changedField([name, value]: [string, JsonValue]): string | undefined {
  const given = { [name]: value };
  const arrives = addedFields(given);
  const why = 'because docs/fields.md gives each name one type in all logs';
  return arrives === given ? undefined : `output.fields.${name}: arrives as ${JSON.stringify(arrives)}, ${why}`;
}
