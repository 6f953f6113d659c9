/** Shape `logzio`: the event as JumpCloud sent it, with what Logz.io's users rely on, and one kind per field. */
import type { JsonObject } from '../json.ts';
import { changesObject } from './changes.ts';
import { type Allowance, Conform } from './conform.ts';
import { countMembersAtMost } from './duplicates.ts';
import { FIELD_TABLE } from './field-table.ts';
import { SURELY_FEW_MEMBERS, SURELY_SHORT_UNITS } from './limits.ts';
import { type Draft, fitToLine, isShortLine, oneLine } from './line.ts';
import { Marks } from './marks.ts';
import { addedFields, tableOf, withDefaults } from './output-fields.ts';
import { type ReadEvent, readEvent } from './read-event.ts';
import { countIfRegular, type Seen } from './regular.ts';
import { MORE_FIELDS, RESERVED_NAMES } from './reserved.ts';
import { compileSchema } from './schema.ts';
import type { Shape, ShapeOptions, SourceEvent } from './shape.ts';
import { isIndexableTime, toIndexableTime } from './timestamps.ts';

/** Half a surrogate pair, as JSON writes it. */
const LONE_SURROGATE = '\\ud';

const OPENING_BRACE = 123;

export function createLogzioShape(options: ShapeOptions): Shape {
  const schema = compileSchema({ ...tableOf(options.fields), ...FIELD_TABLE }, RESERVED_NAMES.logzio);
  const defaults = addedFields(options.fields, FIELD_TABLE);
  const added = Object.entries(defaults);
  const type = JSON.stringify(options.type);
  const tags = options.tags.length > 0 ? `,"tags":${JSON.stringify(options.tags)}` : '';
  const organization = JSON.stringify(options.organization);

  /** The log's own fields as text, for events that need no copy; undefined where they do. */
  function head({ value, eventId }: SourceEvent): string | undefined {
    if (!isIndexableTime(value.timestamp) || eventId.length > SURELY_SHORT_UNITS) return undefined;
    let text = `{"@timestamp":"${value.timestamp}","type":${type},"event_id":${JSON.stringify(eventId)}${tags}`;
    if (organization !== undefined && (value.organization ?? null) === null) {
      // With a null of JumpCloud's own the name would stand there twice.
      if (value.organization === null) return undefined;
      text += `,"organization":${organization}`;
    }
    for (const [name, extra] of added) {
      if (!Object.hasOwn(value, name)) text += `,${JSON.stringify(name)}:${JSON.stringify(extra)}`;
    }
    return text;
  }

  /** The whole line of an event in which nothing but its `changes` has to change; undefined for any other event. */
  function regularLine(event: SourceEvent): string | undefined {
    const seen: Seen = { integers: false };
    const members = countIfRegular(event.value, schema, seen);
    if (members < 0 || members > SURELY_FEW_MEMBERS || members !== countMembersAtMost(event.text)) return undefined;
    const own = head(event);
    const json = own && regularJson(event, seen);
    if (json === undefined) return undefined;
    // Both are objects: what ends the first and what begins the second becomes a comma.
    const line = `${own},${json.slice(1)}`;
    return line.includes(LONE_SURROGATE) || !isShortLine(line) ? undefined : oneLine(line);
  }

  function build(event: SourceEvent, { value, losses }: ReadEvent, allowance: Allowance): Draft {
    const marks = new Marks();
    for (const loss of losses) marks.add(loss);
    const conform = new Conform(allowance, marks, false);
    const source = { ...value };
    if (options.organization !== undefined) source.organization ??= options.organization;
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
    const line = regularLine(event);
    if (line !== undefined) return { line, shortened: [] };
    const read = readEvent(event);
    return fitToLine(read.members, (allowance) => build(event, read, allowance));
  };
}

/** A regular event as JSON: its own text, where that is as good; undefined where its `changes` are too long. */
function regularJson({ text, value }: SourceEvent, seen: Seen): string | undefined {
  if (Array.isArray(value.changes)) {
    const changes = JSON.stringify(changesObject(value.changes));
    return changes.length > SURELY_SHORT_UNITS ? undefined : JSON.stringify({ ...value, changes });
  }
  const isAsGood =
    !seen.integers &&
    text.charCodeAt(0) === OPENING_BRACE &&
    text.endsWith('}') &&
    !text.includes('\n') &&
    !text.includes('\r') &&
    // An escaped character may be half a surrogate pair; written anew, that shows.
    !text.includes('\\u');
  return isAsGood ? text : JSON.stringify(value);
}
