/** Alerts on the events, as the body of Logz.io's `POST /v2/alerts`. */
import {
  actorId,
  all,
  any,
  type ByShape,
  type Condition,
  failed,
  is,
  logins,
  nameIn,
  not,
  ours,
  type ShapeName,
  succeeded,
  targetId,
} from './terms.ts';

/** What is counted. */
export interface Count {
  readonly condition: Condition;
  /** Counted for each value of it, by itself; absent: all together. */
  readonly each?: string | ByShape;
  /** Counts the different values of this field instead of the logs. */
  readonly differing?: string;
  readonly trigger: {
    readonly operator: 'GREATER_THAN_OR_EQUALS' | 'LESS_THAN';
    readonly tiers: Readonly<Record<string, number>>;
  };
}

export interface Alert extends Count {
  /** The file's name. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /**
   * Must ring too, within the same minutes, for a value of its `each` that is one of the first's.
   */
  readonly and?: Count;
  readonly minutes: number;
  /** False: it has to be edited first. */
  readonly enabled: boolean;
}

const atLeast = (tiers: Readonly<Record<string, number>>): Alert['trigger'] => ({
  operator: 'GREATER_THAN_OR_EQUALS',
  tiers,
});

/** One notification for what is still the same. */
const QUIET_MINUTES = 60;

export const ALERTS: readonly Alert[] = [
  {
    name: 'failed-logins-of-a-user',
    title: 'JumpCloud: many failed logins of one user',
    description:
      'Somebody may be guessing a password, or a device keeps an old one. Look at the addresses and at whether a login succeeded afterwards.',
    condition: all(ours, logins, failed),
    each: 'initiated_by.username',
    minutes: 10,
    trigger: atLeast({ MEDIUM: 10, HIGH: 30 }),
    enabled: true,
  },
  {
    name: 'failed-logins-from-an-address',
    title: 'JumpCloud: many failed logins from one address',
    description:
      'Somebody may be trying one password on many users, administrators among them. An office behind one address needs a higher threshold.',
    condition: all(ours, logins, failed),
    each: 'client_ip',
    minutes: 10,
    trigger: atLeast({ MEDIUM: 20, HIGH: 50 }),
    enabled: true,
  },
  {
    name: 'login-from-a-new-country',
    title: 'JumpCloud: login from a country not on the list',
    description:
      'Logz.io has no memory of what it saw before: put the countries that are usual with you into the query, in place of US and CA, and enable this alert.',
    condition: all(ours, logins, succeeded, is('geoip.country_code', '*'), not(is('geoip.country_code', 'US', 'CA'))),
    minutes: 10,
    trigger: atLeast({ HIGH: 1 }),
    enabled: false,
  },
  {
    name: 'user-in-two-countries',
    title: 'JumpCloud: one user in two countries within a day',
    description: 'A journey, a VPN, or a second person. Compare the times and the devices of the logins.',
    condition: all(ours, logins, succeeded),
    each: 'initiated_by.username',
    differing: 'geoip.country_code',
    minutes: 1440,
    trigger: atLeast({ MEDIUM: 2, HIGH: 3 }),
    enabled: true,
  },
  {
    name: 'administrator-created-or-mfa-disabled',
    title: 'JumpCloud: administrator created, rights granted, or a second factor removed',
    description: "Rare and always somebody's decision: ask the one who is named in the event.",
    condition: all(
      ours,
      is(
        'event_type',
        'admin_create',
        'user_admin_granted',
        'user_group_admin_grant',
        'admin_totp_disable',
        'totp_delete_enrollment',
      ),
    ),
    minutes: 10,
    trigger: atLeast({ HIGH: 1 }),
    enabled: true,
  },
  {
    name: 'mass-deletion',
    title: 'JumpCloud: one initiator deletes much',
    description: 'A clean-up, a script gone wrong, or sabotage. If nobody knows of it, suspend the initiator first.',
    condition: all(
      ours,
      is(
        'event_type',
        'user_delete',
        'user_delete_provision',
        'admin_delete',
        'group_delete',
        'system_delete',
        'application_delete',
        'policy_delete',
        'authnpolicy_delete',
        'command_delete',
        'idsource_delete',
        'radiusserver_delete',
      ),
    ),
    each: 'initiated_by.id',
    minutes: 15,
    trigger: atLeast({ HIGH: 10, SEVERE: 50 }),
    enabled: true,
  },
  {
    name: 'impossible-travel',
    title: 'JumpCloud: one user in two countries within an hour',
    description:
      'Nobody travels that fast: a VPN, or somebody else has the password. Compare the devices of the logins.',
    condition: all(ours, logins, succeeded),
    each: actorId,
    differing: 'geoip.country_code',
    minutes: 60,
    trigger: atLeast({ HIGH: 2 }),
    enabled: true,
  },
  {
    name: 'password-spraying-over-radius-and-ldap',
    title: 'JumpCloud: many users fail to log in over RADIUS or LDAP',
    description:
      'One password may be tried on many users, from many addresses. Many users with an old password look the same.',
    condition: all(ours, is('event_type', 'radius_auth', 'radius_auth_attempt', 'ldap_bind'), failed),
    each: 'organization',
    differing: 'username',
    minutes: 10,
    trigger: atLeast({ MEDIUM: 10, HIGH: 25 }),
    enabled: true,
  },
  {
    name: 'mfa-disabled-then-login',
    title: 'JumpCloud: second factor removed, and a login of the same user',
    description:
      'Who takes away a second factor may be the one who logs in. The alert does not look at which came first.',
    condition: all(
      ours,
      any(
        is('event_type', 'admin_totp_disable', 'totp_delete_enrollment'),
        is('changed_to', 'enable_user_portal_multifactor=false'),
      ),
    ),
    each: targetId,
    and: { condition: all(ours, logins, succeeded), each: actorId, trigger: atLeast({ HIGH: 1 }) },
    minutes: 60,
    trigger: atLeast({ HIGH: 1 }),
    enabled: true,
  },
  {
    name: 'mass-device-deletion',
    title: 'JumpCloud: one initiator deletes many devices',
    description:
      'Deleted devices lose their policies and their agent. If nobody knows of it, suspend the initiator first.',
    condition: all(ours, is('event_type', 'system_delete')),
    each: actorId,
    minutes: 15,
    trigger: atLeast({ HIGH: 5, SEVERE: 20 }),
    enabled: true,
  },
  {
    name: 'new-administrator-from-a-new-address',
    title: 'JumpCloud: new administrator, made by one who came from several addresses',
    description:
      'A stolen session makes itself an administrator. Ask the initiator, and compare the addresses of the day.',
    condition: all(ours, is('event_type', 'admin_create', 'user_admin_granted')),
    each: actorId,
    and: { condition: ours, each: actorId, differing: 'client_ip', trigger: atLeast({ HIGH: 2 }) },
    minutes: 1440,
    trigger: atLeast({ HIGH: 1 }),
    enabled: true,
  },
  {
    name: 'no-events-for-an-hour',
    title: 'JumpCloud: no event for an hour',
    description:
      'Invoke the function with {"check": true}: it says which part is wrong. A small organization may be silent for an hour at night: raise the time frame then.',
    condition: all(ours, not(is('service', 'jumpcloud_logzio'))),
    minutes: 60,
    trigger: { operator: 'LESS_THAN', tiers: { HIGH: 1 } },
    enabled: true,
  },
];

