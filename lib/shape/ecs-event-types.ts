/** `event.category` and `event.type` of JumpCloud's event types, by the values of ECS. */

/** What ECS calls an event: `event.category` and `event.type`. */
export interface EcsClass {
  readonly category: string[];
  readonly type: string[];
}

/**
 * One row an event type: categories, a colon, types. The ECS schema says which types a category
 * expects.
 * Elastic's integration gives eight of them `info`; that stays, beside what else they are.
 */
export const EVENT_TYPES: Readonly<Record<string, string>> = {
  // Logins
  admin_login_attempt: 'authentication: start info',
  user_login_attempt: 'authentication: start info',
  sso_auth: 'authentication: start info',
  ldap_bind: 'authentication: start info',
  radius_auth: 'authentication: start',
  radius_auth_attempt: 'authentication: start',
  // Users
  user_create: 'iam: user creation',
  user_create_provision: 'iam: user creation',
  user_update: 'iam: user change',
  user_update_provision: 'iam: user change',
  user_delete: 'iam: user deletion',
  user_delete_provision: 'iam: user deletion',
  user_activated: 'iam: user change',
  user_activation_email: 'iam: info user',
  user_activation_schedule_create: 'iam: user info',
  user_activation_schedule_delete: 'iam: user info',
  user_suspended: 'iam: user change',
  user_unsuspended: 'iam: user change',
  user_suspension_schedule_create: 'iam: user info',
  user_suspension_schedule_delete: 'iam: user info',
  user_lockout: 'iam: user change',
  user_unlocked: 'iam: user change info',
  user_mfa_exclusion_expired: 'iam: user change',
  user_password_change: 'iam: user change',
  user_password_expired: 'iam: user change',
  user_password_reset_request: 'iam: info user',
  user_password_set: 'iam: user change',
  user_password_warning_email: 'iam: info user',
  totp_start_enrollment: 'iam: user info',
  totp_finish_enrollment: 'iam: user change',
  totp_delete_enrollment: 'iam: user change',
  user_admin_granted: 'iam: user admin change',
  user_admin_revoked: 'iam: user admin change',
  // Administrators
  admin_create: 'iam: admin creation',
  admin_update: 'iam: admin change',
  admin_delete: 'iam: admin deletion',
  admin_lockout: 'iam: admin change',
  admin_unlocked: 'iam: admin change',
  admin_suspended: 'iam: admin change',
  admin_unsuspend: 'iam: admin change',
  admin_unsuspended: 'iam: admin change',
  admin_password_change: 'iam: admin change',
  admin_password_reset_request: 'iam: admin info',
  admin_privilege_grant: 'iam: admin change',
  admin_totp_start_enrollment: 'iam: admin info',
  admin_totp_finish_enrollment: 'iam: admin change',
  admin_totp_disable: 'iam: admin change',
  // Groups, and what belongs to whom
  group_create: 'iam: group creation',
  group_update: 'iam: group change',
  group_delete: 'iam: group deletion',
  user_group_admin_grant: 'iam: group admin change',
  user_group_admin_revoke: 'iam: group admin change',
  association_change: 'iam: change',
  access_management_association_change: 'iam: change',
  access_management_access_request: 'iam: info',
  access_management_access_request_approval: 'iam: info',
  password_manager_item_share: 'iam: info',
  passwordmanager_item_share: 'iam: info',
  // Devices
  system_create: 'host configuration: info creation',
  system_update: 'host: change',
  system_delete: 'host configuration: change deletion',
  device_enrollment: 'host: change',
  mdm_command_result: 'host: info',
  command_run: 'process: start',
  asset_update: 'configuration: change',
  software_add: 'package: installation',
  software_change: 'package: change',
  software_remove: 'package: deletion',
  software_add_request: 'package: info',
  software_change_request: 'package: info',
  software_remove_request: 'package: info',
  // Files and stored objects
  file_create: 'file: creation',
  file_update: 'file: change',
  file_delete: 'file: deletion',
  object_storage_create: 'file: creation',
  object_storage_delete: 'file: deletion',
  object_storage_item_create: 'file: creation',
  object_storage_item_upload: 'file: creation',
  object_storage_get_download_url_request: 'file: access',
  object_storage_upload_validation_result: 'api: info',
  configuration_file_download: 'file: access',
  commandresult_delete: 'configuration: deletion',
  // Settings of the organization
  integrationattribute_include: 'configuration: change',
  integrationattribute_exclude: 'configuration: change',
  saas_management_enable: 'configuration: change',
  saas_management_disable: 'configuration: change',
  saas_management_application_discover: 'configuration: creation',
  saas_management_event_application_review: 'configuration: change',
  saas_app_license_update: 'configuration: change',
  invoice_download: 'configuration: access',
  mtp_download_invoice: 'configuration: access',
  report_run: 'api: access',
  activedirectory_create: 'configuration: creation',
  activedirectory_delete: 'configuration: deletion',
  application_create: 'configuration: creation',
  application_update: 'configuration: change',
  application_delete: 'configuration: deletion',
  authnpolicy_create: 'configuration: creation',
  authnpolicy_update: 'configuration: change',
  authnpolicy_delete: 'configuration: deletion',
  authpolicy_update: 'configuration: change',
  command_create: 'configuration: creation',
  command_update: 'configuration: change',
  command_delete: 'configuration: deletion',
  idsource_create: 'configuration: creation',
  idsource_update: 'configuration: change',
  idsource_delete: 'configuration: deletion',
  iplist_create: 'configuration: creation',
  iplist_update: 'configuration: change',
  iplist_delete: 'configuration: deletion',
  notification_delete: 'configuration: deletion',
  notification_channel_created: 'configuration: creation',
  notification_channel_updated: 'configuration: change',
  notification_channel_deleted: 'configuration: deletion',
  organization_create: 'configuration: creation',
  organization_update: 'configuration: change',
  policy_create: 'configuration: creation',
  policy_update: 'configuration: change',
  policy_delete: 'configuration: deletion',
  provider_update: 'configuration: change',
  radiusserver_create: 'configuration: creation',
  radiusserver_update: 'configuration: change',
  radiusserver_delete: 'configuration: deletion',
  rule_created: 'configuration: creation',
  rule_modified: 'configuration: change',
  rule_deleted: 'configuration: deletion',
  saas_management_application_update: 'configuration: change',
  saas_management_settings_update: 'configuration: change',
  sambadomain_create: 'configuration: creation',
  access_management_workflow_create: 'configuration: creation',
  access_management_workflow_update: 'configuration: change',
  access_management_workflow_delete: 'configuration: deletion',
  access_management_approval_flow_create: 'configuration: creation',
  access_management_approval_flow_update: 'configuration: change',
  access_management_approval_flow_delete: 'configuration: deletion',
  access_management_workflow_settings_update: 'configuration: change',
  access_management_access_request_settings_update: 'configuration: change',
  saas_management_application_access_restriction_update: 'configuration: change',
  saas_management_application_license_update: 'configuration: change',
  // Messages, searches, and what services do by themselves
  ldap_search: 'database: access',
  notification: 'email: info',
  msp_ticket_create: 'api: info',
  alert_created: 'api: info',
  alert_raised: 'api: info',
  alert_updated: 'api: info',
  alert_status_updated: 'api: info',
  workflow_run: 'api: info',
  workflow_step: 'api: info',
  prompt_blocked: 'api: denied',
};

