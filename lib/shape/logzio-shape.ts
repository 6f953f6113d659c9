/**
 * Shape `logzio`: the event as JumpCloud sent it, with what Logz.io's users rely on, and one kind
 * per field.
 */

import { isJsonObject, type JsonObject } from '../platform/json.ts';
import { type Allowance, addedFields, Conform, withDefaults } from './conform.ts';
import { compileSchema, tableOf } from './field-kinds.ts';
import { FIELD_TABLE } from './field-table.ts';
import { type Conformed, isShortLine, oneLine, toLog } from './line.ts';
import { BROKEN_BYTES, MORE_FIELDS, RESERVED_NAMES } from './names.ts';
import type { Shape, ShapeOptions, SourceEvent } from './shape.ts';
import { isIndexableTime, toIndexableTime } from './values.ts';

/** A whole number with a fraction or an exponent (`1.0`, `1e3`), as a member of an object. */
const UNUSUAL_INTEGER = /":\s*-?\d+(?:\.0+(?!\d)|(?:\.\d+)?[eE])/;

export function createLogzioShape(options: ShapeOptions): Shape {
  const { organization } = options;
  const ownFields = organization === undefined ? options.fields : { ...options.fields, organization };
  const schema = compileSchema({ ...tableOf(options.fields), ...FIELD_TABLE }, RESERVED_NAMES);
  const defaults = addedFields(ownFields);
  const added = Object.entries(defaults).map(
    ([name, value]) => [name, `,${JSON.stringify({ [name]: value }).slice(1, -1)}`] as const,
  );
  const type = JSON.stringify(options.type);
  const tags = options.tags.length > 0 ? `,"tags":${JSON.stringify(options.tags)}` : '';

  return (event) => toLog(event, { conform, copy, compose });

  function conform(event: SourceEvent, value: JsonObject, allowance: Allowance): Conformed {
    const conform = new Conform(allowance, false, options.onUnknownName);
    if (event.isBroken) conform.marks.add(BROKEN_BYTES);
    const renamed = withUserAgentRenamed(value);
    // JumpCloud's null gives way to the organization we know.
    const source = organization !== undefined && value.organization === null ? { ...renamed, organization } : renamed;
    return { conform, eventId: conform.text(event.eventId, 'event_id'), fields: conform.object(source, schema) };
  }

  /** The event's own text behind what the log adds. */
  function copy(event: SourceEvent, { conform, eventId, fields }: Conformed): string | undefined {
    const { value, text } = event;
    const stays = fields === value && eventId === event.eventId && conform.marks.isEmpty;
    // Blanks between members would end the line.
    if (!stays || text.includes('\n') || text.includes('\r')) return undefined;
    if (!isIndexableTime(value.timestamp) || (conform.hasIntegers && UNUSUAL_INTEGER.test(text))) return undefined;
    let head = `{"@timestamp":"${value.timestamp}","type":${type},"event_id":${JSON.stringify(eventId)}${tags}`;
    for (const [name, json] of added) if (!Object.hasOwn(value, name)) head += json;
    const line = oneLine(`${head},${text.slice(1)}`);
    return isShortLine(line) ? line : undefined;
  }

  function compose(event: SourceEvent, { conform, eventId, fields }: Conformed): JsonObject {
    // Spread, not assigned: assigning a member named __proto__ would set the prototype.
    const log: JsonObject = {
      '@timestamp': toIndexableTime(event.value.timestamp),
      type: options.type,
      event_id: eventId,
      ...(options.tags.length > 0 && { tags: [...options.tags] }),
      ...withDefaults(fields, defaults),
    };
    const more = conform.moreFields();
    if (more !== undefined) log[MORE_FIELDS] = more;
    return log;
  }
}

/**
 * Some services write `user_agent`, which is an object of other members in shape `ecs`, where most
 * write `useragent`.
 */
function withUserAgentRenamed(event: JsonObject): JsonObject {
  const { user_agent: useragent } = event;
  if (!isJsonObject(useragent) || JSON.isRawJSON(useragent) || (event.useragent ?? null) !== null) return event;
  const { user_agent: _moved, useragent: _none, ...others } = event;
  return { ...others, useragent };
}
