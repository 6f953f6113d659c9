/** Shape `ecs` for events that have an outline: their bytes, copied to where the Elastic Common Schema has them. */
import type { JsonObject } from '../json.ts';
import { type LineBytes, LineWriter } from '../line-writer.ts';
import { idIn } from '../outline/identity.ts';
import { NOWHERE, type Outline } from '../outline/outline.ts';
import { DATASET } from '../shape/ecs-mapping.ts';
import { oneLine } from '../shape/line.ts';
import type { SchemaNode } from '../shape/schema.ts';
import type { CopyLine, ShapeOptions } from '../shape/shape.ts';
import { isOutlinedTime } from '../shape/timestamps.ts';
import { EcsEvent } from './ecs-event.ts';
import { hasGeo, writeGeo } from './ecs-geo.ts';
import { type EcsRecipe, ecsRecipe, type Target } from './ecs-recipe.ts';
import { writeEventId } from './event-id.ts';

const [COMMA, QUOTE, OPEN_BRACE, CLOSE_BRACE, CLOSE_BRACKET] = [0x2c, 0x22, 0x7b, 0x7d, 0x5d] as const;

const OUTCOME = {
  unknown: Buffer.from(`,"dataset":"${DATASET}","outcome":"unknown"`),
  success: Buffer.from(`,"dataset":"${DATASET}","outcome":"success"`),
  failure: Buffer.from(`,"dataset":"${DATASET}","outcome":"failure"`),
};
const PIECES = {
  original: Buffer.from(',"original":'),
  related: Buffer.from(',"related":{'),
  relatedIp: Buffer.from('"ip":['),
  relatedUser: Buffer.from('"user":['),
  rest: Buffer.from(',"jumpcloud":{"event":{'),
  version: Buffer.from('"version":'),
  closeTwo: Buffer.from('}}'),
};

/** Parameters as those of `ecsRecipe`. */
export function ecsCopy(options: ShapeOptions, schema: SchemaNode, added: JsonObject): CopyLine {
  const recipe = ecsRecipe(options, schema, added);
  const writer = new LineWriter();
  return (outline, contentId) => new EcsLine(recipe, outline, writer).write(contentId);
}

/** One event on its way into a line; ecs-shape.ts says why what stands where. */
class EcsLine {
  readonly #recipe: EcsRecipe;
  readonly #event: EcsEvent;
  readonly #outline: Outline;
  readonly #writer: LineWriter;

  constructor(recipe: EcsRecipe, outline: Outline, writer: LineWriter) {
    this.#recipe = recipe;
    this.#event = new EcsEvent(recipe, outline, writer);
    this.#outline = outline;
    this.#writer = writer;
  }

  write(contentId: string | undefined): LineBytes | undefined {
    const { timestamp, beforeTime, behindTime, keepsCopied, end } = this.#recipe;
    const outline = this.#outline;
    const writer = this.#writer;
    const at = this.#event.at(timestamp);
    if (!isOutlinedTime(outline, at)) return undefined;
    writer.begin(outline.body);
    writer.piece(beforeTime);
    writer.copy(outline.starts[at] as number, outline.ends[at] as number);
    writer.piece(behindTime);
    if (!writeEventId(writer, outline, contentId)) return undefined;
    this.#writeEventFields();
    this.#writeOthers();
    this.#writeRelated();
    if (!keepsCopied) this.#leaveOut(contentId);
    this.#writeRest();
    writer.piece(end);
    return this.#event.isUnclear ? undefined : writer.end();
  }

