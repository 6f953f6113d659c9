/** Shape `logzio` for events that have an outline: their bytes, copied behind the log's own fields. */
import type { JsonObject } from '../json.ts';
import { MEMBER_NAMES } from '../outline/member-names.ts';
import { NULL } from '../outline/outline.ts';
import { Copier } from './copier.ts';
import { CopyPlan } from './copy-plan.ts';
import { oneLine } from './line.ts';
import { LineWriter } from './line-writer.ts';
import type { SchemaNode } from './schema.ts';
import type { CopyLine, ShapeOptions } from './shape.ts';
import { isIndexableTime } from './timestamps.ts';

const TIMESTAMP = MEMBER_NAMES.numberOfText('timestamp');
const ORGANIZATION = MEMBER_NAMES.numberOfText('organization');
const CLOSE_BRACE = 0x7d;

/**
 * @param schema of the event, with the names that the log needs for itself
 * @param defaults fields that the log gets where the event has none of that name
 */
export function logzioCopy(options: ShapeOptions, schema: SchemaNode, defaults: JsonObject): CopyLine {
  const plan = new CopyPlan(schema);
  const writer = new LineWriter();
  const type = oneLine(`,"type":${JSON.stringify(options.type)},"event_id":`);
  const tags = options.tags.length > 0 ? oneLine(`,"tags":${JSON.stringify(options.tags)}`) : '';
  const added = Object.entries(defaults).map(([name, value]) => ({
    number: MEMBER_NAMES.numberOfText(name),
    text: oneLine(`,${JSON.stringify({ [name]: value }).slice(1, -1)}`),
  }));

  return (outline, eventId) => {
    const timestamp = outline.find(TIMESTAMP);
    if (timestamp === -1 || !isIndexableTime(outline.textOf(timestamp))) return undefined;
    if (options.organization !== undefined) {
      // JumpCloud's null gives way to the organization we know, and keeps its place.
      const own = outline.find(ORGANIZATION);
      if (own !== -1 && outline.kinds[own] === NULL) return undefined;
    }
    writer.begin(outline.body);
    writer.text('{"@timestamp":');
    writer.copy(outline.starts[timestamp] as number, outline.ends[timestamp] as number);
    writer.text(type);
    writer.text(oneLine(JSON.stringify(eventId)));
    if (tags !== '') writer.text(tags);
    for (const { number, text } of added) if (outline.find(number) === -1) writer.text(text);
    if (!new Copier(outline, writer, false).members(0, plan, false)) return undefined;
    writer.byte(CLOSE_BRACE);
    return writer.end();
  };
}
