/** Shape `ecs` for events that have an outline: their bytes, copied to where the Elastic Common Schema has them. */

import { idIn } from '../outline/identity.ts';
import { NOWHERE } from '../outline/outline.ts';
import type { JsonObject } from '../platform/json.ts';
import { DATASET } from '../shape/ecs-mapping.ts';
import { oneLine } from '../shape/line.ts';
import type { SchemaNode } from '../shape/schema.ts';
import type { CopyLine, ShapeOptions } from '../shape/shape.ts';
import { isOutlinedTime } from '../shape/timestamps.ts';
import type { Draft } from '../stencil/draft.ts';
import type { Question } from '../stencil/stencil.ts';
import { Stencils } from '../stencil/stencils.ts';
import { EcsEvent } from './ecs-event.ts';
import { hasGeo, writeGeo } from './ecs-geo.ts';
import { type EcsRecipe, ecsRecipe, type Target } from './ecs-recipe.ts';
import { writeEventId } from './event-id.ts';

const [COMMA, QUOTE, OPEN_BRACE, CLOSE_BRACE, CLOSE_BRACKET] = [0x2c, 0x22, 0x7b, 0x7d, 0x5d] as const;

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
  const stencils = new Stencils((draft) => new EcsLine(recipe, draft).write());
  return (outline, contentId) => stencils.write(outline, contentId);
}

/** One event on its way into a line; ecs-shape.ts says why what stands where. */
class EcsLine {
  readonly #recipe: EcsRecipe;
  readonly #draft: Draft;
  readonly #event: EcsEvent;

  constructor(recipe: EcsRecipe, draft: Draft) {
    this.#recipe = recipe;
    this.#draft = draft;
    this.#event = new EcsEvent(recipe, draft);
  }

  write(): void {
    const { timestamp, beforeTime, behindTime, keepsCopied, end } = this.#recipe;
    const draft = this.#draft;
    const at = this.#event.at(timestamp);
    if (!draft.ask((outline) => isOutlinedTime(outline, at))) draft.giveUp();
    draft.piece(beforeTime);
    draft.value(at);
    draft.piece(behindTime);
    writeEventId(draft);
    this.#writeEventFields();
    this.#writeOthers();
    this.#writeRelated();
    if (!keepsCopied) this.#leaveOut();
    this.#writeRest();
    draft.piece(end);
  }

