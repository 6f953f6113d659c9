/** The ECS fields by which detection rules search and which Elastic's integration does not make. */
import { isJsonObject, type JsonObject, type JsonValue } from '../platform/json.ts';
import {
  ACTOR_COPIES,
  ALSO_COPIES,
  addPath,
  CHANGED_NAMES,
  copy,
  type Draft,
  getPath,
  HOST_NAMES,
  OBSERVER,
  type Path,
  RELATED_IPS,
  toPaths,
  USER_NAMES,
} from './ecs-mapping.ts';
import { isAddress } from './values.ts';

const USER_MEMBERS = ['id', 'name', 'email'] as const;
const OTHER_MEMBERS = ['id', 'name'] as const;

/**
 * Adds to a log that has what Elastic's integration makes; changes nothing that is there.
 * @param changes JumpCloud's own list of them, before it became text
 */
export function addDetectionFields(draft: Draft, changes: JsonValue | undefined): void {
  const { event, log } = draft;
  log.observer = OBSERVER;
  for (const one of ALSO_COPIES) copy(draft, one);
  addActor(draft);
  const parties = partiesOf(event);
  const first = (kind: PartyKind) => parties.find((party) => party.kind === kind);
  const target = first('user');
  addParty(draft, target, ['user', 'target']);
  addParty(draft, first('group'), ['group']);
  if (log.host === undefined) addParty(draft, first('host'), ['host']);
  if (target !== undefined) addChangedNames(draft, changes);
  addSourceAddress(log);
  addRelated(draft, parties);
}

/** `user.name` is `username`; the initiator's id stands beside it if it is the same person. */
function addActor(draft: Draft): void {
  const { event, log, conform } = draft;
  if (!isJsonObject(event.initiated_by)) return;
  const { username, email } = event.initiated_by;
  if (event.username !== undefined && !isSamePerson(event.username, username, email)) return;
  for (const one of ACTOR_COPIES) copy(draft, one);
  if (typeof email === 'string' && email.includes('@')) {
    addPath(log, ['user', 'domain'], conform.text(email.slice(email.lastIndexOf('@') + 1), 'user.domain'));
  }
}

function isSamePerson(name: JsonValue, username: JsonValue | undefined, email: JsonValue | undefined): boolean {
  if (name === username || (username === undefined && email === undefined)) return true;
  const known = String(name).toLowerCase();
  const address = String(email ?? '').toLowerCase();
  return known === String(username ?? '').toLowerCase() || known === address || address.startsWith(`${known}@`);
}

/** @param party undefined where the event names none of this kind */
function addParty(draft: Draft, party: Party | undefined, to: Path): void {
  if (party === undefined) return;
  for (const what of party.kind === 'user' ? USER_MEMBERS : OTHER_MEMBERS) {
    const name = memberOf(party, what);
    if (name !== undefined) copy(draft, { from: [[...party.path, name]], to: [...to, what] });
  }
}

/** `user.changes`: the new name or address of the user who was changed. */
function addChangedNames({ log, conform }: Draft, changes: JsonValue | undefined): void {
  if (!Array.isArray(changes)) return;
  const names: JsonObject = {};
  for (const change of changes) {
    if (!isJsonObject(change) || typeof change.field !== 'string' || typeof change.to !== 'string') continue;
    const name = CHANGED_NAMES.get(change.field.toLowerCase());
    if (name !== undefined && change.to !== '') names[name] = conform.text(change.to, `user.changes.${name}`);
  }
  if (Object.keys(names).length > 0) addPath(log, ['user', 'changes'], names);
}

/** The address that both names mean: without one of its own, the source is the client. */
function addSourceAddress(log: JsonObject): void {
  const client = log.client;
  if (!isJsonObject(client) || client.ip === undefined) return;
  const source: JsonObject = isJsonObject(log.source) ? log.source : {};
  source.ip ??= client.ip;
  if (source.ip === client.ip && client.geo !== undefined) source.geo = client.geo;
  log.source = source;
}

function addRelated({ event, log }: Draft, parties: readonly Party[]): void {
  const ips = textsAt(event, RELATED_IPS).filter(isAddress);
  const users = textsAt(event, USER_NAMES);
  const hosts = textsAt(event, HOST_NAMES);
  for (const party of parties) {
    if (party.kind !== 'group') addIdentifiers(party, party.kind === 'user' ? users : hosts);
  }
  if (ips.length > 0) addPath(log, ['related', 'ip'], ips);
  if (users.length > 0) addPath(log, ['related', 'user'], users);
  if (hosts.length > 0) addPath(log, ['related', 'hosts'], hosts);
}

/** Its name and its address; its id where it has neither. */
function addIdentifiers(party: Party, texts: string[]): void {
  const [name, email] = [memberOf(party, 'name'), memberOf(party, 'email')];
  const id = name === undefined && email === undefined ? memberOf(party, 'id') : undefined;
  for (const found of [name, email, id]) if (found !== undefined) addOnce(texts, party.members[found]);
}

/** The texts at these paths, each once. */
function textsAt(event: JsonObject, paths: readonly Path[]): string[] {
  const texts: string[] = [];
  for (const path of paths) addOnce(texts, getPath(event, path));
  return texts;
}

function addOnce(texts: string[], value: JsonValue | undefined): void {
  if (typeof value === 'string' && !texts.includes(value)) texts.push(value);
}

type PartyKind = 'user' | 'group' | 'host';

interface Party {
  readonly kind: PartyKind;
  /** In JumpCloud's event. */
  readonly path: Path;
  readonly members: JsonObject;
}

/** Where JumpCloud names what an event is about. */
export const PARTY_PATHS = toPaths('resource target_resource association.connection.from association.connection.to');

/** Which members of a party hold what; the first that is there counts. */
export const PARTY_MEMBERS = {
  id: ['id', 'object_id'],
  name: ['username', 'hostname', 'name', 'displayName', 'display_name'],
  email: ['email', 'recipient_email'],
} as const;

/** JumpCloud's types of those who can be `user.target`. */
const USER_TYPES: ReadonlySet<JsonValue> = new Set(['user', 'admin', 'administrator', 'system_user']);
const HOST_TYPES: ReadonlySet<JsonValue> = new Set(['system', 'device']);

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
function memberOf(party: Party, what: keyof typeof PARTY_MEMBERS): string | undefined {
  return PARTY_MEMBERS[what].find((name) => party.members[name] !== undefined);
}

function kindOf({ type, username, recipient_email: recipient }: JsonObject): PartyKind | undefined {
  if (typeof type !== 'string') return username !== undefined || recipient !== undefined ? 'user' : undefined;
  if (USER_TYPES.has(type)) return 'user';
  if (HOST_TYPES.has(type)) return 'host';
  return type.endsWith('group') ? 'group' : undefined;
}
