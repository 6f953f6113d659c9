/** Faults and warnings that no key shows alone: keys that contradict or need each other. */
import type { JsonValue } from '../platform/json.ts';
import { DAY_MS, type EpochMs, formatInstant, LONGEST_RETENTION_DAYS } from '../platform/time.ts';
import { addedFields } from '../shape/conform.ts';
import type { FieldTable } from '../shape/field-kinds.ts';
import { FIELD_TABLE } from '../shape/field-table.ts';
import { privateFieldsFaults } from '../shape/private-fields.ts';
import { outputFaults } from '../shape/shape.ts';
import { type Fault, looksLikeToken, nearest } from './fault.ts';
import { isLoopback, LISTENER, REGION_URLS } from './setting.ts';
import type { SettingPath, Values } from './settings.ts';
import { startInstant } from './start-date.ts';

/** What could be read: a check whose keys are at fault already is left out. */
type Read = Partial<Values>;

export function* crossFaults(values: Read, now: EpochMs): Generator<Fault> {
  for (const check of [listener, jumpcloud, organizations, times, needed, tokens, output]) yield* check(values, now);
}

function* listener({ 'logzio.url': url, 'logzio.allow_http': isHttpAllowed }: Read): Generator<Fault> {
  if (url === undefined) return;
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^(?:app|api)((?:-\w+)?\.logz\.io)$/, 'listener$1');
  // 8070 is the port without encryption; without a port, plain http was meant for 80.
  const secure = `https://${host}:${port === '8070' || port === '' ? '8071' : port}`;
  const isOpen = protocol === 'http:' && isHttpAllowed === false && !isLoopback(url);
  const reason =
    (host !== hostname && 'the listener, not the web application or its API') ||
    (protocol === 'https:' && port === '8070' && 'port 8070 is the one without encryption') ||
    (isOpen && 'over plain http anyone on the network path can read the token; allow_http: true allows it');
  if (reason) yield { path: 'logzio.url', found: `"${url}"`, expected: `${secure} (${reason})` };
}

function* jumpcloud({ 'jumpcloud_api.url': url, 'jumpcloud_api.region': region }: Read): Generator<Fault> {
  if (url === undefined) return;
  const fault = (expected: string) => ({ path: 'jumpcloud_api.url', found: `"${url}"`, expected });
  const secure = url.replace('http:', 'https:');
  if (url !== secure && !isLoopback(url))
    yield fault(`${secure}: over plain http anyone on the network path can read the key`);
  if (region !== undefined && url !== REGION_URLS[region])
    yield fault(`one of region and url: region ${region} is ${REGION_URLS[region]}`);
}

function* organizations(values: Read): Generator<Fault> {
  const path = 'jumpcloud_api.credentials.org_id';
  const { [path]: one, 'jumpcloud_api.credentials.org_ids': many } = values;
  if (one !== undefined && many?.some((id) => id !== one))
    yield { path, expected: 'keep one of org_id and org_ids: both are given, and they differ' };
  if (values['jumpcloud_api.credentials.type'] !== 'service_account') return;
  const required = "the organization's id (or org_ids): JumpCloud requires it of a service account";
  if (path in values && one === undefined && many?.length === 0) yield { path, found: 'nothing', expected: required };
  const token = values['jumpcloud_api.credentials.token'];
  if (token === undefined || /^[^:]+:[^:]+/.test(token)) return;
  const found = `a text of ${token.length} characters without a colon`;
  const expected = 'clientId:clientSecret, because the type is service_account';
  yield { path: 'jumpcloud_api.credentials.token', found, expected };
}

function* times(values: Read, now: EpochMs): Generator<Fault> {
  const { 'jumpcloud_api.settings.source_lag': lag = 0, 'jumpcloud_api.start_date': startDate = 'now' } = values;
  const path = 'jumpcloud_api.settings.allowed_lateness';
  const lateness = values[path] ?? Number.POSITIVE_INFINITY;
  const found = `${lateness} (${lateness * 60} seconds)`;
  if (lateness * 60 <= lag) yield { path, found, expected: `more than source_lag, ${lag} seconds` };
  const start = startInstant(startDate, now);
  if (start <= now) return;
  const future = `${formatInstant(start)}, which is in the future`;
  const expected = 'a time in the past (in UTC), or nothing to begin now';
  yield { path: 'jumpcloud_api.start_date', found: future, expected };
}

