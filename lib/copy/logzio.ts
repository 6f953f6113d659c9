/** Shape `logzio` for events that have an outline: their bytes, copied behind the log's own fields. */

import { MEMBER_NAMES } from '../outline/member-names.ts';
import { NOWHERE, NULL } from '../outline/outline.ts';
import type { JsonObject, JsonValue } from '../platform/json.ts';
import { oneLine } from '../shape/line.ts';
import type { SchemaNode } from '../shape/schema.ts';
import type { CopyLine, ShapeOptions } from '../shape/shape.ts';
import { isOutlinedTime } from '../shape/timestamps.ts';
import { Stencils } from '../stencil/stencils.ts';
import { Copier } from './copier.ts';
import { writeEventId } from './event-id.ts';
import { CopyPlan } from './plan.ts';

const TIMESTAMP = MEMBER_NAMES.numberOfText('timestamp');
const ORGANIZATION = MEMBER_NAMES.numberOfText('organization');
const CLOSE_BRACE = 0x7d;

/**
 * @param schema of the event, with the names that the log needs for itself
 * @param defaults fields that the log gets where the event has none of that name
 */
export function logzioCopy(options: ShapeOptions, schema: SchemaNode, defaults: JsonObject): CopyLine {
  const plan = new CopyPlan(schema, new Set(Object.keys(defaults)));
  const behindTime = Buffer.from(oneLine(`,"type":${JSON.stringify(options.type)},"event_id":`));
  const tags = Buffer.from(options.tags.length > 0 ? oneLine(`,"tags":${JSON.stringify(options.tags)}`) : '');
  const fields = Object.entries({ '@timestamp': null, ...defaults });
  const first = fields.findIndex(([name]) => name === '@timestamp');
  const jsonOf = ([name, value]: [string, JsonValue]) => oneLine(JSON.stringify({ [name]: value }).slice(1, -1));
  // JavaScript puts a name that is a number before all others; an event that has one itself is never copied.
  const ahead = fields.slice(0, first).map((field) => `${jsonOf(field)},`);
  const beforeTime = Buffer.from(`{${ahead.join('')}"@timestamp":`);
  const added = fields.slice(first + 1).map((field) => ({
    name: MEMBER_NAMES.numberOfText(field[0]),
    piece: Buffer.from(`,${jsonOf(field)}`),
  }));

  const stencils = new Stencils((draft) => {
    const { layout } = draft;
    const timestamp = layout.find(TIMESTAMP);
    if (!draft.ask((outline) => isOutlinedTime(outline, timestamp))) draft.giveUp();
    if (options.organization !== undefined && layout.kinds[layout.find(ORGANIZATION)] === NULL) {
      // JumpCloud's null gives way to the organization we know, and keeps its place.
      draft.giveUp();
    }
    draft.piece(beforeTime);
    draft.value(timestamp);
    draft.piece(behindTime);
    writeEventId(draft);
    draft.piece(tags);
    for (const { name, piece } of added) if (layout.find(name) === NOWHERE) draft.piece(piece);
    new Copier(draft, false).members(0, plan, false);
    draft.byte(CLOSE_BRACE);
  });
  return (outline, contentId) => stencils.write(outline, contentId);
}
