/** Names at the top of a log that a shape needs for itself, and the two that mark a log which had to be cut. */

/** Where JumpCloud's own members go whose names the log needs for itself. */
export const RESERVED_PREFIX = 'jumpcloud_';
/** What follows the name of a known field in the name under which a value goes that the field's kind cannot hold. */
export const MOVED_SUFFIX = '_text';

/** What did not fit among a log's fields, as one JSON text. */
export const MORE_FIELDS = 'more_fields';
/** The paths of what is missing in a log, or was shortened. */
export const SHORTENED_FIELDS = 'shortened_fields';

export const RESERVED_NAMES = {
  /** JumpCloud's own members of these names are kept as `jumpcloud_<name>`. */
  logzio: ['@timestamp', 'type', 'event_id', 'tags', MORE_FIELDS, SHORTENED_FIELDS],
  /** JumpCloud's own members lie under `jumpcloud.event` and cannot clash. */
  ecs: [
    '@timestamp',
    'type',
    'tags',
    'client',
    'data_stream',
    'ecs',
    'event',
    'host',
    'jumpcloud',
    'message',
    'process',
    'related',
    'source',
    'user',
    'user_agent',
    MORE_FIELDS,
    SHORTENED_FIELDS,
  ],
} as const;
