/** What the ECS shape copies out of JumpCloud's event, as tables, and members by their path. */
import { isJsonObject, type JsonObject, type JsonValue } from '../platform/json.ts';

export type Path = readonly string[];

export const toPath = (dotted: string): Path => dotted.split('.');

/** Paths with blanks between them. */
export function toPaths(list: string): readonly Path[] {
  return list.split(/\s+/).map(toPath);
}

export interface Copy {
  /** In JumpCloud's event. */
  readonly from: Path;
  /** In the log. */
  readonly to: Path;
}

const copy = (from: string, to: string): Copy => ({ from: toPath(from), to: toPath(to) });

/** Only what is an IP address is copied. */
export const ADDRESS_COPIES: readonly Copy[] = [copy('client_ip', 'client.ip'), copy('src_ip', 'source.ip')];

/** Where JumpCloud's event lies in the log. */
export const EVENT = 'jumpcloud.event';

/** The addresses of `related.ip`. */
export const RELATED_IPS = toPaths(
  'src_ip jumpcloud_protect_device.ip auth_context.jumpcloud_protect_device.ip client_ip',
);

/** The names of `related.user`, beside those of the users something was done to. */
export const USER_NAMES = toPaths(`initiated_by.username initiated_by.email username outer.username
  jumpcloud_protect_device.username auth_context.jumpcloud_protect_device.username`);

/** The names of `related.hosts`, beside those of the devices something was done to. */
export const HOST_NAMES = toPaths(
  'system.hostname system.displayName auth_context.system.hostname auth_context.system.displayName',
);

export const OBSERVER = { vendor: 'JumpCloud', product: 'Directory Insights' };

/** Events of these services say that something else happened. */
export const ALERT_SERVICES: ReadonlySet<string> = new Set(['alerts', 'alert']);

/** From the field of a change, in lower case, to a member of `user.changes`. */
export const CHANGED_NAMES: ReadonlyMap<string, string> = new Map([
  ['username', 'name'],
  ['email', 'email'],
  ['displayname', 'full_name'],
]);

/** Once copied, the original leaves `jumpcloud.event`. */
export const COPIES: readonly Copy[] = [
  copy('event_type', 'event.action'),
  copy('service', 'event.module'),
  copy('message', 'message'),
  copy('system.id', 'host.id'),
  copy('system.hostname', 'host.hostname'),
  copy('initiated_by.id', 'source.user.id'),
  copy('initiated_by.email', 'source.user.email'),
  copy('initiated_by.username', 'source.user.name'),
  copy('username', 'user.name'),
  copy('useragent.device', 'user_agent.device.name'),
  copy('useragent.name', 'user_agent.name'),
  copy('useragent.version', 'user_agent.version'),
  copy('useragent.os_name', 'user_agent.os.name'),
  copy('useragent.os_full', 'user_agent.os.full'),
  copy('useragent.os_version', 'user_agent.os.version'),
  copy('process_name', 'process.name'),
];

interface FirstCopy {
  /** In JumpCloud's event; the first that is there counts. */
  readonly from: readonly Path[];
  /** In the log. */
  readonly to: Path;
}

const firstOf = (to: string, ...from: readonly string[]): FirstCopy => ({ to: toPath(to), from: from.map(toPath) });

/** What Elastic's integration does not copy, for rules to find; `jumpcloud.event` keeps it too. */
export const ALSO_COPIES: readonly FirstCopy[] = [
  firstOf('event.provider', 'service'),
  firstOf('event.reason', 'error_message', 'outer.error_message'),
  firstOf('host.name', 'system.hostname', 'system.displayName'),
  firstOf('user_agent.name', 'user_agent.name'),
  firstOf('user_agent.version', 'user_agent.version'),
  firstOf('user_agent.device.name', 'user_agent.device'),
  firstOf('user_agent.os.name', 'user_agent.os_name', 'user_agent.os'),
  firstOf('user_agent.os.full', 'user_agent.os_full'),
  firstOf('user_agent.os.version', 'user_agent.os_version'),
];

/**
 * What leaves `jumpcloud.event` beside what was copied: kept as `@timestamp`, or in the six parts
 * above.
 */
export const LEAVING: readonly Path[] = [['timestamp'], ['@version'], ['useragent']];

/** From a member of JumpCloud's `geoip` to one of `client.geo` or `source.geo`. */
export const GEO_COPIES: readonly (readonly [from: string, to: string])[] = [
  ['continent_code', 'continent_code'],
  ['country_code', 'country_iso_code'],
  ['region_name', 'region_name'],
  ['timezone', 'timezone'],
];

export const ECS_VERSION = '8.11.0';
export const DATASET = 'jumpcloud.events';

/** @param path of names that no object inherits */
export function getPath(object: JsonObject, path: Path): JsonValue | undefined {
  let value: JsonValue | undefined = object;
  for (const name of path) {
    if (!isJsonObject(value)) return undefined;
    value = value[name];
  }
  return value;
}

/** Sets a member, making the objects on the way; whatever stands on the way must be an object. */
export function setPath(object: JsonObject, path: Path, value: JsonValue): void {
  let inner = object;
  const last = path.length - 1;
  for (let depth = 0; depth < last; depth++) {
    const name = path[depth] as string;
    inner[name] ??= {};
    const next = inner[name];
    if (!isJsonObject(next)) throw new TypeError(`${path.join('.')}: ${name} is no object`);
    inner = next;
  }
  inner[path[last] as string] = value;
}

/** A copy in which the members at these paths, and objects of nothing else, are undefined. */
export function withoutPaths(object: JsonObject, paths: readonly Path[]): JsonObject {
  const result = { ...object };
  const inside = new Map<string, Path[]>();
  for (const [name = '', ...rest] of paths) {
    if (rest.length === 0) leaveOut(result, name);
    else if (isJsonObject(result[name])) inside.set(name, [...(inside.get(name) ?? []), rest]);
  }
  for (const [name, rest] of inside) {
    const value = result[name];
    if (!isJsonObject(value)) continue;
    const left = withoutPaths(value, rest);
    if (hasMembers(left)) result[name] = left;
    else leaveOut(result, name);
  }
  return result;
}

/** True where there is a member to be written. */
export function hasMembers(object: JsonObject): boolean {
  for (const name in object) if (object[name] !== undefined) return true;
  return false;
}

/** Undefined is not written; deleting the member would make writing three times as slow. */
function leaveOut(object: JsonObject, name: string): void {
  if (Object.hasOwn(object, name)) object[name] = undefined as unknown as JsonValue;
}
