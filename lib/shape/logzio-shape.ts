/** Shape `logzio`: the event as JumpCloud sent it, with what Logz.io's users rely on, and one kind per field. */
import type { JsonObject } from '../json.ts';
import { type Allowance, Conform } from './conform.ts';
import { FIELD_TABLE } from './field-table.ts';
import { SURELY_SHORT_UNITS } from './limits.ts';
import { type Draft, fitToLine, quickLine } from './line.ts';
import { Marks } from './marks.ts';
import { addedFields, tableOf, withDefaults } from './output-fields.ts';
import { lookQuickly } from './quick-look.ts';
import { type ReadEvent, readEvent } from './read-event.ts';
import { MORE_FIELDS, RESERVED_NAMES } from './reserved.ts';
import { compileSchema } from './schema.ts';
import type { Shape, ShapeOptions, SourceEvent } from './shape.ts';
import { isIndexableTime, toIndexableTime } from './timestamps.ts';

export function createLogzioShape(options: ShapeOptions): Shape {
  const { quick, thorough } = logzioWays(options);
  return (event) => {
    const line = quick(event);
    return line === undefined ? thorough(event) : { line, shortened: [] };
  };
}

/**
 * The two ways to a log; where both find one, it is the same, byte for byte.
 * @returns `quick`: undefined for events that need the thorough way
 */
export function logzioWays(options: ShapeOptions): {
  readonly quick: (event: SourceEvent) => string | undefined;
  readonly thorough: Shape;
} {
  const { organization } = options;
  const ownFields = organization === undefined ? options.fields : { ...options.fields, organization };
  const schema = compileSchema({ ...tableOf(options.fields), ...FIELD_TABLE }, RESERVED_NAMES.logzio);
  const defaults = addedFields(ownFields, FIELD_TABLE);
  const added = Object.entries(defaults).map(([name, value]) => ({
    name,
    text: `,${JSON.stringify({ [name]: value }).slice(1, -1)}`,
  }));
  const type = `,"type":${JSON.stringify(options.type)},"event_id":`;
  const tags = options.tags.length > 0 ? `,"tags":${JSON.stringify(options.tags)}` : '';

  function quick(event: SourceEvent): string | undefined {
    const { text, value, eventId } = event;
    // JumpCloud's null gives way to the organization we know, and keeps its place.
    if (organization !== undefined && value.organization === null) return undefined;
    const looked = lookQuickly(event, schema, false);
    if (looked === undefined) return undefined;
    const { value: fitting, isShortest } = looked;
    if (eventId.length > SURELY_SHORT_UNITS || !isIndexableTime(value.timestamp)) return undefined;
    let line = `{"@timestamp":"${value.timestamp}"${type}${JSON.stringify(eventId)}${tags}`;
    for (const one of added) if (!Object.hasOwn(fitting, one.name) || fitting[one.name] === undefined) line += one.text;
    // Both are objects: what ends the first and what begins the second becomes a comma.
    line += `,${(isShortest && fitting === value ? text : JSON.stringify(fitting)).slice(1)}`;
    return quickLine(line, isShortest);
  }

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
    quick,
    thorough: (event) => {
      const read = readEvent(event);
      return fitToLine(read.members, (allowance) => build(event, read, allowance));
    },
  };
}
