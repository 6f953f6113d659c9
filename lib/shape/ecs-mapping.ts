/** What the ECS shape copies out of JumpCloud's event, as tables, and how it copies. */
import { isJsonObject, type JsonObject, type JsonValue } from '../platform/json.ts';
import type { Conform } from './conform.ts';

export type Path = readonly string[];

export const toPath = (dotted: string): Path => dotted.split('.');

/** Paths with blanks between them. */
export const toPaths = (list: string): readonly Path[] => list.split(/\s+/).map(toPath);

export interface Copy {
  /** In JumpCloud's event; the first that is there counts. */
  readonly from: readonly Path[];
  /** In the log. */
  readonly to: Path;
}

/** @param table from where in JumpCloud's event, by where in the log */
function copies(table: Readonly<Record<string, string>>): readonly Copy[] {
  return Object.entries(table).map(([to, from]) => ({ from: toPaths(from), to: toPath(to) }));
}

/** Where JumpCloud's event lies in the log. */
export const EVENT = 'jumpcloud.event';

/** Once copied, the original leaves `jumpcloud.event`. */
export const COPIES = copies({
  'event.action': 'event_type',
  'event.module': 'service',
  message: 'message',
  'host.id': 'system.id',
  'host.hostname': 'system.hostname',
  'source.user.id': 'initiated_by.id',
  'source.user.email': 'initiated_by.email',
  'source.user.name': 'initiated_by.username',
  'user.name': 'username',
  'user_agent.device.name': 'useragent.device',
  'user_agent.name': 'useragent.name',
  'user_agent.version': 'useragent.version',
  'user_agent.os.name': 'useragent.os_name',
  'user_agent.os.full': 'useragent.os_full',
  'user_agent.os.version': 'useragent.os_version',
  'process.name': 'process_name',
});

/** The same, where it is an IP address. */
export const ADDRESS_COPIES = copies({ 'client.ip': 'client_ip', 'source.ip': 'src_ip' });

/** What Elastic's integration does not copy, for rules to find; `jumpcloud.event` keeps it too. */
export const ALSO_COPIES = copies({
  'event.provider': 'service',
  'event.reason': 'error_message outer.error_message',
  'host.name': 'system.hostname system.displayName',
  'user_agent.name': 'user_agent.name',
  'user_agent.version': 'user_agent.version',
  'user_agent.device.name': 'user_agent.device',
  'user_agent.os.name': 'user_agent.os_name user_agent.os',
  'user_agent.os.full': 'user_agent.os_full',
  'user_agent.os.version': 'user_agent.os_version',
});

/** The same, unless `username` names somebody else. */
export const ACTOR_COPIES = copies({
  'user.name': 'initiated_by.username',
  'user.id': 'initiated_by.id',
  'user.email': 'initiated_by.email',
});

/** From a member of JumpCloud's `geoip` to one of `client.geo` or `source.geo`. */
export const GEO_COPIES: readonly (readonly [from: string, to: string])[] = [
  ['continent_code', 'continent_code'],
  ['country_code', 'country_iso_code'],
  ['region_name', 'region_name'],
  ['timezone', 'timezone'],
];

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

/** From the field of a change, in lower case, to a member of `user.changes`. */
export const CHANGED_NAMES: ReadonlyMap<string, string> = new Map([
  ['username', 'name'],
  ['email', 'email'],
  ['displayname', 'full_name'],
]);

export const OBSERVER = { vendor: 'JumpCloud', product: 'Directory Insights' };
export const ECS_VERSION = '8.11.0';
export const DATASET = 'jumpcloud.events';

/** A log in the making. */
export interface Draft {
  /** JumpCloud's; obeys the type rule. */
  readonly event: JsonObject;
  readonly log: JsonObject;
  readonly conform: Conform;
}

/** Copies a value, and its mark, to where the log has none yet. */
export function copy({ event, log, conform }: Draft, { from, to }: Copy): void {
  for (const path of from) {
    const value = getPath(event, path);
    if (value === undefined) continue;
    const isNew = addPath(log, to, value);
    if (isNew && !conform.marks.isEmpty) conform.marks.copy(`${EVENT}.${path.join('.')}`, to.join('.'));
    return;
  }
}

/** @param path of names that no object inherits */
export function getPath(object: JsonObject, path: Path): JsonValue | undefined {
  let value: JsonValue | undefined = object;
  for (const name of path) {
    if (!isJsonObject(value)) return undefined;
    value = value[name];
  }
  return value;
}

/** Sets a member that is not there yet, making the objects on the way. @returns whether it did */
export function addPath(object: JsonObject, path: Path, value: JsonValue): boolean {
  let inner = object;
  const last = path.length - 1;
  for (let depth = 0; depth < last; depth++) {
    const on = path[depth] as string;
    inner[on] ??= {};
    inner = inner[on] as JsonObject;
  }
  const name = path[last] as string;
  if (inner[name] !== undefined) return false;
  inner[name] = value;
  return true;
}
