/** What the ECS shape copies out of JumpCloud's event, as tables. */
import { type Path, toPath } from './paths.ts';

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
export const RELATED_IPS: readonly Path[] = [
  toPath('src_ip'),
  toPath('jumpcloud_protect_device.ip'),
  toPath('auth_context.jumpcloud_protect_device.ip'),
  toPath('client_ip'),
];

/** The names of `related.user`, beside those of the users something was done to. */
export const USER_NAMES: readonly Path[] = [
  toPath('initiated_by.username'),
  toPath('initiated_by.email'),
  toPath('username'),
  toPath('outer.username'),
  toPath('jumpcloud_protect_device.username'),
  toPath('auth_context.jumpcloud_protect_device.username'),
];

/** The names of `related.hosts`, beside those of the devices something was done to. */
export const HOST_NAMES: readonly Path[] = [
  toPath('system.hostname'),
  toPath('system.displayName'),
  toPath('auth_context.system.hostname'),
  toPath('auth_context.system.displayName'),
];

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
