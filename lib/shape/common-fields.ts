/** The objects that several of JumpCloud's services send in the same form. */
import { boolean, decimal, type FieldTable, json, object, policies, text, texts } from './field-kinds.ts';

export const GEOIP: FieldTable = {
  continent_code: text('continent, two letters'),
  country_code: text('country, ISO 3166-1'),
  region_code: text('region within the country'),
  region_name: text('its name'),
  timezone: text('time zone, IANA name'),
  latitude: decimal('degrees north'),
  longitude: decimal('degrees east'),
};

export const USER_AGENT: FieldTable = {
  name: text('browser or client'),
  version: text('its version'),
  major: text('major part of it'),
  minor: text('minor part'),
  patch: text('patch part'),
  device: text('kind of device'),
  os: text('operating system'),
  os_name: text('operating system'),
  os_full: text('operating system and version'),
  os_major: text('major part of its version'),
  os_minor: text('minor part'),
  os_patch: text('patch part'),
  os_version: text('its version'),
};

export const INITIATED_BY: FieldTable = {
  id: text('id of the user or administrator'),
  type: text('user, admin, system, …'),
  email: text('e-mail address'),
  username: text('user name'),
  name: text('display name'),
  source: text('where the action came from, e.g. scim'),
  administrator: boolean('whether the initiator is an administrator'),
};

export const RESOURCE: FieldTable = {
  id: text('id of the object acted upon'),
  type: text('its kind: user, system, group, …'),
  name: text('name'),
  username: text('user name'),
  email: text('e-mail address'),
  email_type: text('kind of e-mail sent'),
  recipient_email: text('who received it'),
  hostname: text('host name'),
  displayName: text('display name'),
  display_name: text('display name'),
  displayLabel: text('display label'),
  application_type: text('kind of application'),
  package_manager: text('package manager'),
  install_type: text('kind of installation'),
  update_mode: text('how it is updated'),
  enterprise_id: text('Android enterprise'),
  policy_id: text('policy'),
  policy_name: text('its name'),
  policy_template_id: text('its template'),
  policy_template_name: text("the template's name"),
  runtime_permissions: texts('permissions granted'),
};

export const SYSTEM: FieldTable = {
  id: text('id of the device'),
  hostname: text('host name'),
  displayName: text('display name'),
  os: text('operating system'),
  version: text('its version'),
};

const SUCCESS: FieldTable = { success: boolean('whether this factor was accepted') };

export const AUTH_METHODS: FieldTable = {
  password: object('password', SUCCESS),
  totp: object('time-based one-time password', SUCCESS),
  duo: object('Duo', SUCCESS),
  webauthn: object('WebAuthn', SUCCESS),
  jumpcloud_protect: object('JumpCloud Protect', SUCCESS),
  jumpcloud_go: object('JumpCloud Go', SUCCESS),
  jumpcloud_go_uv: object('JumpCloud Go with user verification', SUCCESS),
};

export const PROTECT_DEVICE: FieldTable = {
  id: text('id of the phone'),
  ip: text('its address'),
  geoip: object('where that address is', GEOIP),
  make: text('maker'),
  model: text('model'),
  os: text('operating system'),
  os_version: text('its version'),
  app_version: text('version of the app'),
  user_id: text('whose phone it is'),
  username: text('whose phone it is'),
};

export const AUTH_CONTEXT: FieldTable = {
  auth_methods: object('factors that were tried', AUTH_METHODS),
  jumpcloud_protect_device: object('phone that confirmed', PROTECT_DEVICE),
  policies_applied: policies('conditional access policies'),
  policy_ids: texts('from `policies_applied`: their ids'),
  policy_actions: texts('from `policies_applied`: what they did: `ALLOW`, `DENY`, …'),
  system: object('device that was used', SYSTEM),
};

const CONNECTION_END: FieldTable = {
  object_id: text('id'),
  name: text('name'),
  type: text('user, user_group, system, …'),
};

export const ASSOCIATION: FieldTable = {
  op: text('add or remove'),
  action_source: text('manual or automatic'),
  attributes: json('attributes of the association'),
  connection: object('the two ends', {
    from: object('from', CONNECTION_END),
    to: object('to', CONNECTION_END),
  }),
};

export const APPLICATION: FieldTable = {
  id: text('id'),
  name: text('name'),
  display_label: text('label'),
  display_name: text('display name'),
  sso_type: text('saml, oidc, …'),
  sso_url: text('address'),
  package_manager: text('package manager'),
};
