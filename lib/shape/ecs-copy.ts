/** Shape `ecs` for events that have an outline: their bytes, copied to where the Elastic Common Schema has them. */
import type { JsonObject } from '../json.ts';
import { FALSE, OBJECT, type Outline, TEXT, TRUE } from '../outline/outline.ts';
import { Copier } from './copier.ts';
import { CATEGORIES, DATASET, isAddress } from './ecs-mapping.ts';
import { type EcsRecipe, ecsRecipe, type Place, type Target } from './ecs-recipe.ts';
import { oneLine } from './line.ts';
import { LineWriter } from './line-writer.ts';
import type { SchemaNode } from './schema.ts';
import type { CopyLine, ShapeOptions } from './shape.ts';
import { isIndexableTime } from './timestamps.ts';

const [COMMA, QUOTE, OPEN_BRACE, CLOSE_BRACE] = [0x2c, 0x22, 0x7b, 0x7d] as const;
const NOWHERE = -1;
const OUTCOME = {
  unknown: `,"dataset":"${DATASET}","outcome":"unknown"`,
  success: `,"dataset":"${DATASET}","outcome":"success"`,
  failure: `,"dataset":"${DATASET}","outcome":"failure"`,
};

/** Parameters as those of `ecsRecipe`. */
export function ecsCopy(options: ShapeOptions, schema: SchemaNode, added: JsonObject): CopyLine {
  const recipe = ecsRecipe(options, schema, added);
  const writer = new LineWriter();
  return (outline, eventId) => new EcsLine(recipe, outline, writer).write(eventId);
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

  write(eventId: string): Buffer | undefined {
    const { timestamp, head, type, end } = this.#recipe;
    const outline = this.#outline;
    const writer = this.#writer;
    const at = this.#find(timestamp);
    if (at === NOWHERE || !isIndexableTime(outline.textOf(at))) return undefined;
    this.#findCopies();
    writer.begin(outline.body);
    writer.text(head);
    writer.copy(outline.starts[at] as number, outline.ends[at] as number);
    writer.text(type);
    writer.text(oneLine(JSON.stringify(eventId)));
    this.#writeEventFields();
    this.#writeOthers();
    this.#writeRelated();
    if (!this.#recipe.keepsCopied) this.#leaveOut(eventId);
    this.#writeRest();
    writer.text(end);
    return this.#isUnclear ? undefined : writer.end();
  }

  #findCopies(): void {
    const { copies, entries } = this.#recipe;
    for (const { from, slot, isAddress: mustBe } of copies) {
      const entry = this.#find(from as Place);
      entries[slot] = mustBe && !isAddress(this.#textOf(entry)) ? NOWHERE : entry;
    }
  }

  /** What `event` has behind its id. */
  #writeEventFields(): void {
    const { eventFields, eventType, keepsOriginal } = this.#recipe;
    const writer = this.#writer;
    writer.text(OUTCOME[this.#outcome()]);
    this.#writeTargets(eventFields, true);
    const category = CATEGORIES.get(this.#textOf(this.#find(eventType)) ?? '');
    if (category !== undefined) writer.text(`,"category":["${category}"],"type":["info"]`);
    if (keepsOriginal) this.#writeOriginal();
    writer.byte(CLOSE_BRACE);
  }

  #outcome(): keyof typeof OUTCOME {
    const { success, tokenSuccess } = this.#recipe;
    const isSuccess = this.#truth(this.#find(success)) ?? this.#truth(this.#find(tokenSuccess));
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
    writer.text(',"original":');
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
    const { others } = this.#recipe;
    let late: Target | undefined;
    const geoIn = this.#hasGeo() ? this.#whereGeoGoes() : undefined;
    for (const target of others) {
      if (target.name === 'source' && !target.inside.some((one) => !one.isAddress && this.#isThere(one))) late = target;
      else this.#writeOther(target, target.name === geoIn);
    }
    if (late) this.#writeOther(late, late.name === geoIn);
  }

  #writeOther(target: Target, hasGeo: boolean): void {
    if (!hasGeo) {
      this.#writeTargets([target], true);
      return;
    }
    const writer = this.#writer;
    writer.byte(COMMA);
    writer.text(target.label);
    writer.byte(OPEN_BRACE);
    if (this.#writeTargets(target.inside, false)) writer.byte(COMMA);
    writer.text('"geo":{');
    this.#writeGeo();
    writer.text('}}');
  }

  #isThere({ from, slot, inside }: Target): boolean {
    return from ? this.#recipe.entries[slot] !== NOWHERE : inside.some((one) => this.#isThere(one));
  }

  /** Writes those that are there. @returns whether there were any */
  #writeTargets(targets: readonly Target[], needsComma: boolean): boolean {
    const writer = this.#writer;
    let isNext = needsComma;
    for (const target of targets) {
      if (!this.#isThere(target)) continue;
      if (isNext) writer.byte(COMMA);
      isNext = true;
      writer.text(target.label);
      if (target.from) this.#writeValue(this.#recipe.entries[target.slot] as number, target.from);
      else {
        writer.byte(OPEN_BRACE);
        this.#writeTargets(target.inside, false);
        writer.byte(CLOSE_BRACE);
      }
    }
    return isNext;
  }

  #whereGeoGoes(): 'client' | 'source' {
    const isThere = (name: string) =>
      this.#recipe.others.some(
        (target) => target.name === name && target.inside.some((one) => one.isAddress && this.#isThere(one)),
      );
    return !isThere('client') && isThere('source') ? 'source' : 'client';
  }

  #hasGeo(): boolean {
    const { geo, country, region, latitude, longitude } = this.#recipe;
    return (
      geo.some(({ from }) => this.#find(from) !== NOWHERE) ||
      (this.#find(country) !== NOWHERE && this.#find(region) !== NOWHERE) ||
      (this.#find(latitude) !== NOWHERE && this.#find(longitude) !== NOWHERE)
    );
  }

  #writeGeo(): void {
    const writer = this.#writer;
    const recipe = this.#recipe;
    let isNext = false;
    const label = (text: string) => {
      if (isNext) writer.byte(COMMA);
      isNext = true;
      writer.text(text);
    };
    for (const { label: text, from } of recipe.geo) {
      const entry = this.#find(from);
      if (entry === NOWHERE) continue;
      label(text);
      this.#writeValue(entry, from);
    }
    const [country, region] = [this.#find(recipe.country), this.#find(recipe.region)];
    if (country !== NOWHERE && region !== NOWHERE) {
      const code = [this.#textOf(country), this.#textOf(region)];
      if (code.includes(undefined)) this.#isUnclear = true;
      label(`"region_iso_code":${oneLine(JSON.stringify(code.join('-')))}`);
    }
    const [latitude, longitude] = [this.#find(recipe.latitude), this.#find(recipe.longitude)];
    if (latitude !== NOWHERE && longitude !== NOWHERE) {
      label('"location":{"lat":');
      this.#writeValue(latitude, recipe.latitude);
      writer.text(',"lon":');
      this.#writeValue(longitude, recipe.longitude);
      writer.byte(CLOSE_BRACE);
    }
  }

  #writeRelated(): void {
    const { sourceIp, protectDeviceIps, userName } = this.#recipe;
    const writer = this.#writer;
    const addresses = [sourceIp, ...protectDeviceIps].map((place) => this.#textOf(this.#find(place))).filter(isAddress);
    const user = this.#find(userName);
    if (addresses.length === 0 && user === NOWHERE) return;
    writer.text(',"related":{');
    if (addresses.length > 0) writer.text(`"ip":${JSON.stringify([...new Set(addresses)])}`);
    if (user !== NOWHERE) {
      writer.text(addresses.length > 0 ? ',"user":[' : '"user":[');
      this.#writeValue(user, userName);
      writer.text(']');
    }
    writer.byte(CLOSE_BRACE);
  }

  /** What stands elsewhere now is left out of the rest: to the outline it is as good as empty. */
  #leaveOut(eventId: string): void {
    const { copies, entries, leaving, id } = this.#recipe;
    const { hollow, kinds } = this.#outline;
    const leave = (entry: number) => {
      if (entry !== NOWHERE) hollow[entry] = 1;
    };
    for (const { slot } of copies) leave(entries[slot] as number);
    for (const place of leaving) leave(this.#find(place));
    const own = this.#find(id);
    if (own === NOWHERE) return;
    if ((kinds[own] === TEXT ? this.#textOf(own) : this.#outline.jsonOf(own)) === eventId) leave(own);
  }

  /** The event itself, as `jumpcloud.event`. */
  #writeRest(): void {
    const { plan, organization, ownOrganization, version, otherVersion, keepsCopied } = this.#recipe;
    const writer = this.#writer;
    const lacksOrganization = organization !== undefined && this.#find(ownOrganization) === NOWHERE;
    const renamed = keepsCopied ? this.#find(version) : NOWHERE;
    if (renamed !== NOWHERE) {
      if (this.#find(otherVersion) !== NOWHERE) this.#isUnclear = true;
      this.#outline.hollow[renamed] = 1;
    }
    const hasMembers = this.#copier.hasMembers(0, plan);
    if (!hasMembers && !lacksOrganization && renamed === NOWHERE) return;
    writer.text(',"jumpcloud":{"event":{');
    if (!this.#copier.members(0, plan, true)) this.#isUnclear = true;
    if (lacksOrganization) writer.text(hasMembers ? `,${organization}` : organization);
    if (renamed !== NOWHERE) {
      writer.text(hasMembers || lacksOrganization ? ',"version":' : '"version":');
      this.#writeValue(renamed, version);
    }
    writer.text('}}');
  }

  #writeValue(entry: number, { plan }: Place): void {
    if (!this.#copier.value(entry, plan)) this.#isUnclear = true;
  }

  /** @returns the member at the place; NOWHERE if there is none, or one that is empty or gets another name */
  #find({ path, isObject }: Place): number {
    const outline = this.#outline;
    let entry = outline.find(path[0] as number);
    for (let depth = 1; depth < path.length && entry !== NOWHERE; depth++) {
      entry = outline.kinds[entry] === OBJECT ? outline.findIn(entry, path[depth] as number) : NOWHERE;
    }
    if (entry === NOWHERE || outline.hollow[entry] === 1) return NOWHERE;
    return isObject && outline.kinds[entry] !== OBJECT ? NOWHERE : entry;
  }

  /** What a text says; undefined for anything else. */
  #textOf(entry: number): string | undefined {
    if (entry === NOWHERE || this.#outline.kinds[entry] !== TEXT) return undefined;
    const text = this.#outline.textOf(entry);
    if (text === undefined) this.#isUnclear = true;
    return text;
  }
}