/** What the words of an event type that is not listed say. The last such word counts. */
export const VERBS: Readonly<Record<string, string>> = {
  ...words('creation', 'create created add added import imported'),
  ...words('change', 'update updated change changed modify modified set reset enable enabled disable disabled'),
  ...words('change', 'lock unlock lockout suspend suspended unsuspend activate activated grant granted revoke revoked'),
  ...words('deletion', 'delete deleted remove removed'),
  ...words('start', 'login auth authentication bind'),
  ...words('denied', 'blocked denied rejected'),
};

/** Words by which an event type that is not listed is about people and what they may do. */
export const IDENTITY_WORDS: ReadonlySet<string> = new Set([
  'user',
  'admin',
  'group',
  'role',
  'totp',
  'mfa',
  'password',
]);

function words(meaning: string, list: string): Record<string, string> {
  return Object.fromEntries(list.split(' ').map((word) => [word, meaning]));
}

const LISTED: ReadonlyMap<string, EcsClass> = new Map(
  Object.entries(EVENT_TYPES).map(([eventType, row]) => [eventType, toClass(row)]),
);

/** Every event has a class: the table's, what the words of its name say, or `api` and `info`. */
export function classOf(eventType: string): EcsClass {
  return LISTED.get(eventType) ?? classByWords(eventType.split('_'));
}

function classByWords(named: readonly string[]): EcsClass {
  const verb = named.findLast((word) => Object.hasOwn(VERBS, word));
  const type = verb === undefined ? 'info' : (VERBS[verb] as string);
  if (type === 'start') return { category: ['authentication'], type: [type] };
  if (type === 'info' || type === 'denied') return { category: ['api'], type: [type] };
  return { category: [named.some((word) => IDENTITY_WORDS.has(word)) ? 'iam' : 'configuration'], type: [type] };
}

function toClass(row: string): EcsClass {
  const [category = '', type = ''] = row.split(': ');
  return { category: category.split(' '), type: type.split(' ') };
}
