/** `event.category` and `event.type` of JumpCloud's event types, by the values of ECS. */

/** What ECS calls an event: `event.category` and `event.type`. */
export interface EcsClass {
  readonly category: string[];
  readonly type: string[];
}

/**
 * Categories, a colon, types; and the event types that have them. The ECS schema says which types a
 * category expects. Elastic's integration gives eight of them `info`; that stays, beside what else
 * they are.
 */
const TYPES_BY_CLASS: Readonly<Record<string, string>> = {
  'authentication: start info': 'admin_login_attempt user_login_attempt sso_auth ldap_bind',
  'authentication: start': 'radius_auth radius_auth_attempt',
  'iam: user creation': 'user_create user_create_provision',
  'iam: user change': `
    user_update user_update_provision user_activated user_suspended user_unsuspended user_lockout
    user_mfa_exclusion_expired user_password_change user_password_expired user_password_set
    totp_finish_enrollment totp_delete_enrollment`,
  'iam: user deletion': 'user_delete user_delete_provision',
  'iam: info user': 'user_activation_email user_password_reset_request user_password_warning_email',
  'iam: user info': `
    user_activation_schedule_create user_activation_schedule_delete user_suspension_schedule_create
    user_suspension_schedule_delete totp_start_enrollment`,
  'iam: user change info': 'user_unlocked',
  'iam: user admin change': 'user_admin_granted user_admin_revoked',
  'iam: admin creation': 'admin_create',
  'iam: admin change': `
    admin_update admin_lockout admin_unlocked admin_suspended admin_unsuspend admin_unsuspended
    admin_password_change admin_privilege_grant admin_totp_finish_enrollment admin_totp_disable`,
  'iam: admin deletion': 'admin_delete',
  'iam: admin info': 'admin_password_reset_request admin_totp_start_enrollment',
  'iam: group creation': 'group_create',
  'iam: group change': 'group_update',
  'iam: group deletion': 'group_delete',
  'iam: group admin change': 'user_group_admin_grant user_group_admin_revoke',
  'iam: change': 'association_change access_management_association_change',
  'iam: info': `
    access_management_access_request access_management_access_request_approval password_manager_item_share
    passwordmanager_item_share`,
  'host configuration: info creation': 'system_create',
  'host: change': 'system_update device_enrollment',
  'host configuration: change deletion': 'system_delete',
  'host: info': 'mdm_command_result',
  'process: start': 'command_run',
  'configuration: change': `
    asset_update integrationattribute_include integrationattribute_exclude saas_management_enable
    saas_management_disable saas_management_event_application_review saas_app_license_update application_update
    authnpolicy_update authpolicy_update command_update idsource_update iplist_update
    notification_channel_updated organization_update policy_update provider_update radiusserver_update
    rule_modified saas_management_application_update saas_management_settings_update
    access_management_workflow_update access_management_approval_flow_update
    access_management_workflow_settings_update access_management_access_request_settings_update
    saas_management_application_access_restriction_update saas_management_application_license_update`,
  'package: installation': 'software_add',
  'package: change': 'software_change',
  'package: deletion': 'software_remove',
  'package: info': 'software_add_request software_change_request software_remove_request',
  'file: creation': 'file_create object_storage_create object_storage_item_create object_storage_item_upload',
  'file: change': 'file_update',
  'file: deletion': 'file_delete object_storage_delete',
  'file: access': 'object_storage_get_download_url_request configuration_file_download',
  'api: info': `
    object_storage_upload_validation_result msp_ticket_create alert_created alert_raised alert_updated
    alert_status_updated workflow_run workflow_step`,
  'configuration: deletion': `
    commandresult_delete activedirectory_delete application_delete authnpolicy_delete command_delete
    idsource_delete iplist_delete notification_delete notification_channel_deleted policy_delete
    radiusserver_delete rule_deleted access_management_workflow_delete access_management_approval_flow_delete`,
  'configuration: creation': `
    saas_management_application_discover activedirectory_create application_create authnpolicy_create
    command_create idsource_create iplist_create notification_channel_created organization_create policy_create
    radiusserver_create rule_created sambadomain_create access_management_workflow_create
    access_management_approval_flow_create`,
  'configuration: access': 'invoice_download mtp_download_invoice',
  'api: access': 'report_run',
  'database: access': 'ldap_search',
  'email: info': 'notification',
  'api: denied': 'prompt_blocked',
};

/** What the words of an event type that is not listed say. The last such word counts. */
const WORDS_BY_MEANING: Readonly<Record<string, string>> = {
  creation: 'create created add added import imported',
  change: `
    update updated change changed modify modified set reset enable enabled disable disabled
    lock unlock lockout suspend suspended unsuspend activate activated grant granted revoke revoked`,
  deletion: 'delete deleted remove removed',
  start: 'login auth authentication bind',
  denied: 'blocked denied rejected',
};

/** Words by which an event type that is not listed is about people and what they may do. */
export const IDENTITY_WORDS = ['user', 'admin', 'group', 'role', 'totp', 'mfa', 'password'] as const;

export const EVENT_TYPES = byWord(TYPES_BY_CLASS, (row): EcsClass => {
  const [category = '', type = ''] = row.split(': ');
  return { category: category.split(' '), type: type.split(' ') };
});
export const VERBS = byWord(WORDS_BY_MEANING, (meaning) => meaning);

function byWord<T>(lists: Readonly<Record<string, string>>, toValue: (key: string) => T): ReadonlyMap<string, T> {
  return new Map(
    Object.entries(lists).flatMap(([key, list]) => {
      const value = toValue(key);
      return list.match(/\w+/g)?.map((word): [string, T] => [word, value]) ?? [];
    }),
  );
}

/** Every event has a class: the table's, what the words of its name say, or `api` and `info`. */
export function classOf(eventType: string): EcsClass {
  return EVENT_TYPES.get(eventType) ?? classByWords(eventType.split('_'));
}

function classByWords(named: readonly string[]): EcsClass {
  const type = VERBS.get(named.findLast((word) => VERBS.has(word)) ?? '') ?? 'info';
  if (type === 'start') return { category: ['authentication'], type: [type] };
  if (type === 'info' || type === 'denied') return { category: ['api'], type: [type] };
  return { category: [IDENTITY_WORDS.some((word) => named.includes(word)) ? 'iam' : 'configuration'], type: [type] };
}
