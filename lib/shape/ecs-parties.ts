/** Who and what an event names: the users, groups and devices that something was done to. */
import { isJsonObject, type JsonObject, type JsonValue } from '../platform/json.ts';
import { getPath, type Path, toPath } from './paths.ts';

export type PartyKind = 'user' | 'group' | 'host';

export interface Party {
  readonly kind: PartyKind;
  /** In JumpCloud's event. */
  readonly path: Path;
  readonly members: JsonObject;
}

/** Where JumpCloud names what an event is about. */
export const PARTY_PATHS: readonly Path[] = [
  toPath('resource'),
  toPath('target_resource'),
  toPath('association.connection.from'),
  toPath('association.connection.to'),
];

/** Which members of a party hold what; the first that is there counts. */
export const PARTY_MEMBERS = {
  id: ['id', 'object_id'],
  name: ['username', 'hostname', 'name', 'displayName', 'display_name'],
  email: ['email', 'recipient_email'],
} as const;

/** JumpCloud's types of those who can be `user.target`. */
export const USER_TYPES: ReadonlySet<JsonValue> = new Set(['user', 'admin', 'administrator', 'system_user']);
export const HOST_TYPES: ReadonlySet<JsonValue> = new Set(['system', 'device']);

export function partiesOf(event: JsonObject): Party[] {
  const parties: Party[] = [];
  for (const path of PARTY_PATHS) {
    const members = getPath(event, path);
    const kind = isJsonObject(members) ? kindOf(members) : undefined;
    if (kind !== undefined) parties.push({ kind, path, members: members as JsonObject });
  }
  const group = event.system_group;
  if (isJsonObject(group)) parties.push({ kind: 'group', path: ['system_group'], members: group });
  return parties;
}

/** The first of these members that the party has. */
export function memberOf(party: Party, what: keyof typeof PARTY_MEMBERS): string | undefined {
  return PARTY_MEMBERS[what].find((name) => party.members[name] !== undefined);
}

function kindOf({ type, username, recipient_email: recipient }: JsonObject): PartyKind | undefined {
  if (typeof type !== 'string') return username !== undefined || recipient !== undefined ? 'user' : undefined;
  if (USER_TYPES.has(type)) return 'user';
  if (HOST_TYPES.has(type)) return 'host';
  return type.endsWith('group') ? 'group' : undefined;
}
