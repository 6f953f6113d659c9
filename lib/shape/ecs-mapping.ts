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

/** Whose addresses are `related.ip`, besides the source's. */
export const PROTECT_DEVICE_IPS: readonly Path[] = [
  toPath('jumpcloud_protect_device.ip'),
  toPath('auth_context.jumpcloud_protect_device.ip'),
];

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

/** What leaves `jumpcloud.event` beside what was copied: kept as `@timestamp`, or in the six parts above. */
export const LEAVING: readonly Path[] = [['timestamp'], ['@version'], ['useragent']];

/** From a member of JumpCloud's `geoip` to one of `client.geo` or `source.geo`. */
export const GEO_COPIES: readonly (readonly [from: string, to: string])[] = [
  ['continent_code', 'continent_code'],
  ['country_code', 'country_iso_code'],
  ['region_name', 'region_name'],
  ['timezone', 'timezone'],
];

/** `event.category`, by event type; such events also get `event.type: ["info"]`. */
export const CATEGORIES: ReadonlyMap<string, string> = new Map([
  ['ldap_bind', 'authentication'],
  ['user_login_attempt', 'authentication'],
  ['sso_auth', 'authentication'],
  ['admin_login_attempt', 'authentication'],
  ['user_password_warning_email', 'iam'],
  ['user_password_reset_request', 'iam'],
  ['user_activation_email', 'iam'],
  ['user_unlocked', 'iam'],
]);

export const ECS_VERSION = '8.11.0';
export const DATASET = 'jumpcloud.events';