  /** What `event` has behind its id. */
  #writeEventFields(): void {
    const { eventFields, eventType, categories, keepsOriginal } = this.#recipe;
    const writer = this.#writer;
    writer.piece(OUTCOME[this.#outcome()]);
    this.#writeTargets(eventFields, true);
    const type = this.#event.at(eventType);
    if (type !== NOWHERE) {
      if (this.#outline.loose[type] === 1) this.#event.isUnclear = true;
      for (const category of categories) if (this.#outline.isText(type, category.type)) writer.piece(category.piece);
    }
    if (keepsOriginal) this.#writeOriginal();
    writer.byte(CLOSE_BRACE);
  }

  #outcome(): keyof typeof OUTCOME {
    const { success, tokenSuccess } = this.#recipe;
    const isSuccess = this.#event.truth(success) ?? this.#event.truth(tokenSuccess);
    return isSuccess === undefined ? 'unknown' : isSuccess ? 'success' : 'failure';
  }

  #writeOriginal(): void {
    const { loose, starts, ends } = this.#outline;
    const writer = this.#writer;
    writer.piece(PIECES.original);
    if (loose[0] === 1) {
      writer.text(oneLine(JSON.stringify(this.#outline.jsonOf(0))));
      return;
    }
    writer.byte(QUOTE);
    writer.escaped(starts[0] as number, ends[0] as number);
    writer.byte(QUOTE);
  }

  /** A source without a user begins with its address, and addresses are copied last. */
  #writeOthers(): void {
    const { others, entries, clientIp, sourceIp, sourceUser } = this.#recipe;
    const isSourceLate = !this.#event.hasAny(sourceUser);
    const geoIn = !hasGeo(this.#recipe, this.#event)
      ? undefined
      : entries[clientIp] === NOWHERE && entries[sourceIp] !== NOWHERE
        ? 'source'
        : 'client';
    let late: Target | undefined;
    for (const target of others) {
      if (isSourceLate && target.name === 'source') late = target;
      else this.#writeOther(target, target.name === geoIn);
    }
    if (late) this.#writeOther(late, late.name === geoIn);
  }

  #writeOther(target: Target, withGeo: boolean): void {
    if (!withGeo) {
      this.#writeTarget(target, true);
      return;
    }
    const writer = this.#writer;
    writer.byte(COMMA);
    writer.piece(target.label);
    writer.byte(OPEN_BRACE);
    if (this.#writeTargets(target.inside, false)) writer.byte(COMMA);
    writeGeo(this.#recipe, this.#event, writer);
    writer.byte(CLOSE_BRACE);
  }

  /** Writes those that are there. @returns whether a comma is needed after them */
  #writeTargets(targets: readonly Target[], needsComma: boolean): boolean {
    let isNext = needsComma;
    for (const target of targets) isNext = this.#writeTarget(target, isNext);
    return isNext;
  }

  #writeTarget({ label, from, inside, slots }: Target, needsComma: boolean): boolean {
    if (!this.#event.hasAny(slots)) return needsComma;
    const writer = this.#writer;
    if (needsComma) writer.byte(COMMA);
    writer.piece(label);
    if (from) {
      this.#event.writeValue(from);
      return true;
    }
    writer.byte(OPEN_BRACE);
    this.#writeTargets(inside, false);
    writer.byte(CLOSE_BRACE);
    return true;
  }

  #writeRelated(): void {
    const { relatedIps, userName } = this.#recipe;
    const { starts, ends } = this.#outline;
    const writer = this.#writer;
    const ips: number[] = [];
    for (const place of relatedIps) {
      const entry = this.#event.at(place);
      if (entry !== NOWHERE && !isAmong(ips, entry, this.#outline)) ips.push(entry);
    }
    const hasUser = this.#event.at(userName) !== NOWHERE;
    if (ips.length === 0 && !hasUser) return;
    writer.piece(PIECES.related);
    for (let nth = 0; nth < ips.length; nth++) {
      const ip = ips[nth] as number;
      if (nth === 0) writer.piece(PIECES.relatedIp);
      else writer.byte(COMMA);
      writer.copy(starts[ip] as number, ends[ip] as number);
    }
    if (ips.length > 0) writer.byte(CLOSE_BRACKET);
    if (hasUser) {
      if (ips.length > 0) writer.byte(COMMA);
      writer.piece(PIECES.relatedUser);
      this.#event.writeValue(userName);
      writer.byte(CLOSE_BRACKET);
    }
    writer.byte(CLOSE_BRACE);
  }

  /** What stands elsewhere now is left out of the rest. */
  #leaveOut(contentId: string | undefined): void {
    const { copies, leaving } = this.#recipe;
    for (const place of copies) this.#event.leave(this.#event.at(place));
    for (const place of leaving) this.#event.leave(this.#event.at(place));
    if (contentId === undefined) this.#event.leave(idIn(this.#outline));
  }

  /** The event itself, as `jumpcloud.event`. */
  #writeRest(): void {
    const { plan, organization, ownOrganization, version, otherVersion, keepsCopied } = this.#recipe;
    const writer = this.#writer;
    const lacksOrganization = organization !== undefined && this.#event.at(ownOrganization) === NOWHERE;
    const isRenamed = keepsCopied && this.#event.at(version) !== NOWHERE;
    if (isRenamed && this.#event.at(otherVersion) !== NOWHERE) this.#event.isUnclear = true;
    if (isRenamed) this.#event.leave(this.#event.at(version));
    let isNext = this.#event.copier.hasMembers(0, plan);
    if (!isNext && !lacksOrganization && !isRenamed) return;
    writer.piece(PIECES.rest);
    if (!this.#event.copier.members(0, plan, true)) this.#event.isUnclear = true;
    if (lacksOrganization) {
      if (isNext) writer.byte(COMMA);
      isNext = true;
      writer.piece(organization);
    }
    if (isRenamed) {
      if (isNext) writer.byte(COMMA);
      writer.piece(PIECES.version);
      this.#event.writeValue(version);
    }
    writer.piece(PIECES.closeTwo);
  }
}

function isAmong(ips: readonly number[], entry: number, outline: Outline): boolean {
  for (const ip of ips) if (outline.jsonOf(ip) === outline.jsonOf(entry)) return true;
  return false;
}
