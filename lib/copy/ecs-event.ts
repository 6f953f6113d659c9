/** An event's layout as shape `ecs` looks at it: what is at which place, and the values there on their way into a line. */
import { FALSE, NOWHERE, OBJECT, TEXT, TRUE } from '../outline/outline.ts';
import { isOutlinedAddress } from '../shape/addresses.ts';
import type { Draft } from '../stencil/draft.ts';
import { Copier, isTruth } from './copier.ts';
import type { EcsRecipe, Place } from './ecs-recipe.ts';

export class EcsEvent {
  readonly copier: Copier;
  readonly #draft: Draft;
  readonly #entries = new Map<Place, number>();

  constructor({ places }: EcsRecipe, draft: Draft) {
    this.copier = new Copier(draft, true);
    this.#draft = draft;
    for (const place of places) {
      const entry = this.#find(place);
      this.#entries.set(place, place.isAddress && !this.#isAddress(entry) ? NOWHERE : entry);
    }
  }

  /** @returns what is at the place; NOWHERE if nothing is, or something that is empty or gets another name */
  at(place: Place): number {
    return this.#entries.get(place) ?? NOWHERE;
  }

  has(place: Place): boolean {
    return this.at(place) !== NOWHERE;
  }

  hasAny(places: readonly Place[]): boolean {
    return places.some((place) => this.has(place));
  }

  hasBoth(one: Place, other: Place): boolean {
    return this.has(one) && this.has(other);
  }

  /** @returns undefined for what is neither true nor false */
  truth(place: Place): boolean | undefined {
    const { kinds, loose } = this.#draft.layout;
    const entry = this.at(place);
    if (entry === NOWHERE) return undefined;
    if (kinds[entry] === TRUE || kinds[entry] === FALSE) return kinds[entry] === TRUE;
    if (kinds[entry] === TEXT && loose[entry] === 1) this.#draft.giveUp();
    return isTruth(this.#draft, entry, true) ? true : isTruth(this.#draft, entry, false) ? false : undefined;
  }

  writeValue(place: Place): void {
    this.copier.value(this.at(place), place.plan);
  }

  /** Has what is there left out of what follows. */
  leave(place: Place): void {
    this.copier.leave(this.at(place));
  }

  #find({ path, isObject }: Place): number {
    const { layout } = this.#draft;
    let entry = 0;
    for (const name of path) {
      entry = layout.kinds[entry] === OBJECT ? layout.findIn(entry, name) : NOWHERE;
      if (entry === NOWHERE || layout.hollow[entry] === 1) return NOWHERE;
    }
    return isObject && layout.kinds[entry] !== OBJECT ? NOWHERE : entry;
  }

  #isAddress(entry: number): boolean {
    const { kinds, loose } = this.#draft.layout;
    if (entry === NOWHERE || kinds[entry] !== TEXT) return false;
    if (loose[entry] === 1) this.#draft.giveUp();
    return this.#draft.ask((outline) => isOutlinedAddress(outline, entry));
  }
}
