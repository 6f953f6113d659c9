/**
 * The words of the views: JumpCloud's fields under the name they have in each shape, and conditions
 * on them in Lucene's syntax.
 */
import { ADDRESS_COPIES, COPIES, EVENT, GEO_COPIES } from '../../lib/shape/ecs-mapping.ts';
import type { Field, FieldTable } from '../../lib/shape/field-kinds.ts';
import { FIELD_TABLE } from '../../lib/shape/field-table.ts';

export type ShapeName = 'logzio' | 'ecs';
export const SHAPES: readonly ShapeName[] = ['logzio', 'ecs'];

/** A condition in the words of one shape. */
export type Condition = (shape: ShapeName) => string;

const ECS_PATHS: ReadonlyMap<string, string> = new Map([
  ['id', 'event.id'],
  ['timestamp', '@timestamp'],
  ['@version', `${EVENT}.version`],
  ...[...COPIES, ...ADDRESS_COPIES].flatMap(({ from, to }) =>
    from.map((path): [string, string] => [path.join('.'), to.join('.')]),
  ),
  ...GEO_COPIES.map(([from, to]): [string, string] => [`geoip.${from}`, `client.geo.${to}`]),
]);

/**
 * Where a field of JumpCloud's event is found in a log.
 * @throws when the tables that the shapes work by do not know it
 */
export function fieldIn(shape: ShapeName, path: string): string {
  if (!isKnown(path)) throw new Error(`${path} is not in the tables of lib/shape/: a view would show nothing`);
  if (shape === 'logzio') return path.replace(/^user_agent\./, 'useragent.');
  return ECS_PATHS.get(path) ?? `${EVENT}.${path}`;
}

function isKnown(path: string): boolean {
  let table: FieldTable | undefined = FIELD_TABLE;
  let field: Field | undefined;
  for (const name of path.split('.')) {
    field = table && Object.hasOwn(table, name) ? table[name] : undefined;
    table = field?.fields;
  }
  return field !== undefined;
}

/** A field that has no single name in JumpCloud's words. */
export interface ByShape {
  readonly logzio: string;
  readonly ecs: string;
}

export function nameIn(shape: ShapeName, field: string | ByShape): string {
  return typeof field === 'string' ? fieldIn(shape, field) : field[shape];
}

/** The user to whom something was done. */
export const targetId: ByShape = { logzio: 'resource.id', ecs: 'user.target.id' };
/** The user who did it, or who logs in. */
export const actorId: ByShape = { logzio: 'initiated_by.id', ecs: 'user.id' };

/** One of these values. */
export function is(path: string, ...values: readonly string[]): Condition {
  const quoted = values.map((value) => (/^[\w.*-]+$/.test(value) ? value : JSON.stringify(value)));
  const wanted = quoted.length === 1 ? quoted[0] : `(${quoted.join(' OR ')})`;
  return (shape) => `${fieldIn(shape, path)}:${wanted}`;
}

export function all(...conditions: readonly Condition[]): Condition {
  return (shape) => conditions.map((condition) => condition(shape)).join(' AND ');
}

export function any(...conditions: readonly Condition[]): Condition {
  return (shape) => `(${conditions.map((condition) => condition(shape)).join(' OR ')})`;
}

export function not(condition: Condition): Condition {
  return (shape) => `NOT ${condition(shape)}`;
}

/**
 * JumpCloud says `success`, and in SSO events possibly `sso_token_success` instead; ECS makes
 * `event.outcome` of both.
 */
function outcome(success: boolean): Condition {
  return (shape) =>
    shape === 'ecs'
      ? `event.outcome:${success ? 'success' : 'failure'}`
      : `(${fieldIn(shape, 'success')}:${success} OR ${fieldIn(shape, 'sso_token_success')}:${success})`;
}

export const succeeded = outcome(true);
export const failed = outcome(false);

export const ours: Condition = () => 'type:jumpcloud';

/** The event types that are somebody's attempt to get in. RADIUS goes by two names. */
const loginTypes = is(
  'event_type',
  'user_login_attempt',
  'admin_login_attempt',
  'sso_auth',
  'ldap_bind',
  'radius_auth_attempt',
  'radius_auth',
);

export const logins: Condition = (shape) => (shape === 'ecs' ? 'event.category:authentication' : loginTypes(shape));
