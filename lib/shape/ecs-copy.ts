/** Shape `ecs` for events that have an outline: their bytes, copied to where the Elastic Common Schema has them. */
import type { JsonObject } from '../json.ts';
import { type LineBytes, LineWriter } from '../line-writer.ts';
import { idIn } from '../outline/identity.ts';
import { FALSE, NOWHERE, OBJECT, type Outline, TEXT, TRUE } from '../outline/outline.ts';
import { isAddress, isPlainIpv4 } from './addresses.ts';
import { Copier } from './copier.ts';
import { DATASET } from './ecs-mapping.ts';
import { type EcsRecipe, ecsRecipe, type Place, type Target } from './ecs-recipe.ts';
import { writeEventId } from './event-id.ts';
import { oneLine } from './line.ts';
import type { SchemaNode } from './schema.ts';
import type { CopyLine, ShapeOptions } from './shape.ts';
import { isOutlinedTime } from './timestamps.ts';

const [COMMA, QUOTE, DASH, OPEN_BRACE, CLOSE_BRACE, CLOSE_BRACKET] = [0x2c, 0x22, 0x2d, 0x7b, 0x7d, 0x5d] as const;

const OUTCOME = {
  unknown: Buffer.from(`,"dataset":"${DATASET}","outcome":"unknown"`),
  success: Buffer.from(`,"dataset":"${DATASET}","outcome":"success"`),
  failure: Buffer.from(`,"dataset":"${DATASET}","outcome":"failure"`),
};
const PIECES = {
  original: Buffer.from(',"original":'),
  geo: Buffer.from('"geo":{'),
  region: Buffer.from('"region_iso_code":'),
  latitude: Buffer.from('"location":{"lat":'),
  longitude: Buffer.from(',"lon":'),
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
  readonly #outline: Outline;
  readonly #writer: LineWriter;
  readonly #copier: Copier;
  /** Something was met that only the thorough way can judge. */
  #isUnclear = false;

  constructor(recipe: EcsRecipe, outline: Outline, writer: LineWriter) {
    this.#recipe = recipe;
    this.#outline = outline;
    this.#writer = writer;
    this.#copier = new Copier(outline, writer, true);
  }

  write(contentId: string | undefined): LineBytes | undefined {
    const { timestamp, beforeTime, behindTime, keepsCopied, end } = this.#recipe;
    const outline = this.#outline;
    const writer = this.#writer;
    this.#findPlaces();
    const at = this.#entry(timestamp);
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
    return this.#isUnclear ? undefined : writer.end();
  }

  #findPlaces(): void {
    const { places, entries } = this.#recipe;
    for (const place of places) {
      const entry = this.#find(place);
      entries[place.slot] = place.isAddress && !this.#isAddress(entry) ? NOWHERE : entry;
    }
  }

  /** What `event` has behind its id. */
  #writeEventFields(): void {
    const { eventFields, eventType, categories, keepsOriginal } = this.#recipe;
    const writer = this.#writer;
    writer.piece(OUTCOME[this.#outcome()]);
    this.#writeTargets(eventFields, true);
    const type = this.#entry(eventType);
    if (type !== NOWHERE) {
      if (this.#outline.loose[type] === 1) this.#isUnclear = true;
      for (const category of categories) if (this.#outline.isText(type, category.type)) writer.piece(category.piece);
    }
    if (keepsOriginal) this.#writeOriginal();
    writer.byte(CLOSE_BRACE);
  }

  #outcome(): keyof typeof OUTCOME {
    const { success, tokenSuccess } = this.#recipe;
    const isSuccess = this.#truth(this.#entry(success)) ?? this.#truth(this.#entry(tokenSuccess));
    return isSuccess === undefined ? 'unknown' : isSuccess ? 'success' : 'failure';
  }

  #truth(entry: number): boolean | undefined {
    if (entry === NOWHERE) return undefined;
    const is = this.#outline.kinds[entry];
    if (is === TRUE || is === FALSE) return is === TRUE;
    const text = this.#textOf(entry);
    return text === 'true' ? true : text === 'false' ? false : undefined;
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
    const isSourceLate = !this.#hasAny(sourceUser);
    const geoIn = !this.#hasGeo()
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

  #writeOther(target: Target, hasGeo: boolean): void {
    if (!hasGeo) {
      this.#writeTarget(target, true);
      return;
    }
    const writer = this.#writer;
    writer.byte(COMMA);
    writer.piece(target.label);
    writer.byte(OPEN_BRACE);
    if (this.#writeTargets(target.inside, false)) writer.byte(COMMA);
    writer.piece(PIECES.geo);
    this.#writeGeo();
    writer.piece(PIECES.closeTwo);
  }

  /** Writes those that are there. @returns whether a comma is needed after them */
  #writeTargets(targets: readonly Target[], needsComma: boolean): boolean {
    let isNext = needsComma;
    for (const target of targets) isNext = this.#writeTarget(target, isNext);
    return isNext;
  }

  #writeTarget({ label, from, inside, slots }: Target, needsComma: boolean): boolean {
    if (!this.#hasAny(slots)) return needsComma;
    const writer = this.#writer;
    if (needsComma) writer.byte(COMMA);
    writer.piece(label);
    if (from) {
      this.#writeValue(from);
      return true;
    }
    writer.byte(OPEN_BRACE);
    this.#writeTargets(inside, false);
    writer.byte(CLOSE_BRACE);
    return true;
  }

  #hasAny(slots: readonly number[]): boolean {
    for (const slot of slots) if (this.#recipe.entries[slot] !== NOWHERE) return true;
    return false;
  }

  #hasGeo(): boolean {
    const { geo, country, region, latitude, longitude } = this.#recipe;
    for (const { from } of geo) if (this.#entry(from) !== NOWHERE) return true;
    return this.#hasBoth(country, region) || this.#hasBoth(latitude, longitude);
  }

  #hasBoth(one: Place, other: Place): boolean {
    return this.#entry(one) !== NOWHERE && this.#entry(other) !== NOWHERE;
  }

  #writeGeo(): void {
    const { geo, country, region, latitude, longitude } = this.#recipe;
    const writer = this.#writer;
    let isNext = false;
    for (const { label, from } of geo) {
      if (this.#entry(from) === NOWHERE) continue;
      if (isNext) writer.byte(COMMA);
      isNext = true;
      writer.piece(label);
      this.#writeValue(from);
    }
    if (this.#hasBoth(country, region)) {
      if (isNext) writer.byte(COMMA);
      isNext = true;
      this.#writeRegion(this.#entry(country), this.#entry(region));
    }
    if (this.#hasBoth(latitude, longitude)) {
      if (isNext) writer.byte(COMMA);
      writer.piece(PIECES.latitude);
      this.#writeValue(latitude);
      writer.piece(PIECES.longitude);
      this.#writeValue(longitude);
      writer.byte(CLOSE_BRACE);
    }
  }

  /** Both in one text. */
  #writeRegion(country: number, region: number): void {
    const { kinds, loose, starts, ends } = this.#outline;
    const writer = this.#writer;
    if (kinds[country] !== TEXT || loose[country] === 1) this.#isUnclear = true;
    if (kinds[region] !== TEXT || loose[region] === 1) this.#isUnclear = true;
    writer.piece(PIECES.region);
    writer.copy(starts[country] as number, (ends[country] as number) - 1);
    writer.byte(DASH);
    writer.copy((starts[region] as number) + 1, ends[region] as number);
  }

  #writeRelated(): void {
    const { relatedIps, userName } = this.#recipe;
    const { starts, ends } = this.#outline;
    const writer = this.#writer;
    const ips: number[] = [];
    for (const place of relatedIps) {
      const entry = this.#entry(place);
      if (entry !== NOWHERE && !this.#isAmong(ips, entry)) ips.push(entry);
    }
    const hasUser = this.#entry(userName) !== NOWHERE;
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
      this.#writeValue(userName);
      writer.byte(CLOSE_BRACKET);
    }
    writer.byte(CLOSE_BRACE);
  }

  /** What stands elsewhere now is left out of the rest: to the outline it is as good as empty. */
  #leaveOut(contentId: string | undefined): void {
    const { copies, leaving } = this.#recipe;
    for (const place of copies) this.#leave(this.#entry(place));
    for (const place of leaving) this.#leave(this.#entry(place));
    if (contentId === undefined) this.#leave(idIn(this.#outline));
  }

  #leave(entry: number): void {
    if (entry !== NOWHERE) this.#outline.hollow[entry] = 1;
  }

  /** The event itself, as `jumpcloud.event`. */
  #writeRest(): void {
    const { plan, organization, ownOrganization, version, otherVersion, keepsCopied } = this.#recipe;
    const writer = this.#writer;
    const lacksOrganization = organization !== undefined && this.#entry(ownOrganization) === NOWHERE;
    const isRenamed = keepsCopied && this.#entry(version) !== NOWHERE;
    if (isRenamed && this.#entry(otherVersion) !== NOWHERE) this.#isUnclear = true;
    if (isRenamed) this.#leave(this.#entry(version));
    let isNext = this.#copier.hasMembers(0, plan);
    if (!isNext && !lacksOrganization && !isRenamed) return;
    writer.piece(PIECES.rest);
    if (!this.#copier.members(0, plan, true)) this.#isUnclear = true;
    if (lacksOrganization) {
      if (isNext) writer.byte(COMMA);
      isNext = true;
      writer.piece(organization);
    }
    if (isRenamed) {
      if (isNext) writer.byte(COMMA);
      writer.piece(PIECES.version);
      this.#writeValue(version);
    }
    writer.piece(PIECES.closeTwo);
  }

  #writeValue(place: Place): void {
    if (!this.#copier.value(this.#entry(place), place.plan)) this.#isUnclear = true;
  }

  /** @returns what is at the place; NOWHERE if nothing is, or something that is empty or gets another name */
  #entry({ slot }: Place): number {
    return this.#recipe.entries[slot] as number;
  }

  #find({ path, isObject }: Place): number {
    const outline = this.#outline;
    let entry = outline.find(path[0] as number);
    for (let depth = 1; depth < path.length && entry !== NOWHERE; depth++) {
      entry = outline.kinds[entry] === OBJECT ? outline.findIn(entry, path[depth] as number) : NOWHERE;
    }
    if (entry === NOWHERE || outline.hollow[entry] === 1) return NOWHERE;
    return isObject && outline.kinds[entry] !== OBJECT ? NOWHERE : entry;
  }

  #isAmong(ips: readonly number[], entry: number): boolean {
    for (const ip of ips) if (this.#outline.jsonOf(ip) === this.#outline.jsonOf(entry)) return true;
    return false;
  }

  #isAddress(entry: number): boolean {
    const { body, kinds, starts, ends } = this.#outline;
    if (entry === NOWHERE || kinds[entry] !== TEXT) return false;
    if (isPlainIpv4(body, (starts[entry] as number) + 1, (ends[entry] as number) - 1)) return true;
    return isAddress(this.#textOf(entry));
  }

  /** What a text says; undefined for anything else. */
  #textOf(entry: number): string | undefined {
    if (entry === NOWHERE || this.#outline.kinds[entry] !== TEXT) return undefined;
    const text = this.#outline.textOf(entry);
    if (text === undefined) this.#isUnclear = true;
    return text;
  }
}