const NEEDS: readonly (readonly [path: SettingPath, other: SettingPath])[] = [
  ['network.vpc_id', 'network.subnet_ids'],
  ['network.vpc_id', 'network.security_group_ids'], // Lambda takes both or neither
  ['network.subnet_ids', 'network.vpc_id'],
  ['network.security_group_ids', 'network.vpc_id'],
  ['network.proxy_credentials_parameter', 'network.proxy'],
];

function* needed(values: Read): Generator<Fault> {
  const isGiven = (path: SettingPath) => String(values[path] ?? '') !== ''; // nor an empty list
  for (const [path, other] of NEEDS)
    if (isGiven(path) && other in values && !isGiven(other)) yield { path, expected: `needs ${other} as well` };
}

/** Each has a parameter of its own, and under a second key it would leave with that key. */
function* tokens(values: Read): Generator<Fault> {
  const parameters = new Map<unknown, string>();
  for (const [path, value] of Object.entries(values)) {
    if (!path.endsWith('_parameter') || !value) continue;
    const same = parameters.get(value);
    if (same) yield { path, expected: `a parameter of its own: ${same} names the same one` };
    parameters.set(value, path);
  }
  for (const secret of ['logzio.token', 'jumpcloud_api.credentials.token'] as const) {
    const text = JSON.stringify(values[secret]);
    if (text === undefined) continue;
    // A short one may be an everyday word, which counts as a whole text alone.
    const sought = looksLikeToken(text) ? text.slice(1, -1) : text;
    for (const [path, value] of Object.entries(values))
      if (path !== secret && JSON.stringify([value]).includes(sought))
        yield { path, expected: `must not contain the token of ${secret}` };
  }
}

/** What a shape would refuse is refused before anything is started. */
function* output(values: Read): Generator<Fault> {
  const { 'output.fields': fields = {}, 'output.tags': tags = [] } = values;
  const { 'output.drop_fields': dropFields = [], 'output.hash_fields': hashFields = [] } = values;
  for (const sentence of outputFaults({ fields, tags })) {
    const [path = '', expected = ''] = sentence.split(/: (.*)/s);
    yield { path, expected };
  }
  for (const [path, expected] of privateFieldsFaults({ dropFields, hashFields })) yield { path, expected };
}

/** Things that work but are worth a second look. */
export function* crossWarnings(values: Values, now: EpochMs): Generator<string> {
  const days = (now - startInstant(values['jumpcloud_api.start_date'], now)) / DAY_MS;
  if (days > LONGEST_RETENTION_DAYS)
    yield `jumpcloud_api.start_date: is ${Math.floor(days)} days back; JumpCloud keeps events for ${LONGEST_RETENTION_DAYS} days, on its lowest plan for 15, and nothing older`;
  const { protocol, host, hostname, port, origin } = new URL(values['logzio.url']);
  if (protocol === 'http:' && !isLoopback(origin))
    yield `logzio.url: over plain http anyone on the network path to ${host} can read the token and the events`;
  if (LISTENER.test(hostname) && !['8070', '8071'].includes(port))
    yield `logzio.url: Logz.io's listeners answer on port 8071: https://${hostname}:8071`;
  for (const key of ['output.drop_fields', 'output.hash_fields'] as const)
    for (const path of values[key]) yield* unknownField(key, path);
  for (const [name, value] of Object.entries(values['output.fields'])) yield* changedField(name, value);
}

/** A path with a slip in it would let through what it was to hold back. */
function* unknownField(key: SettingPath, path: string): Generator<string> {
  let table: FieldTable | undefined = FIELD_TABLE;
  const names = path.split('.');
  for (const [depth, name] of names.entries()) {
    if (table === undefined || name === '*') return; // below these there may be any
    if (!Object.hasOwn(table, name)) {
      const near = nearest(name, Object.keys(table));
      const meant = near === undefined ? '' : `; did you mean ${[...names.slice(0, depth), near].join('.')}?`;
      return yield `${key}: no known event has a field ${path}, so this path may have no effect${meant}`;
    }
    table = table[name]?.fields;
  }
}

/** Beside JumpCloud's own fields, of one kind each, an added field may not stay as it was given. */
function* changedField(name: string, value: JsonValue): Generator<string> {
  const given = { [name]: value };
  const arrives = addedFields(given);
  const why = 'because docs/fields.md gives each name one type in all logs';
  if (arrives !== given) yield `output.fields.${name}: arrives as ${JSON.stringify(arrives)}, ${why}`;
}
