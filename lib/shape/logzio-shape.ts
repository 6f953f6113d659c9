/**
 * Shape `logzio`: the event as JumpCloud sent it, with what Logz.io's users rely on, and one kind
 * per field.
 */

import { isJsonObject, type JsonObject } from '../platform/json.ts';
import { type Allowance, Conform } from './conform.ts';
import { compileSchema } from './field-kinds.ts';
import { FIELD_TABLE } from './field-table.ts';
import { SURELY_FEW_MEMBERS } from './limits.ts';
import { BROKEN_BYTES, type Draft, fitToLine, isShortLine, Marks, oneLine } from './line.ts';
import { MORE_FIELDS, RESERVED_NAMES } from './names.ts';
import { countObeying, textObeys } from './obeys.ts';
import { addedFields, tableOf, withDefaults } from './output-fields.ts';
import { countMembersInText, type ExactEvent, readExactly } from './parse-event.ts';
import type { Shape, ShapedLog, ShapeOptions, SourceEvent } from './shape.ts';
import { isIndexableTime, toIndexableTime } from './values.ts';

const NONE: readonly string[] = [];
/** Blanks between members that would end the line. */
const LINE_BREAK = /[\n\r]/;

export function createLogzioShape(options: ShapeOptions): Shape {
  const { organization } = options;
  const ownFields = organization === undefined ? options.fields : { ...options.fields, organization };
  const schema = compileSchema({ ...tableOf(options.fields), ...FIELD_TABLE }, RESERVED_NAMES);
  const defaults = addedFields(ownFields);
  const added = Object.entries(defaults).map(([name, value]) => ({
    name,
    json: `,${JSON.stringify(name)}:${JSON.stringify(value)}`,
  }));
  const type = JSON.stringify(options.type);
  const tags = options.tags.length > 0 ? `,"tags":${JSON.stringify(options.tags)}` : '';

  /**
   * The event's own text behind what the log adds; undefined where something in the event has to
   * change.
   */
  function copy({ value, text, eventId, isBroken, membersInText }: SourceEvent): ShapedLog | undefined {
    const { timestamp } = value;
    if (isBroken || !isIndexableTime(timestamp) || !textObeys(eventId) || LINE_BREAK.test(text)) return undefined;
    // JumpCloud's null gives way to the organization we know.
    if (organization !== undefined && value.organization === null) return undefined;
    const members = countObeying(value, text, schema, options.onUnknownName);
    if (members === undefined || members > SURELY_FEW_MEMBERS) return undefined;
    if (members !== (membersInText ?? countMembersInText(text))) return undefined;
    let head = `{"@timestamp":"${timestamp}","type":${type},"event_id":${JSON.stringify(eventId)}${tags}`;
    for (const { name, json } of added) if (!Object.hasOwn(value, name)) head += json;
    const line = oneLine(`${head},${text.slice(1)}`);
    return isShortLine(line) ? { line, shortened: NONE } : undefined;
  }

  function build(event: SourceEvent, { value }: ExactEvent, allowance: Allowance): Draft {
    const marks = new Marks();
    if (event.isBroken) marks.add(BROKEN_BYTES);
    const conform = new Conform(allowance, marks, false, options.onUnknownName);
    const renamed = withUserAgentRenamed(value);
    const source = organization !== undefined && value.organization === null ? { ...renamed, organization } : renamed;
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

  return (event) => {
    const copied = copy(event);
    if (copied) return copied;
    const exact = readExactly(event);
    return fitToLine(exact.members, (allowance) => build(event, exact, allowance));
  };
}

/**
 * Some services write `user_agent`, which is an object of other members in shape `ecs`, where most
 * write `useragent`.
 */
function withUserAgentRenamed(event: JsonObject): JsonObject {
  if (!isJsonObject(event.user_agent) || (event.useragent ?? null) !== null) return event;
  const { user_agent: useragent, useragent: _none, ...others } = event;
  return { ...others, useragent };
}
