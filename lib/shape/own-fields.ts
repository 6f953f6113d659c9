/** What a log has that JumpCloud did not send, or that stands elsewhere than JumpCloud sent it: for the documentation. */
import { ADDRESS_COPIES, COPIES, DATASET, ECS_VERSION, GEO_COPIES } from './ecs-mapping.ts';
import { decimal, type FieldKind, type FieldTable, text, texts, time } from './field-kinds.ts';
import { MORE_FIELDS, SHORTENED_FIELDS } from './reserved.ts';

const MARKS: FieldTable = {
  [SHORTENED_FIELDS]: texts('only where something of the event is missing or was shortened: which paths'),
  [MORE_FIELDS]: text('only where the event has more than a thousand fields: those nobody knows, as one JSON text'),
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

/** A field of the ECS shape, and the path in JumpCloud's event it is made of; several of them, or none. */
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
  'event.category': texts('`event_type`: `authentication` for logins, `iam` for mails and unlocking'),
  'event.type': texts('`info`, where there is a category'),
  'event.original': text("the event's own text, with `output.preserve_original_event`"),
};

const ECS_GEO: FieldTable = {
  ...Object.fromEntries(GEO_COPIES.map(([from, to]) => [to, text(`\`geoip.${from}\``)])),
  region_iso_code: text('`geoip.country_code` and `geoip.region_code`'),
  'location.lat': decimal('`geoip.latitude`'),
  'location.lon': decimal('`geoip.longitude`'),
};

/** In the order in which they are documented. */
export const ECS_FIELDS: readonly EcsField[] = [
  ...asEcs(ECS_OWN),
  ...COPIES.map(({ from, to }): EcsField => ({ path: to.join('.'), kind: 'text', from: `\`${from.join('.')}\`` })),
  ...ADDRESS_COPIES.map(
    ({ from, to }): EcsField => ({
      path: to.join('.'),
      kind: 'text',
      from: `\`${from.join('.')}\`, where it is an IP address`,
    }),
  ),
  ...asEcs(ECS_GEO, 'client.geo.'),
  {
    path: 'source.geo',
    kind: 'object',
    from: 'the same as `client.geo`, instead of it, where only `src_ip` is an IP address',
  },
  {
    path: 'related.ip',
    kind: 'texts',
    from: '`src_ip`, `jumpcloud_protect_device.ip`, `auth_context.jumpcloud_protect_device.ip`',
  },
  { path: 'related.user', kind: 'texts', from: '`initiated_by.username`' },
  ...asEcs({ ...TAGS, ...MARKS }),
];

function asEcs(table: FieldTable, prefix = ''): EcsField[] {
  return Object.entries(table).map(([path, { kind, about }]) => ({ path: prefix + path, kind, from: about }));
}
