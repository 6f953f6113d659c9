/** What the ECS shape copies out of JumpCloud's event, as tables. */

/** The one `client.ip`, `source.ip`: only what is an IP address is copied. */
export const ADDRESS_COPIES: readonly (readonly [from: string, to: string])[] = [
  ['client_ip', 'client.ip'],
  ['src_ip', 'source.ip'],
];

/** From a path in JumpCloud's event to a path in the log; once copied, the original leaves `jumpcloud.event`. */
export const COPIES: readonly (readonly [from: string, to: string])[] = [
  ['event_type', 'event.action'],
  ['service', 'event.module'],
  ['message', 'message'],
  ['system.id', 'host.id'],
  ['system.hostname', 'host.hostname'],
  ['initiated_by.id', 'source.user.id'],
  ['initiated_by.email', 'source.user.email'],
  ['initiated_by.username', 'source.user.name'],
  ['username', 'user.name'],
  ['useragent.device', 'user_agent.device.name'],
  ['useragent.name', 'user_agent.name'],
  ['useragent.version', 'user_agent.version'],
  ['useragent.os_name', 'user_agent.os.name'],
  ['useragent.os_full', 'user_agent.os.full'],
  ['useragent.os_version', 'user_agent.os.version'],
  ['process_name', 'process.name'],
];

/** What leaves `jumpcloud.event` beside what was copied: kept as `@timestamp`, or in the six parts above. */
export const LEAVING: readonly string[] = ['timestamp', 'version', 'useragent'];

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
