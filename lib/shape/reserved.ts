/** Names that a shape needs for itself, and the two that mark a log which had to be cut. */

/** Where JumpCloud's own members go whose names the log needs for itself. */
export const RESERVED_PREFIX = 'jumpcloud_';
/** Follows a known field's name where its kind cannot hold the value. */
export const MOVED_SUFFIX = '_text';

/** What did not fit among a log's fields, as one JSON text. */
export const MORE_FIELDS = 'more_fields';
/** The paths of what is missing in a log, or was shortened. */
export const SHORTENED_FIELDS = 'shortened_fields';

/**
 * JumpCloud's own members of these names are kept as `jumpcloud_<name>` in shape `logzio`; no field
 * that a user adds has one. The objects of shape `ecs` are among them: as texts they would spoil a
 * day in which the shape is changed.
 */
export const RESERVED_NAMES = [
  '@timestamp',
  'type',
  'tags',
  MORE_FIELDS,
  SHORTENED_FIELDS,
  'event_id',
  'client',
  'data_stream',
  'ecs',
  'event',
  'group',
  'host',
  'jumpcloud',
  'observer',
  'process',
  'related',
  'source',
  'user',
  'user_agent',
] as const;
