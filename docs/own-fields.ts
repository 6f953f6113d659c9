/** What a log has that JumpCloud did not send, or not there: for the documentation. */

import { PARTY_MEMBERS, PARTY_PATHS } from '../lib/shape/ecs-detection.ts';
import type { Path } from '../lib/shape/ecs-mapping.ts';
import {
  ADDRESS_COPIES,
  ALSO_COPIES,
  CHANGED_NAMES,
  COPIES,
  DATASET,
  ECS_VERSION,
  GEO_COPIES,
  HOST_NAMES,
  OBSERVER,
  RELATED_IPS,
  USER_NAMES,
} from '../lib/shape/ecs-mapping.ts';
import { decimal, type FieldKind, type FieldTable, text, texts, time } from '../lib/shape/field-kinds.ts';
import { MORE_FIELDS, SHORTENED_FIELDS } from '../lib/shape/names.ts';
import { MAX_UNKNOWN_FIELDS } from '../lib/shape/values.ts';

const MARKS: FieldTable = {
  [SHORTENED_FIELDS]: texts('only where something of the event is missing or was shortened: which paths'),
  [MORE_FIELDS]: text(
    `only where the event has more than ${MAX_UNKNOWN_FIELDS} fields that no table knows: the rest of them, as one JSON text`,
  ),
};

const TAGS: FieldTable = { tags: texts('`output.tags`') };

export const LOGZIO_OWN_FIELDS: FieldTable = {
  '@timestamp': time("the event's `timestamp`"),
  type: text('`logzio.type`, by default `jumpcloud`'),
  event_id: text(
    "JumpCloud's `id`; for an event without one a hash of the event, the same in every copy of it: for deduplication at query time",
  ),
  ...TAGS,
  jumpcloud_type: text("a notification's own `type`"),
  ...MARKS,
};

/** A field of the ECS shape, and the paths in JumpCloud's event that it is made of. */
export interface EcsField {
  readonly path: string;
  readonly kind: FieldKind;
  readonly from: string;
}

const ECS_OWN: FieldTable = {
  '@timestamp': time('`timestamp`'),
  type: text('`logzio.type`, by default `jumpcloud`'),
  'ecs.version': text(`\`${ECS_VERSION}\``),
  'data_stream.dataset': text(`\`${DATASET}\``),
  'event.dataset': text(`\`${DATASET}\``),
  'event.id': text('`id`; for an event without one a hash of the event, the same in every copy of it'),
  'event.outcome': text('`success`, else `sso_token_success`: `success`, `failure` or `unknown`'),
  'event.kind': text('`alert` for events of the service `alerts`, else `event`'),
  'event.category': texts('`event_type`, by the table below'),
  'event.type': texts('`event_type`, by the table below'),
  'event.original': text("the event's own text, with `output.preserve_original_event`"),
};

const ECS_GEO: FieldTable = {
  ...Object.fromEntries(GEO_COPIES.map(([from, to]) => [to, text(`\`geoip.${from}\``)])),
  region_iso_code: text('`geoip.country_code` and `geoip.region_code`'),
  'location.lat': decimal('`geoip.latitude`'),
  'location.lon': decimal('`geoip.longitude`'),
};

/** What fills a field of Elastic's that JumpCloud's event leaves empty. */
const ELSE: Readonly<Record<string, string>> = {
  'user.name': ', else `initiated_by.username`',
  'host.id': ', else of the device that `resource` or an end of `association` is',
};

/** In the order in which they are documented. */
export const ECS_FIELDS: readonly EcsField[] = [
  ...asEcs(ECS_OWN),
  ...COPIES.map(
    ({ from, to }): EcsField => ({
      path: to.join('.'),
      kind: 'text',
      from: `${namesOf(from, ', else ')}${elseOf(to)}`,
    }),
  ),
  ...ADDRESS_COPIES.map(
    ({ from, to }): EcsField => ({
      path: to.join('.'),
      kind: 'text',
      from: `${namesOf(from, ', else ')}, where it is an IP address${to[0] === 'source' ? '; else `client_ip`' : ''}`,
    }),
  ),
  ...asEcs(ECS_GEO, 'client.geo.'),
  {
    path: 'source.geo',
    kind: 'object',
    from: 'the same as `client.geo`, where `source.ip` is the address that it belongs to',
  },
  ...ALSO_COPIES.filter(({ to }) => !isCopied(to)).map(
    ({ from, to }): EcsField => ({ path: to.join('.'), kind: 'text', from: namesOf(from, ', else ') }),
  ),
  ...asEcs({
    'observer.vendor': text(`\`${OBSERVER.vendor}\``),
    'observer.product': text(`\`${OBSERVER.product}\``),
    'user.id': text('`initiated_by.id`, unless `username` names somebody else'),
    'user.email': text('`initiated_by.email`, likewise'),
    'user.domain': text('what follows the `@` in it'),
    'user.target.id': text(partyMember('id', 'user or administrator')),
    'user.target.name': text(partyMember('name', 'user or administrator')),
    'user.target.email': text(partyMember('email', 'user or administrator')),
    ...Object.fromEntries(
      [...CHANGED_NAMES].map(([field, name]) => [
        `user.changes.${name}`,
        text(`\`to\` of the change of \`${field}\`, where there is a \`user.target\``),
      ]),
    ),
    'group.id': text(partyMember('id', 'group')),
    'group.name': text(partyMember('name', 'group')),
    'related.ip': texts(`${namesOf(RELATED_IPS, ', ')}, where they are IP addresses`),
    'related.user': texts(
      `${namesOf(USER_NAMES, ', ')}; name and address of every user of the places below, else the id`,
    ),
    'related.hosts': texts(`${namesOf(HOST_NAMES, ', ')}; the same of every device`),
  }),
  ...asEcs({ ...TAGS, ...MARKS }),
];

function asEcs(table: FieldTable, prefix = ''): EcsField[] {
  return Object.entries(table).map(([path, { kind, about }]) => ({ path: prefix + path, kind, from: about }));
}

function partyMember(member: keyof typeof PARTY_MEMBERS, what: string): string {
  const places = namesOf(PARTY_PATHS, ', ');
  return `of the first ${what} among ${places}: \`${PARTY_MEMBERS[member].join('`, else `')}\``;
}

function namesOf(paths: readonly Path[], between: string): string {
  return paths.map((path) => `\`${path.join('.')}\``).join(between);
}

function elseOf(to: Path): string {
  const also = ALSO_COPIES.find((one) => one.to.join('.') === to.join('.'));
  return also === undefined ? (ELSE[to.join('.')] ?? '') : `, else ${namesOf(also.from, ', else ')}`;
}

function isCopied(to: Path): boolean {
  return COPIES.some((one) => one.to.join('.') === to.join('.'));
}