  /** What `event` has behind its id. */
  #writeEventFields(): void {
    const { eventFields, eventType, categories, keepsOriginal } = this.#recipe;
    const draft = this.#draft;
    draft.piece(Buffer.from(`,"dataset":"${DATASET}","outcome":"${this.#outcome()}"`));
    this.#writeTargets(eventFields, true);
    const type = this.#event.at(eventType);
    if (type !== NOWHERE) {
      if (draft.layout.loose[type] === 1) draft.giveUp();
      draft.computed((outline) => categories.find(({ json }) => outline.isText(type, json))?.members ?? '');
    }
    if (keepsOriginal) this.#writeOriginal();
    draft.byte(CLOSE_BRACE);
  }

  #outcome(): string {
    const { success, tokenSuccess } = this.#recipe;
    const isSuccess = this.#event.truth(success) ?? this.#event.truth(tokenSuccess);
    return isSuccess === undefined ? 'unknown' : isSuccess ? 'success' : 'failure';
  }

  #writeOriginal(): void {
    const draft = this.#draft;
    draft.piece(PIECES.original);
    if (draft.layout.loose[0] === 1) {
      draft.computed((outline) => oneLine(JSON.stringify(outline.jsonOf(0))));
      return;
    }
    draft.byte(QUOTE);
    draft.escaped(0);
    draft.byte(QUOTE);
  }

  /** A source without a user begins with its address, and addresses are copied last. */
  #writeOthers(): void {
    const { others, clientIp, sourceIp, sourceUser } = this.#recipe;
    const event = this.#event;
    const geoIn = !hasGeo(this.#recipe, event)
      ? undefined
      : !event.hasAny(clientIp) && event.hasAny(sourceIp)
        ? 'source'
        : 'client';
    const isSourceLate = !event.hasAny(sourceUser);
    const late = others.filter(({ name }) => isSourceLate && name === 'source');
    const inTime = others.filter((target) => !late.includes(target));
    for (const target of [...inTime, ...late]) this.#writeOther(target, target.name === geoIn);
  }

  #writeOther(target: Target, withGeo: boolean): void {
    if (!withGeo) {
      this.#writeTarget(target, true);
      return;
    }
    const draft = this.#draft;
    draft.byte(COMMA);
    draft.piece(target.label);
    draft.byte(OPEN_BRACE);
    if (this.#writeTargets(target.inside, false)) draft.byte(COMMA);
    writeGeo(this.#recipe, this.#event, draft);
    draft.byte(CLOSE_BRACE);
  }

  /** Writes those that are there. @returns whether a comma is needed after them */
  #writeTargets(targets: readonly Target[], needsComma: boolean): boolean {
    let isNext = needsComma;
    for (const target of targets) isNext = this.#writeTarget(target, isNext);
    return isNext;
  }

  #writeTarget(target: Target, needsComma: boolean): boolean {
    if (!this.#has(target)) return needsComma;
    const draft = this.#draft;
    if (needsComma) draft.byte(COMMA);
    draft.piece(target.label);
    if (target.from) {
      this.#event.writeValue(target.from);
      return true;
    }
    draft.byte(OPEN_BRACE);
    this.#writeTargets(target.inside, false);
    draft.byte(CLOSE_BRACE);
    return true;
  }

  #has({ from, inside }: Target): boolean {
    return from ? this.#event.has(from) : inside.some((target) => this.#has(target));
  }

  #writeRelated(): void {
    const { relatedIps, userName } = this.#recipe;
    const draft = this.#draft;
    const ips: number[] = [];
    for (const place of relatedIps) {
      const ip = this.#event.at(place);
      if (ip !== NOWHERE && !ips.some((met) => draft.ask(areAlike(met, ip)))) ips.push(ip);
    }
    const hasUser = this.#event.has(userName);
    if (ips.length === 0 && !hasUser) return;
    draft.piece(PIECES.related);
    if (ips.length > 0) {
      draft.piece(PIECES.relatedIp);
      for (const [nth, ip] of ips.entries()) {
        if (nth > 0) draft.byte(COMMA);
        draft.value(ip);
      }
      draft.byte(CLOSE_BRACKET);
    }
    if (hasUser) {
      if (ips.length > 0) draft.byte(COMMA);
      draft.piece(PIECES.relatedUser);
      this.#event.writeValue(userName);
      draft.byte(CLOSE_BRACKET);
    }
    draft.byte(CLOSE_BRACE);
  }

  /** What stands elsewhere now is left out of the rest. */
  #leaveOut(): void {
    const { copies, leaving } = this.#recipe;
    for (const place of [...copies, ...leaving]) this.#event.leave(place);
    this.#event.copier.leave(idIn(this.#draft.layout));
  }

  /** The event itself, as `jumpcloud.event`. */
  #writeRest(): void {
    const { plan, organization, ownOrganization, version, otherVersion, keepsCopied } = this.#recipe;
    const event = this.#event;
    const draft = this.#draft;
    const lacksOrganization = organization !== undefined && !event.has(ownOrganization);
    const isRenamed = keepsCopied && event.has(version);
    if (isRenamed && event.has(otherVersion)) draft.giveUp();
    if (isRenamed) event.leave(version);
    let isNext = event.copier.hasMembers(0, plan);
    if (!isNext && !lacksOrganization && !isRenamed) return;
    draft.piece(PIECES.rest);
    event.copier.members(0, plan, true);
    if (lacksOrganization) {
      if (isNext) draft.byte(COMMA);
      isNext = true;
      draft.piece(organization);
    }
    if (isRenamed) {
      if (isNext) draft.byte(COMMA);
      draft.piece(PIECES.version);
      event.writeValue(version);
    }
    draft.piece(PIECES.closeTwo);
  }
}

function areAlike(one: number, other: number): Question {
  return (outline) => outline.areAlike(one, other);
}
