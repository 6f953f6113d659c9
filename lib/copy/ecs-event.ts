/** One event as shape `ecs` looks at it: what is at which place, and its values on their way into a line. */
import type { LineWriter } from '../line-writer.ts';
import { FALSE, NOWHERE, OBJECT, type Outline, TEXT, TRUE } from '../outline/outline.ts';
import { isAddress, isPlainIpv4 } from '../shape/addresses.ts';
import { Copier } from './copier.ts';
import type { EcsRecipe, Place } from './ecs-recipe.ts';

export class EcsEvent {
  readonly outline: Outline;
  readonly copier: Copier;
  /** Something was met that only the thorough way can judge. */
  isUnclear = false;
  readonly #entries: Int32Array;

  constructor({ places, entries }: EcsRecipe, outline: Outline, writer: LineWriter) {
    this.outline = outline;
    this.copier = new Copier(outline, writer, true);
    this.#entries = entries;
    for (const place of places) {
      const entry = this.#find(place);
      entries[place.slot] = place.isAddress && !this.#isAddress(entry) ? NOWHERE : entry;
    }
  }

  /** @returns what is at the place; NOWHERE if nothing is, or something that is empty or gets another name */
  at({ slot }: Place): number {
    return this.#entries[slot] as number;
  }

  hasAny(slots: readonly number[]): boolean {
    for (const slot of slots) if (this.#entries[slot] !== NOWHERE) return true;
    return false;
  }

  hasBoth(one: Place, other: Place): boolean {
    return this.at(one) !== NOWHERE && this.at(other) !== NOWHERE;
  }

  /** @returns undefined for what is neither true nor false */
  truth(place: Place): boolean | undefined {
    const entry = this.at(place);
    if (entry === NOWHERE) return undefined;
    const is = this.outline.kinds[entry];
    if (is === TRUE || is === FALSE) return is === TRUE;
    const text = this.#textOf(entry);
    return text === 'true' ? true : text === 'false' ? false : undefined;
  }

  writeValue(place: Place): void {
    if (!this.copier.value(this.at(place), place.plan)) this.isUnclear = true;
  }

  /** Has a member left out of what follows: to the outline it is as good as empty. */
  leave(entry: number): void {
    if (entry !== NOWHERE) this.outline.hollow[entry] = 1;
  }

  #find({ path, isObject }: Place): number {
    const { outline } = this;
    let entry = outline.find(path[0] as number);
    for (let depth = 1; depth < path.length && entry !== NOWHERE; depth++) {
      entry = outline.kinds[entry] === OBJECT ? outline.findIn(entry, path[depth] as number) : NOWHERE;
    }
    if (entry === NOWHERE || outline.hollow[entry] === 1) return NOWHERE;
    return isObject && outline.kinds[entry] !== OBJECT ? NOWHERE : entry;
  }

  #isAddress(entry: number): boolean {
    const { body, kinds, starts, ends } = this.outline;
    if (entry === NOWHERE || kinds[entry] !== TEXT) return false;
    if (isPlainIpv4(body, (starts[entry] as number) + 1, (ends[entry] as number) - 1)) return true;
    return isAddress(this.#textOf(entry));
  }

  /** What a text says; undefined for anything else. */
  #textOf(entry: number): string | undefined {
    if (entry === NOWHERE || this.outline.kinds[entry] !== TEXT) return undefined;
    const text = this.outline.textOf(entry);
    if (text === undefined) this.isUnclear = true;
    return text;
  }
}
