/** The panels of the dashboard, in the words of JumpCloud's fields. */
import { all, type Condition, failed, is, logins, not, ours, succeeded } from './terms.ts';

/**
 * Counts by the values of a field, the most frequent first; logs without it are counted under
 * `MISSING`.
 */
export interface ByValue {
  readonly by: 'value';
  readonly path: string;
  readonly label: string;
  readonly most: number;
}

/** Counts by conditions, which need not exclude one another. */
export interface ByCondition {
  readonly by: 'condition';
  readonly groups: Readonly<Record<string, Condition>>;
}

export type Split = ByValue | ByCondition;

export interface Panel {
  readonly id: string;
  readonly title: string;
  readonly kind: 'over time' | 'shares' | 'bars' | 'table';
  readonly condition: Condition;
  readonly splits: readonly Split[];
  /** Of the dashboard's 48 columns. */
  readonly columns: number;
}

export const MISSING = '(none)';

const byValue = (path: string, label: string, most: number): ByValue => ({ by: 'value', path, label, most });
const byOutcome: ByCondition = { by: 'condition', groups: { succeeded, failed } };

export const PANELS: readonly Panel[] = [
  {
    id: 'logins-over-time',
    title: 'Logins over time, by outcome',
    kind: 'over time',
    condition: all(ours, logins),
    splits: [byOutcome],
    columns: 32,
  },
  {
    id: 'mfa-share',
    title: 'Successful logins with and without a second factor',
    kind: 'shares',
    condition: all(ours, logins, succeeded),
    splits: [byValue('mfa', 'second factor', 3)],
    columns: 16,
  },
  {
    id: 'failed-logins',
    title: 'Failed logins by user and country',
    kind: 'table',
    condition: all(ours, logins, failed),
    splits: [
      byValue('initiated_by.username', 'user', 25),
      byValue('initiated_by.email', 'e-mail', 3),
      byValue('geoip.country_code', 'country', 5),
    ],
    columns: 24,
  },
  {
    id: 'admin-actions',
    title: 'What administrators did',
    kind: 'table',
    condition: all(ours, is('initiated_by.type', 'admin'), not(is('event_type', 'admin_login_attempt'))),
    splits: [byValue('initiated_by.email', 'administrator', 20), byValue('event_type', 'action', 10)],
    columns: 24,
  },
  {
    id: 'top-applications',
    title: 'Applications signed in to',
    kind: 'bars',
    condition: all(ours, is('event_type', 'sso_auth'), succeeded),
    splits: [byValue('application.name', 'application', 15)],
    columns: 16,
  },
  {
    id: 'lockouts',
    title: 'Lockouts and unlocks',
    kind: 'over time',
    condition: all(ours, is('event_type', 'user_lockout', 'user_unlocked', 'admin_lockout')),
    splits: [byValue('event_type', 'what', 3)],
    columns: 16,
  },
  {
    id: 'password-changes',
    title: 'Password changes and resets',
    kind: 'over time',
    condition: all(
      ours,
      is(
        'event_type',
        'user_password_change',
        'user_password_set',
        'user_password_reset_request',
        'user_password_expired',
        'admin_password_change',
        'admin_password_reset_request',
      ),
    ),
    splits: [byValue('event_type', 'what', 6)],
    columns: 16,
  },
  {
    id: 'events-by-service',
    title: 'All events, by service',
    kind: 'over time',
    condition: ours,
    splits: [byValue('service', 'service', 20)],
    columns: 48,
  },
];