/** The alert as Logz.io takes it. */
export function alertBody(alert: Alert, shape: ShapeName): object {
  const { title, description, minutes, enabled } = alert;
  const counts: readonly Count[] = alert.and === undefined ? [alert] : [alert, alert.and];
  const groups = counts.map(({ each }) => (each === undefined ? '' : nameIn(shape, each)));
  return {
    title: `${title}${shape === 'ecs' ? ' (ECS)' : ''}`,
    description,
    tags: ['jumpcloud'],
    output: {
      recipients: { emails: [], notificationEndpointIds: [] },
      suppressNotificationsMinutes: QUIET_MINUTES,
      type: counts.every(isWhole) ? 'JSON' : 'TABLE',
    },
    searchTimeFrameMinutes: minutes,
    subComponents: counts.map((count) => subComponent(count, shape)),
    correlations:
      counts.length === 1
        ? { correlationOperators: [], joins: [] }
        : { correlationOperators: ['AND'], joins: [Object.fromEntries(groups.entries())] },
    enabled,
  };
}

/** True where nothing is grouped or aggregated. */
function isWhole({ each, differing }: Count): boolean {
  return each === undefined && differing === undefined;
}

function subComponent(count: Count, shape: ShapeName): object {
  const { condition, each, differing, trigger } = count;
  const aggregation =
    differing === undefined
      ? { aggregationType: each === undefined ? 'NONE' : 'COUNT' }
      : { aggregationType: 'UNIQUE_COUNT', fieldToAggregateOn: nameIn(shape, differing) };
  return {
    queryDefinition: {
      query: condition(shape),
      filters: { bool: { must: [], must_not: [] } },
      groupBy: each === undefined ? [] : [nameIn(shape, each)],
      aggregation,
      shouldQueryOnAllAccounts: true,
    },
    trigger: { operator: trigger.operator, severityThresholdTiers: trigger.tiers },
    output: { columns: [], shouldUseAllFields: isWhole(count) },
  };
}
