/** The ECS fields by which detection rules search and which Elastic's integration does not make. */
import { isJsonObject, type JsonObject, type JsonValue } from '../platform/json.ts';
import type { Conform } from './conform.ts';
import {
  ALSO_COPIES,
  CHANGED_NAMES,
  EVENT,
  getPath,
  HOST_NAMES,
  OBSERVER,
  type Path,
  RELATED_IPS,
  setPath,
  toPaths,
  USER_NAMES,
} from './ecs-mapping.ts';
import { isAddress } from './values.ts';

const USER_MEMBERS = ['id', 'name', 'email'] as const;
const OTHER_MEMBERS = ['id', 'name'] as const;

/** What the fields are made of. */
export interface DetectionSource {
  /** Obeys the type rule. */
  readonly event: JsonObject;
  /** JumpCloud's own list of changes, before it became text. */
  readonly changes: JsonValue | undefined;
  readonly conform: Conform;
}

/** Adds to a log that has what Elastic's integration makes; changes nothing that is there. */
export function addDetectionFields(source: DetectionSource, log: JsonObject): void {
  const { event } = source;
  log.observer = OBSERVER;
  addCopies(source, log);
  const parties = partiesOf(event);
  addActor(source, log);
  const first = (kind: PartyKind) => parties.find((party) => party.kind === kind);
  const target = first('user');
  addParty(source, log, target, ['user', 'target']);
  addParty(source, log, first('group'), ['group']);
  if (log.host === undefined) addParty(source, log, first('host'), ['host']);
  if (target !== undefined) addChangedNames(source, log);
  addSourceAddress(log);
  addRelated(event, log, parties);
}

function addCopies({ event, conform: { marks } }: DetectionSource, log: JsonObject): void {
  for (const { to, from } of ALSO_COPIES) {
    const path = from.find((one) => getPath(event, one) !== undefined);
    if (path === undefined || getPath(log, to) !== undefined) continue;
    setPath(log, to, getPath(event, path) as JsonValue);
    if (!marks.isEmpty) marks.copy(`${EVENT}.${path.join('.')}`, to.join('.'));
  }
}

/** `user.name` is `username`; the initiator's id stands beside it if it is the same person. */
function addActor({ event, conform }: DetectionSource, log: JsonObject): void {
  const initiator = event.initiated_by;
  if (!isJsonObject(initiator)) return;
  const { id, username, email } = initiator;
  const user: JsonObject = isJsonObject(log.user) ? log.user : {};
  if (user.name !== undefined && !isSamePerson(user.name, username, email)) return;
  if (user.name === undefined && username !== undefined) user.name = username;
  if (id !== undefined) user.id = id;
  if (email !== undefined) user.email = email;
  if (typeof email === 'string' && email.includes('@')) {
    user.domain = conform.text(email.slice(email.lastIndexOf('@') + 1), 'user.domain');
  }
  if (Object.keys(user).length === 0) return;
  log.user = user;
  const { marks } = conform;
  if (marks.isEmpty) return;
  marks.copy(`${EVENT}.initiated_by.username`, 'user.name');
  marks.copy(`${EVENT}.initiated_by.email`, 'user.email');
}

function isSamePerson(name: JsonValue, username: JsonValue | undefined, email: JsonValue | undefined): boolean {
  if (name === username || (username === undefined && email === undefined)) return true;
  const known = String(name).toLowerCase();
  const address = String(email ?? '').toLowerCase();
  return known === String(username ?? '').toLowerCase() || known === address || address.startsWith(`${known}@`);
}

/** @param party undefined where the event names none of this kind */
function addParty({ conform: { marks } }: DetectionSource, log: JsonObject, party: Party | undefined, to: Path): void {
  if (party === undefined) return;
  for (const what of party.kind === 'user' ? USER_MEMBERS : OTHER_MEMBERS) {
    const name = memberOf(party, what);
    if (name === undefined) continue;
    setPath(log, [...to, what], party.members[name] as JsonValue);
    if (!marks.isEmpty) marks.copy([EVENT, ...party.path, name].join('.'), [...to, what].join('.'));
  }
}

/** `user.changes`: the new name or address of the user who was changed. */
function addChangedNames({ changes, conform }: DetectionSource, log: JsonObject): void {
  if (!Array.isArray(changes)) return;
  for (const change of changes) {
    if (!isJsonObject(change) || typeof change.field !== 'string' || typeof change.to !== 'string') continue;
    const name = CHANGED_NAMES.get(change.field.toLowerCase());
    if (name === undefined || change.to === '') continue;
    const path = ['user', 'changes', name];
    setPath(log, path, conform.text(change.to, path.join('.')));
  }
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

function addRelated(event: JsonObject, log: JsonObject, parties: readonly Party[]): void {
  const addresses = textsAt(event, RELATED_IPS).filter(isAddress);
  const users = textsAt(event, USER_NAMES);
  const hosts = textsAt(event, HOST_NAMES);
  for (const party of parties) {
    if (party.kind === 'user') addIdentifiers(party, users);
    else if (party.kind === 'host') addIdentifiers(party, hosts);
  }
  if (addresses.length > 0) setPath(log, ['related', 'ip'], addresses);
  if (users.length > 0) setPath(log, ['related', 'user'], users);
  if (hosts.length > 0) setPath(log, ['related', 'hosts'], hosts);
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

export type PartyKind = 'user' | 'group' | 'host';

export interface Party {
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
