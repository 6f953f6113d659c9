/** Shape `logzio`: the event as JumpCloud sent it, with what Logz.io's users rely on, and one kind per field. */

import { logzioCopy } from '../copy/logzio.ts';
import type { JsonObject } from '../platform/json.ts';
import { type Allowance, Conform } from './conform.ts';
import { FIELD_TABLE } from './field-table.ts';
import { type Draft, fitToLine } from './line.ts';
import { Marks } from './marks.ts';
import { addedFields, tableOf, withDefaults } from './output-fields.ts';
import { type ReadEvent, readEvent } from './read-event.ts';
import { MORE_FIELDS, RESERVED_NAMES } from './reserved.ts';
import { compileSchema } from './schema.ts';
import type { Shape, ShapeOptions, SourceEvent } from './shape.ts';
import { toIndexableTime } from './timestamps.ts';

export function createLogzioShape(options: ShapeOptions): Shape {
  const { organization } = options;
  const ownFields = organization === undefined ? options.fields : { ...options.fields, organization };
  const schema = compileSchema({ ...tableOf(options.fields), ...FIELD_TABLE }, RESERVED_NAMES.logzio);
  const defaults = addedFields(ownFields, FIELD_TABLE);

  function build(event: SourceEvent, { value, losses }: ReadEvent, allowance: Allowance): Draft {
    const marks = new Marks();
    for (const loss of losses) marks.add(loss);
    const conform = new Conform(allowance, marks, false);
    const source = organization !== undefined && value.organization === null ? { ...value, organization } : value;
    // Spread, not assigned: assigning a member named __proto__ would set the prototype.
    const log: JsonObject = {
      '@timestamp': toIndexableTime(event.value.timestamp),
      type: options.type,
      event_id: conform.text(event.eventId, 'event_id'),
      ...(options.tags.length > 0 && { tags: [...options.tags] }),
      ...withDefaults(conform.object(source, schema), defaults),
    };
    const more = conform.moreFields();
    if (more !== undefined) log[MORE_FIELDS] = more;
    return { log, unknownFields: conform.unknownFields, marks };
  }

  return {
    copyLine: logzioCopy(options, schema, defaults),
    toLog: (event) => {
      const read = readEvent(event);
      return fitToLine(read.members, (allowance) => build(event, read, allowance));
    },
  };
}
